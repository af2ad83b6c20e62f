import { z } from "zod";

/** What can be wrong with telemetry itself; shown on the trace so that nobody trusts a gap. */
export const FindingCode = z.enum([
  "truncated_json", // content was cut by an attribute limit; the readable beginning is shown
  "dropped_attributes", // the SDK says that it dropped attributes, events or links
  "missing_end", // no end time: still running, or the process died
  "negative_duration", // ends before it starts
  "clock_in_future", // starts more than an hour after it arrived
  "orphan", // names a parent that never arrived; shown as a root
  "stub", // only known from a log record or feedback; the span itself has not arrived
  "redacted_by_source", // content was withheld by the instrumentation
  "credential_redacted", // a credential was found and removed before storage
  "usage_exclusive", // input tokens came without cached ones and were made inclusive
  "usage_inconsistent", // token counts contradict one another
  "unpriced_model", // tokens are known, the price of the model is not
  "value_too_large", // a value was over the size limit and was cut before storage
  "unparsed_content", // content in no known message format; kept as a value
  "bad_attribute", // an attribute had a value outside its convention's type
]);
export type FindingCode = z.infer<typeof FindingCode>;

export const Finding = z.object({
  code: FindingCode,
  /** Attribute or field that it is about, and counts; words of ours and attribute keys only. */
  detail: z.string(),
});
export type Finding = z.infer<typeof Finding>;
