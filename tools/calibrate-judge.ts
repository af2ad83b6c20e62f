import { z } from "zod";
import { budgetFields, budgetOf } from "../src/ledger/budget-fields.ts";
import { defineTool, RUNS } from "../src/tool.ts";

export default defineTool({
  name: "calibrate_judge",
  title: "Calibrate a judge",
  description:
    "Check a judge against people's labels (human feedback, or an expectation of a dataset): agreement, kappa, AC1, TPR, TNR, Youden's J with intervals, how far people agree, repeatability. The card is kept with this version of the judge, and every score of it carries it.",
  hints: RUNS,
  input: {
    judge: z.string().min(1).max(120).describe("NAME or NAME@VERSION."),
    labels: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe("Feedback (with dataset: expectation) that holds people's labels; default the judge's name."),
    source: z.enum(["human", "end_user"]).default("human"),
    filter: z.string().max(4_000).optional().describe("Which labelled traces or sessions."),
    level: z.enum(["traces", "sessions"]).optional(),
    dataset: z.string().max(120).optional(),
    labelThreshold: z.number().optional().describe("Graded labels: this or more is a pass."),
    limit: z.int().min(1).max(10_000).default(2_000),
    repeats: z
      .int()
      .min(0)
      .max(10)
      .optional()
      .describe("Ask 20 items so many times more; default 1 (model)."),
    ...budgetFields,
    dryRun: z.boolean().default(false),
    idempotencyKey: z.string().max(200).optional(),
  },
  async handle(input, context) {
    const { startCalibration } = await import("../src/calibration/start-calibration.ts");
    return startCalibration(context, { ...input, budget: budgetOf(input) });
  },
});
