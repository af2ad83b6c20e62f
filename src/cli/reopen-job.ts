import type { Context } from "../context.ts";
import { notFound } from "../errors.ts";
import { type BudgetArguments, budgetOf } from "../ledger/budget-fields.ts";

/**
 * Lets a job that did not end go on in this process.
 * @param options limits from now on, what was spent included (none: those that it had); whether what failed is asked again.
 * @throws AppError `not_found`; what reopening says of a job that has ended.
 */
export async function reopenJob(
  { store, project }: Pick<Context, "store" | "project">,
  jobId: string,
  options: BudgetArguments & { readonly retryFailed?: boolean },
): Promise<void> {
  const { jobs, ledger } = store.records;
  if (!(await jobs.get(project.id, jobId)))
    throw notFound("job", jobId, "The command that started the work named it.");
  const budget = budgetOf(options);
  if (budget) await ledger.setBudget(project.id, { scope: "job", jobId }, budget);
  if (options.retryFailed) await ledger.forgetFailures(project.id, jobId);
  await jobs.reopen(jobId);
}
