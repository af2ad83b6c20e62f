import { z } from "zod";
import { budgetFields, budgetOf } from "../src/ledger/budget-fields.ts";
import { defineTool, RUNS } from "../src/tool.ts";

export default defineTool({
  name: "run_judges",
  title: "Judge traces",
  description:
    "Judge traces or sessions that already happened: the newest that match, or a random sample. Verdicts become feedback on them (feedback.NAME in filters). Model judges without an endpoint become tasks for you.",
  hints: RUNS,
  input: {
    judges: z.array(z.string().min(1).max(120)).min(1).max(20),
    filter: z.string().max(4_000).optional().describe("Default: everything."),
    level: z.enum(["traces", "sessions"]).default("traces"),
    limit: z.int().min(1).max(5_000).default(50),
    sample: z.boolean().default(false).describe("Draw `limit` at random instead of the newest."),
    ...budgetFields,
    dryRun: z.boolean().default(false),
    idempotencyKey: z.string().max(200).optional(),
  },
  async handle(input, context) {
    const { startJudging } = await import("../src/evaluation/start-judging.ts");
    return startJudging(context, { ...input, budget: budgetOf(input) });
  },
});
