import { z } from "zod";
import { defineTool, RUNS } from "../src/tool.ts";

export default defineTool({
  name: "try_candidate",
  title: "Try a candidate",
  description:
    "Answer a campaign's open order with new texts, or with your edits of the repository's files. Says accepted or rejected, with flips on training examples and the validation score.",
  hints: RUNS,
  input: {
    optimization: z.string().min(1).max(64),
    components: z.record(z.string(), z.string()).optional().describe("NAME: whole new text; others stay."),
    workingTree: z.boolean().default(false).describe("The files as they are now; needs code: true."),
    hypothesis: z.string().min(1).max(500).describe("What this edit should mend, in one sentence."),
  },
  async handle(input, context) {
    const { tryCandidate } = await import("../src/optimization/campaign/try-candidate.ts");
    return tryCandidate(context, input);
  },
});
