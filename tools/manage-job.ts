import { z } from "zod";
import { budgetFields, budgetOf } from "../src/ledger/budget-fields.ts";
import { defineTool } from "../src/tool.ts";

export default defineTool({
  name: "manage_job",
  title: "Cancel or resume a job",
  description:
    "Cancel long work, or resume an interrupted, waiting, failed or cancelled job where it was: nothing answered is paid twice. Budgets given replace the job's.",
  hints: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  input: {
    jobId: z.string().min(1).max(64),
    action: z.enum(["cancel", "resume"]),
    retryFailed: z.boolean().default(false).describe("Resume: ask again what failed."),
    ...budgetFields,
  },
  async handle(input, context) {
    const { manageJob } = await import("../src/jobs/manage.ts");
    return manageJob(context, { ...input, budget: budgetOf(input) });
  },
});
