import type { Interval } from "./interval.ts";
import { type Discordance, mcnemarExact } from "./mcnemar.ts";
import { pairedScoreTest } from "./paired-score.ts";
import type { PairedTest } from "./paired-test.ts";
import { exactInterval, wilsonInterval } from "./proportions.ts";

/** Half of the step that better - worse takes. */
export const HALF_STEP = 0.5;

/**
 * A lower limit above 0 for when the exact test rejects in favour of the candidate: the least share of discordant
 * pairs (Wilson) times the least excess of "better" among them (Clopper and Pearson).
 */
function conditionalLow(better: number, worse: number, pairs: number, level: number): number {
  const discordant = better + worse;
  const excess = 2 * exactInterval(better, discordant, level).low - 1;
  return wilsonInterval(discordant, pairs, level).low * excess;
}

/**
 * Unclustered pairs of pass and fail: McNemar's exact test, with Tango's score interval (corrected for continuity).
 *
 * The exact test inverts to no interval of the difference, since it says nothing of the share of discordant pairs, and
 * the score interval is a little narrower than the exact test allows. So where the two disagree about 0, the limit
 * nearest to 0 yields: it moves to 0 when the exact test does not reject, and to the conditional limit (see above) on
 * the estimate's side of 0 when it does. The interval excludes 0 exactly when the exact p value is at most alpha.
 */
export function pairedBinaryTest(counts: Discordance & { readonly pairs: number }): PairedTest {
  const { better, worse, pairs } = counts;
  const pValue = mcnemarExact(counts);
  const shifts = pairedScoreTest(counts, HALF_STEP);
  const interval = (alpha: number): Interval => {
    const { low, high, level } = shifts.interval(alpha);
    if (pValue > alpha) return { low: Math.min(0, low), high: Math.max(0, high), level };
    return better > worse
      ? { low: low > 0 ? low : conditionalLow(better, worse, pairs, level), high, level }
      : { low, high: high < 0 ? high : -conditionalLow(worse, better, pairs, level), level };
  };
  return { method: "exact McNemar", intervalMethod: "Tango score", pValue, interval, shifts };
}
