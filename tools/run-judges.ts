import { z } from "zod";
import { invalidInput } from "../src/errors.ts";
import { budgetFields, budgetOf } from "../src/ledger/budget-fields.ts";
import { defineTool, RUNS } from "../src/tool.ts";

export default defineTool({
  name: "run_judges",
  title: "Judge traces or pairs",
  description:
    "Judge traces or sessions that already happened: the newest that match, or a random sample; verdicts become feedback on them (feedback.NAME in filters). Or which of two evaluations answers better, example by example: give baseline and candidate with a judge of pairs such as preference; both orders are asked, disagreement is a tie. Model judges without an endpoint become tasks for you.",
  hints: RUNS,
  input: {
    judges: z.array(z.string().min(1).max(120)).min(1).max(20),
    baseline: z.string().min(1).max(64).optional().describe("Pairs: evaluation id."),
    candidate: z.string().min(1).max(64).optional(),
    filter: z.string().max(4_000).optional().describe("Default: all real use, no runs of evaluations."),
    level: z.enum(["traces", "sessions"]).default("traces"),
    limit: z.int().min(1).max(5_000).default(50),
    sample: z.boolean().default(false).describe("Draw `limit` at random instead of the newest."),
    ...budgetFields,
    dryRun: z.boolean().default(false),
    idempotencyKey: z.string().max(200).optional(),
  },
  async handle(input, context) {
    const { judges, baseline, candidate, filter, dryRun, idempotencyKey } = input;
    const budget = budgetOf(input);
    if (baseline === undefined && candidate === undefined) {
      const { startJudging } = await import("../src/evaluation/start-judging.ts");
      return startJudging(context, { ...input, budget });
    }
    if (baseline === undefined || candidate === undefined || filter !== undefined)
      throw invalidInput(
        "Pairs need baseline and candidate, and no filter",
        "Give both evaluation ids; or neither, to judge traces.",
      );
    const { startPairs } = await import("../src/evaluation/start-pairs.ts");
    return startPairs(context, { judges, baseline, candidate, budget, dryRun, idempotencyKey });
  },
});
