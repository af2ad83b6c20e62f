import type { Budget, SpendTotals } from "../../model/ledger.ts";
import type { Costs, Purse } from "../campaign/afford.ts";
import { campaignCosts } from "../campaign/costs.ts";
import type { OptimizationJobInput } from "../campaign/job-input.ts";

const less = (a: SpendTotals, b: SpendTotals): SpendTotals => ({
  calls: a.calls - b.calls,
  tokens: a.tokens - b.tokens,
  usd: a.usd - b.usd,
  unpriced: a.unpriced - b.unpriced,
  lost: a.lost - b.lost,
});

/** An equal part, for each campaign that is still to come, of what is left when one begins. */
export const shareOf =
  (before: SpendTotals, campaigns: number) =>
  ({ budget, spent }: Purse): Purse => {
    const part = (limit: number, used: number) => Math.max(0, limit - used) / campaigns;
    const { calls, tokens, usd, minutes } = budget;
    const share: Budget = {
      ...(calls === undefined ? {} : { calls: Math.floor(part(calls, before.calls)) }),
      ...(tokens === undefined ? {} : { tokens: Math.floor(part(tokens, before.tokens)) }),
      ...(usd === undefined ? {} : { usd: part(usd, before.usd) }),
      ...(minutes === undefined ? {} : { minutes }),
    };
    return { budget: share, spent: less(spent, before) };
  };

/** A campaign's costs with its part of the one look: both its arms, and of the teacher's its share. */
export function studentCosts({ setup }: OptimizationJobInput, students: number): Costs {
  const { callsOfCase } = campaignCosts(setup);
  return {
    callsOfCase,
    finalCases: Math.ceil(setup.examples.holdout * setup.search.repeats * (2 + 1 / students)),
  };
}
