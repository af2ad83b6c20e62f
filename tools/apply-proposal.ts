import { z } from "zod";
import { promptAlias } from "../src/model/prompt.ts";
import { defineTool } from "../src/tool.ts";

export default defineTool({
  name: "apply_proposal",
  title: "Apply a proposal",
  description:
    "Apply a proposal: new prompt versions, the alias moved, linked files changed (refused if they changed meanwhile). Or reject it, or roll back an applied one; both stay as memory. dryRun shows the diff. watch compares production traffic before and after it was applied (feedback, failures, judges on a sample) and proposes a rollback when worse.",
  hints: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
  input: {
    proposal: z.string().min(1).max(64),
    action: z.enum(["apply", "reject", "rollback", "watch"]).default("apply"),
    alias: promptAlias.default("production").describe("Moved to the new versions."),
    reason: z.string().max(500).optional(),
    watchJudges: z
      .array(z.string().min(1).max(120))
      .max(5)
      .optional()
      .describe("Judge 50 traces (or sessions) a side; default the campaign's."),
    dryRun: z.boolean().default(false),
  },
  async handle({ action, watchJudges, ...input }, context) {
    if (action === "watch") {
      const { watchNow } = await import("../src/optimization/watch/watch-now.ts");
      return watchNow(context, { proposal: input.proposal, judges: watchJudges });
    }
    const { applyProposal } = await import("../src/optimization/campaign/apply.ts");
    return applyProposal(context, { ...input, action, watch: watchJudges });
  },
});
