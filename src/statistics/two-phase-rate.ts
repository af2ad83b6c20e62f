import { wilsonInterval } from "./proportions.ts";
import type { Rate } from "./youden.ts";

/** One stratum of a sample in two phases. */
export interface PhaseStratum {
  /** Of the first phase: items that fell into it. */
  readonly size: number;
  /** Of the second phase: how many were looked at, and how many of those are positive. */
  readonly looked: number;
  readonly positive: number;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Laplace's share: a few that are all alike are no certainty. */
const smoothed = ({ looked, positive }: PhaseStratum): number => (positive + 1) / (looked + 2);

/**
 * The positive rate behind a two-phase sample for stratification: many items are sorted into strata, some of each are
 * looked at (Neyman 1938; Cochran, Sampling Techniques, 3rd ed. 1977, section 12.2). Variance: p (1 - p) / n' of the first
 * phase plus, over strata, W^2 s^2 (1/n - 1/N) of the second, with Laplace's share in s^2; Wilson's interval with the
 * effective number that the variance leaves. A stratum of which none was looked at counts as all negative for the lower
 * limit and as all positive for the upper one, and as half for the estimate.
 */
export function twoPhaseRate(strata: readonly PhaseStratum[], level = 0.95): Rate {
  const total = sum(strata.map(({ size }) => size));
  const known = strata.filter(({ looked }) => looked > 0);
  const unknown = sum(strata.filter(({ looked }) => looked === 0).map(({ size }) => size)) / total;
  const rate = sum(known.map(({ size, looked, positive }) => (size / total) * (positive / looked)));
  const second = sum(
    known.map((stratum) => {
      const share = smoothed(stratum);
      const left = Math.max(0, 1 / stratum.looked - 1 / stratum.size);
      return (stratum.size / total) ** 2 * share * (1 - share) * left;
    }),
  );
  const at = (estimate: number): Rate["interval"] => {
    const spread = Math.max(estimate * (1 - estimate), 1 / (4 * total));
    const effective = spread / (spread / total + second);
    return wilsonInterval(estimate * effective, effective, level);
  };
  return {
    estimate: rate + unknown / 2,
    interval: { low: at(rate).low, high: at(rate + unknown).high, level },
  };
}
