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

/** What is left when a campaign begins, of which it may use its part, and what it has used since. */
export const purseSince =
  (before: SpendTotals) =>
  ({ budget, spent }: Purse): Purse => {
    const { calls, tokens, usd, ...rest } = budget;
    const left: Budget = {
      ...rest,
      ...(calls === undefined ? {} : { calls: Math.max(0, calls - before.calls) }),
      ...(tokens === undefined ? {} : { tokens: Math.max(0, tokens - before.tokens) }),
      ...(usd === undefined ? {} : { usd: Math.max(0, usd - before.usd) }),
    };
    return { budget: left, spent: less(spent, before) };
  };

/** A campaign's costs, with the one look at the teacher and at all students, before and after. */
export function studentCosts(
  { setup }: OptimizationJobInput,
  { students, left }: { readonly students: number; readonly left: number },
): Costs {
  const { callsOfCase } = campaignCosts(setup);
  const finalCases = setup.examples.holdout * setup.search.repeats * (2 * students + 1);
  return { callsOfCase, finalCases, among: left };
}
