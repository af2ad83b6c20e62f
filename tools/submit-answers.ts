import { z } from "zod";
import { ADDS, defineTool } from "../src/tool.ts";

const GivenAnswer = z.strictObject({
  taskId: z.string().min(1).max(64),
  code: z.string().min(1).max(20).describe("From the item's end."),
  rationale: z.string().max(4_000).optional().describe("Write it before you choose the label."),
  label: z.string().max(60).optional().describe("One of the rubric's, or cannot_tell."),
  text: z.string().max(60_000).optional().describe("For tasks without labels."),
});

export default defineTool({
  name: "submit_answers",
  title: "Answer questions",
  description:
    "Answers to questions of get_tasks. Sound ones are kept even when others are not; jobs that wait for nothing more go on.",
  hints: ADDS,
  input: { answers: z.array(GivenAnswer).min(1).max(50) },
  async handle(input, context) {
    const { submitAnswers } = await import("../src/tasks/submit.ts");
    return submitAnswers(context, input);
  },
});
