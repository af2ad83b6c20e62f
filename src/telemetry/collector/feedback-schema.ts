import { z } from "zod";
import { AssessmentSource, AssessmentValue } from "../../model/assessment.ts";

const MAX_TEXT = 16_000;

/** One opinion of an application's user about a trace, a span of it, or a session. */
export const FeedbackItem = z
  .strictObject({
    traceId: z
      .string()
      .regex(/^[0-9a-fA-F]{32}$/, "32 hexadecimal digits")
      .optional(),
    spanId: z
      .string()
      .regex(/^[0-9a-fA-F]{16}$/, "16 hexadecimal digits")
      .optional(),
    sessionId: z.string().min(1).max(500).optional(),
    name: z.string().min(1).max(100),
    value: z.union([AssessmentValue, z.null()]).optional(),
    rationale: z.string().max(MAX_TEXT).optional(),
    quote: z.string().max(MAX_TEXT).optional(),
    userId: z.string().min(1).max(200).optional(),
    source: AssessmentSource.default("end_user"),
  })
  .refine((item) => (item.traceId === undefined) !== (item.sessionId === undefined), {
    message: "give either traceId or sessionId",
  })
  .refine((item) => item.spanId === undefined || item.traceId !== undefined, {
    message: "spanId needs traceId",
  })
  .refine((item) => item.value != null || item.rationale !== undefined || item.quote !== undefined, {
    message: "give a value, a rationale or a quote",
  })
  .refine((item) => typeof item.value !== "string" || item.value.length <= MAX_TEXT, {
    message: `value has more than ${MAX_TEXT} characters`,
  });
export type FeedbackItem = z.infer<typeof FeedbackItem>;

const MAX_FEEDBACK_ITEMS = 1_000;

const items = z.array(FeedbackItem).min(1).max(MAX_FEEDBACK_ITEMS);
const idempotencyKey = z.string().min(1).max(200).optional();
const service = z.string().min(1).max(200).optional();

export const FeedbackBatch = z.strictObject({ feedback: items, idempotencyKey, service });
export type FeedbackBatch = z.infer<typeof FeedbackBatch>;

const BATCH_KEYS = new Set(["idempotencyKey", "service"]);

/** A body as a batch: one item, a list of them, or `{feedback: [...]}`; the batch's fields may stand in an item. */
export function asBatch(body: unknown): unknown {
  if (Array.isArray(body)) return { feedback: body };
  if (typeof body !== "object" || body === null || Object.hasOwn(body, "feedback")) return body;
  const entries = Object.entries(body);
  return {
    ...Object.fromEntries(entries.filter(([key]) => BATCH_KEYS.has(key))),
    feedback: [Object.fromEntries(entries.filter(([key]) => !BATCH_KEYS.has(key)))],
  };
}
