import { z } from "zod";
import { budgetFields, budgetOf } from "../src/ledger/budget-fields.ts";
import { defineTool, RUNS } from "../src/tool.ts";

export default defineTool({
  name: "calibrate_judge",
  title: "Calibrate a judge",
  description:
    "Check a judge against people's labels (feedback; with dataset an expectation): agreement, kappa, TPR, TNR, J with intervals. The card stays with this version of the judge and its scores. population adds all traffic's corrected pass rate; label_next draws what to label; align improves the rubric, kept only if better on held-out labels.",
  hints: RUNS,
  input: {
    judge: z.string().min(1).max(120),
    mode: z.enum(["card", "label_next", "align"]).default("card"),
    labels: z.string().min(1).max(200).optional().describe("Name of the feedback; default the judge's."),
    source: z.enum(["human", "end_user"]).default("human"),
    filter: z.string().max(4_000).optional(),
    dataset: z.string().max(120).optional(),
    labelThreshold: z.number().optional().describe("Graded labels: this or more passes."),
    population: z.string().max(4_000).optional().describe("Filter."),
    sample: z.int().min(1).optional().describe("Only labels of this sample of label_next, weighted."),
    count: z.int().min(1).max(1_000).default(30).describe("label_next: how many."),
    beside: z.array(z.string().max(120)).max(5).optional().describe("label_next: judges that may differ."),
    limit: z.int().min(1).max(10_000).default(2_000),
    repeats: z.int().min(0).max(10).optional().describe("Ask 20 items again."),
    ...budgetFields,
    dryRun: z.boolean().default(false),
    idempotencyKey: z.string().max(200).optional(),
  },
  async handle(input, context) {
    const { startCalibration } = await import("../src/calibration/start-calibration.ts");
    return startCalibration(context, { ...input, budget: budgetOf(input) });
  },
});
