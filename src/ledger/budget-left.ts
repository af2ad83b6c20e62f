import type { Budget } from "../model/ledger.ts";
import type { LedgerStore } from "../store/ledger-store.ts";

/** What a job's budget has left, for work that follows it; at least one of each, as none is no budget. */
export async function budgetLeft(
  ledger: Pick<LedgerStore, "report">,
  projectId: string,
  jobId: string,
): Promise<Budget | undefined> {
  const { budget, spent } = await ledger.report(projectId, { scope: "job", jobId });
  const left: Budget = {
    ...(budget.calls === undefined ? {} : { calls: Math.max(1, budget.calls - spent.calls) }),
    ...(budget.tokens === undefined ? {} : { tokens: Math.max(1, Math.floor(budget.tokens - spent.tokens)) }),
    ...(budget.usd === undefined ? {} : { usd: Math.max(1e-6, budget.usd - spent.usd) }),
  };
  return Object.keys(left).length === 0 ? undefined : left;
}
