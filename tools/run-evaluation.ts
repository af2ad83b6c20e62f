import { z } from "zod";
import { budgetFields, budgetOf } from "../src/ledger/budget-fields.ts";
import { defineTool, RUNS } from "../src/tool.ts";

export default defineTool({
  name: "run_evaluation",
  title: "Run an evaluation",
  description:
    "Run the agent (a target file of the repository) on a dataset, or take what was recorded, and judge the results. Holdout examples are not run. dryRun tells cost and the smallest difference that can be shown. Long work gives a job.",
  hints: RUNS,
  input: {
    dataset: z.string().min(1).max(120).describe("NAME or NAME@VERSION."),
    target: z.string().max(1_000).optional().describe('A file, e.g. agent.yaml, or "recorded".'),
    gitRef: z.string().max(200).optional().describe("Run the code of this commit instead, e.g. HEAD~1."),
    judges: z.array(z.string().min(1).max(120)).min(1).max(20).describe("Names; list_records kind judge."),
    prompts: z
      .record(z.string(), z.string())
      .optional()
      .describe("Given to the target: {its name: NAME@VERSION}."),
    primary: z.string().max(80).optional().describe("Decides comparisons; default the first."),
    repeats: z.int().min(1).max(20).default(1),
    splits: z
      .array(z.enum(["train", "validation"]))
      .min(1)
      .optional(),
    reuse: z.string().max(64).optional().describe("Judge the runs of this evaluation anew."),
    recordedFilter: z.string().max(4_000).optional().describe("With recorded: which sessions."),
    matchTag: z.string().max(100).optional().describe("With recorded: the tag equal in example and session."),
    allowRealSideEffects: z.boolean().default(false),
    ...budgetFields,
    note: z.string().max(500).optional(),
    dryRun: z.boolean().default(false),
    idempotencyKey: z.string().max(200).optional(),
  },
  async handle(input, context) {
    const { startEvaluation } = await import("../src/evaluation/start.ts");
    return startEvaluation(context, { ...input, budget: budgetOf(input) });
  },
});
