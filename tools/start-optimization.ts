import { z } from "zod";
import { invalidInput } from "../src/errors.ts";
import { budgetFields, budgetOf } from "../src/ledger/budget-fields.ts";
import { Proposer, SearchChoice } from "../src/model/optimization.ts";
import { defineTool, RUNS } from "../src/tool.ts";

export default defineTool({
  name: "start_optimization",
  title: "Start an optimization",
  description:
    "Improve prompts (or code) of an agent on a frozen dataset: train to learn from, validation to choose, sealed holdout for one final look. Written by you (proposer assistant, no key), a model, or demonstrations of good runs. dryRun tells cost and what can be shown. Model switch: teacher and students instead of target.",
  hints: RUNS,
  input: {
    dataset: z.string().min(1).max(120).describe("NAME or NAME@VERSION."),
    target: z.string().min(1).max(1_000).optional().describe("Target file; it takes prompts by name."),
    teacher: z
      .string()
      .min(1)
      .max(1_000)
      .optional()
      .describe('Target file to match, or "recorded": what was answered before.'),
    students: z
      .array(z.string().min(1).max(1_000))
      .max(8)
      .default([])
      .describe("Target files whose prompts are to be improved until they match."),
    margin: z.number().positive().optional().describe("Loss against the teacher that does not matter."),
    prompts: z
      .array(z.string().min(1).max(260))
      .max(20)
      .default([])
      .describe("Saved prompts to improve: PROMPT@VERSION, or NAME=PROMPT where the target calls it NAME."),
    code: z.boolean().default(false).describe("Your edits of files are candidates too (try_candidate)."),
    judges: z.array(z.string().min(1).max(120)).min(1).max(20),
    primary: z.string().max(80).optional().describe("Decides; default the first."),
    objectives: z.array(z.string().max(80)).max(8).default([]).describe("Judges, cost, latency, length."),
    proposer: Proposer.default("assistant"),
    model: z.string().max(120).optional().describe("Endpoint that writes, for proposer model."),
    maxProposals: z.int().min(1).max(1_000).optional().describe("Default 30 without another limit."),
    maxRollouts: z.int().min(1).max(1_000_000).optional().describe("Runs of one example."),
    search: SearchChoice.optional().describe("patience: proposals in vain; targetScore: of validation."),
    watchJudges: z
      .array(z.string().min(1).max(120))
      .max(5)
      .default([])
      .describe("Asked about live traffic once applied."),
    repeats: z.int().min(1).max(10).default(1),
    seed: z.string().max(60).optional(),
    allowRealSideEffects: z.boolean().default(false),
    ...budgetFields,
    note: z.string().max(500).optional(),
    dryRun: z.boolean().default(false),
    idempotencyKey: z.string().max(200).optional(),
  },
  async handle(input, context) {
    const { searchSettings } = await import("../src/optimization/campaign/search-options.ts");
    const budget = budgetOf(input);
    const { target, teacher, margin, ...rest } = { ...input, budget, search: searchSettings(input, budget) };
    if (teacher !== undefined && target === undefined) {
      const { startMatch } = await import("../src/optimization/match/start.ts");
      return startMatch(context, { ...rest, teacher, margin });
    }
    if (target === undefined || teacher !== undefined || input.students.length > 0)
      throw invalidInput(
        "Either target, or teacher and students",
        "target improves one agent; teacher and students make students answer as the teacher does.",
      );
    const { startOptimization } = await import("../src/optimization/campaign/start.ts");
    return startOptimization(context, { ...rest, target });
  },
});
