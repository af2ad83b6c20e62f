import { z } from "zod";

export const AssessmentSource = z.enum(["human", "end_user", "code", "llm_judge", "coding_agent"]);
export type AssessmentSource = z.infer<typeof AssessmentSource>;

/** `feedback`: how good it was. `expectation`: what should have happened. */
export const AssessmentKind = z.enum(["feedback", "expectation"]);
export type AssessmentKind = z.infer<typeof AssessmentKind>;

export const AssessmentValue = z.union([z.boolean(), z.number(), z.string()], {
  error: "Invalid input: expected true or false, a number, or text",
});
export type AssessmentValue = z.infer<typeof AssessmentValue>;

/**
 * What somebody said about a trace, a span of it, or a session. Never edited: a later one with the same name,
 * source, source id and target supersedes it. May arrive before its target does.
 */
export const Assessment = z.object({
  id: z.string(),
  kind: AssessmentKind,
  name: z.string(),
  value: AssessmentValue.nullable(),
  rationale: z.string().nullable(),
  /** The words in the trace that it is about. */
  quote: z.string().nullable(),
  source: AssessmentSource,
  /** Who: a person's, program's or model's id. */
  sourceId: z.string().nullable(),
  /** Exactly one of traceId and sessionId is set, unless only responseId is known yet; spanId needs traceId. */
  traceId: z.string().nullable(),
  spanId: z.string().nullable(),
  sessionId: z.string().nullable(),
  /**
   * With sessionId: the turn of it, from 1: as `get_session` numbers them where the session has several traces, else the
   * user's messages are counted. Absent: the session as a whole.
   */
  turn: z.int().min(1).optional(),
  /** Joins by the provider's answer id until the span is known. */
  responseId: z.string().nullable(),
  createdUs: z.number().int(),
  /** The share of all traffic that was drawn, above 0 and at most 1, where it was judged because a draw said so. */
  samplingRate: z.number().positive().max(1).optional(),
  supersededBy: z.string().nullable(),
});
export type Assessment = z.infer<typeof Assessment>;
