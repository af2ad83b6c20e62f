import { z } from "zod";
import { promptAlias } from "../src/model/prompt.ts";
import { defineTool } from "../src/tool.ts";

export default defineTool({
  name: "apply_proposal",
  title: "Apply a proposal",
  description:
    "Apply a proposal: new prompt versions, the alias moved, linked files changed (refused if they changed meanwhile). Or reject it, or roll back an applied one; both stay as memory. dryRun shows the diff.",
  hints: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  input: {
    proposal: z.string().min(1).max(64),
    action: z.enum(["apply", "reject", "rollback"]).default("apply"),
    alias: promptAlias.default("production").describe("Moved to the new versions."),
    reason: z.string().max(500).optional(),
    dryRun: z.boolean().default(false),
  },
  async handle(input, context) {
    const { applyProposal } = await import("../src/optimization/campaign/apply.ts");
    return applyProposal(context, input);
  },
});
