import { z } from "zod";
import { AssessmentKind, AssessmentValue } from "./assessment.ts";

/** One item of feedback as tools and applications send it; also the body of the collector's /v1/feedback. */
export const FeedbackInput = z.strictObject({
  traceId: z.string().min(6).max(64).optional(),
  spanId: z.string().min(6).max(32).optional(),
  sessionId: z.string().min(1).max(400).optional(),
  turn: z.int().min(1).optional(),
  name: z.string().min(1).max(100).describe("E.g. thumbs, rating, correctness, failure_kind."),
  value: AssessmentValue.optional().describe("true/false, 1-5, a category or text."),
  rationale: z.string().max(8_000).optional(),
  quote: z.string().max(2_000).optional().describe("The words that it is about."),
  kind: AssessmentKind.default("feedback"),
});
export type FeedbackInput = z.infer<typeof FeedbackInput>;
