import { z } from "zod";
import { defineTool, RUNS } from "../src/tool.ts";

export default defineTool({
  name: "finish_optimization",
  title: "Finish an optimization",
  description:
    "End a campaign and take its one counted look at the sealed holdout: better, not shown or worse with an interval, and a proposal to apply. Of a model switch (ma-...): not inferior, inferior or not shown for each student.",
  hints: RUNS,
  input: {
    optimization: z.string().min(1).max(64),
    candidate: z.int().min(0).optional().describe("Another than the campaign's choice; a further look."),
    dryRun: z.boolean().default(false),
  },
  async handle(input, context) {
    if (input.optimization.startsWith("ma-")) {
      const { finishMatch } = await import("../src/optimization/match/finish.ts");
      return finishMatch(context, input);
    }
    const { finishOptimization } = await import("../src/optimization/campaign/finish.ts");
    return finishOptimization(context, input);
  },
});
