import { z } from "zod";
import { AssessmentSource } from "../src/model/assessment.ts";
import { FeedbackInput } from "../src/model/feedback-input.ts";
import { ADDS, defineTool } from "../src/tool.ts";

export default defineTool({
  name: "record_feedback",
  title: "Record feedback",
  description:
    "Attach feedback (how good) or expectations (what should have happened) to traces, spans or sessions, one or many at once. A later one of the same name, source and target supersedes the earlier.",
  hints: ADDS,
  input: {
    items: z
      .array(FeedbackInput)
      .min(1)
      .max(200)
      .describe("Each names a traceId (and spanId) or a sessionId (and turn)."),
    source: AssessmentSource.default("coding_agent").describe("Who judged; coding_agent is you."),
    sourceId: z.string().max(200).optional(),
    idempotencyKey: z.string().min(1).max(200).optional(),
  },
  async handle(input, context) {
    const { recordFeedback } = await import("../src/feedback/record.ts");
    return recordFeedback(context, input);
  },
});
