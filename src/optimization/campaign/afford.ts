import type { Ledger } from "../../ledger/ledger.ts";
import type { Budget, SpendTotals } from "../../model/ledger.ts";
import type { LedgerStore } from "../../store/ledger-store.ts";
import type { Needs } from "../search/contract.ts";

export interface Costs {
  /** Calls of a case that are charged: the run, and one for each model judge. */
  readonly callsOfCase: number;
  /** Runs are charged for each of their model calls: a case is what cases have been so far, when that is more. */
  readonly isMetered?: boolean;
  /** Cases that the look at the holdout will take: kept back. */
  readonly finalCases: number;
  /** Campaigns, this one included, that are still to use the same budget: each may take an equal part. */
  readonly among: number;
}

interface Spent {
  readonly totals: SpendTotals;
  readonly cases: number;
}

/** Mean use of a case so far; nothing is known before the first. */
const perCase = (amount: number, { cases }: Spent): number => (cases === 0 ? 0 : amount / cases);

/**
 * Whether a budget will probably hold a step and the final look after it: what was used so far, and for each case to
 * come what cases have used on average. Wall clock is the ledger's matter.
 */
export function fits(budget: Budget, spent: Spent, needs: Needs, costs: Costs): boolean {
  const { finalCases, among } = costs;
  const shared = (own: number, final: number): number => own * among + final;
  const { totals } = spent;
  const measured = costs.isMetered ? perCase(totals.calls, spent) : 0;
  const callsOfCase = Math.max(costs.callsOfCase, measured);
  const calls = totals.calls + needs.rollouts * callsOfCase + needs.proposals;
  if (budget.calls !== undefined && shared(calls, finalCases * callsOfCase) > budget.calls) return false;
  const tokens = perCase(totals.tokens, spent);
  const allTokens = shared(totals.tokens + needs.rollouts * tokens, finalCases * tokens);
  if (budget.tokens !== undefined && allTokens > budget.tokens) return false;
  const usd = perCase(totals.usd, spent);
  return (
    budget.usd === undefined || shared(totals.usd + needs.rollouts * usd, finalCases * usd) <= budget.usd
  );
}

/** What of a job's budget a campaign may use, and what it has used of that. */
export interface Purse {
  readonly budget: Budget;
  readonly spent: SpendTotals;
}

export interface AffordOptions {
  readonly store: LedgerStore;
  readonly ledger: Ledger;
  readonly projectId: string;
  readonly jobId: string;
  /** A campaign that shares its job's budget with others has a part of it. */
  readonly purseOf: (whole: Purse) => Purse;
  readonly costs: Costs;
  /** Cases evaluated so far. */
  cases(): number;
  /** Whether somebody has asked the campaign to end. */
  isStopping(): Promise<boolean>;
}

/** The search's question whether a step may begin, answered once and recorded. */
export function createAfford({
  store,
  ledger,
  projectId,
  jobId,
  purseOf,
  costs,
  cases,
  isStopping,
}: AffordOptions) {
  return async (step: string, needs: Needs): Promise<boolean> => {
    const answer = await ledger.decide(`afford:${step}`, async () => {
      // Without its seed a campaign has nothing to show.
      if (step !== "seed" && (await isStopping())) return false;
      const { budget, spent } = purseOf(await store.report(projectId, { scope: "job", jobId }));
      return fits(budget, { totals: spent, cases: cases() }, needs, costs);
    });
    return answer === true;
  };
}
