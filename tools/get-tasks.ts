import { z } from "zod";
import { TaskKind } from "../src/model/ledger.ts";
import { defineTool, READS } from "../src/tool.ts";

export default defineTool({
  name: "get_tasks",
  title: "Get open questions",
  description:
    "Questions that wait for you (verdicts of judges, proposals, user turns): a batch with its rubrics. Judge each item by its rubric alone, then submit_answers. Each item ends in a code that its answer must echo.",
  hints: READS,
  input: {
    jobId: z.string().max(64).optional(),
    kind: TaskKind.optional(),
  },
  async handle(input, context) {
    const { readTasks } = await import("../src/tasks/read.ts");
    return readTasks(context, input);
  },
});
