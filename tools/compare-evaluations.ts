import { z } from "zod";
import { ADDS, defineTool } from "../src/tool.ts";

export default defineTool({
  name: "compare_evaluations",
  title: "Compare two evaluations",
  description:
    "Whether the candidate is better, worse, equivalent or not shown to differ from the baseline, example by example: interval, n, flips, slices, cost and latency, what would settle it. Attempts are counted and corrected for.",
  hints: ADDS,
  input: {
    baseline: z.string().min(1).max(64).describe("Evaluation id."),
    candidate: z.string().min(1).max(64),
    primary: z.string().max(80).optional().describe("The judge that decides; default the candidate's."),
    alpha: z
      .number()
      .min(0.001)
      .max(0.2)
      .optional()
      .describe("Of all attempts at this baseline together: attempt k gets alpha/(k(k+1)). Default 0.05."),
    margin: z
      .number()
      .positive()
      .optional()
      .describe("Smaller differences do not matter: allows equivalent."),
  },
  async handle(input, context) {
    const { compare, comparisonWithFlips } = await import("../src/evaluation/comparisons.ts");
    return comparisonWithFlips(context, await compare(context, input));
  },
});
