import { z } from "zod";
import { defineTool, READS } from "../src/tool.ts";

export default defineTool({
  name: "get_job",
  title: "Get a job",
  description: "State, progress and (partial) result of long work. Waits up to waitSeconds for its end.",
  hints: READS,
  input: {
    jobId: z.string().min(1).max(64),
    waitSeconds: z.int().min(0).max(20).default(10),
  },
  async handle(input, context) {
    const { jobAnswer } = await import("../src/jobs/answer.ts");
    return jobAnswer(context, input.jobId, input.waitSeconds);
  },
});
