import { wilsonInterval } from "./proportions.ts";
import type { PhaseStratum } from "./two-phase-rate.ts";
import type { Rate } from "./youden.ts";

export interface StratifiedRate extends Rate {
  /** NaN where a stratum of several has one item looked at. */
  readonly standardError: number;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Variance of a stratum's rate: p q / (n - 1), with what of the stratum was not looked at. */
const ownVariance = ({ size, looked, positive }: PhaseStratum): number => {
  if (looked === size) return 0;
  const p = positive / looked;
  return (1 - looked / size) * ((p * (1 - p)) / (looked - 1));
};

/** Laplace's share in place of p: a few that are all alike are no certainty. */
const smoothedVariance = ({ size, looked, positive }: PhaseStratum): number => {
  const p = (positive + 1) / (looked + 2);
  return looked === size ? 0 : (1 - looked / size) * ((p * (1 - p)) / looked);
};

/**
 * The share of positives among all items of finite strata, of which some of each were looked at (Cochran, Sampling
 * Techniques, 3rd ed. 1977, sections 5.3 and 5.10; the standard error is its textbook one). Exact where all was looked at;
 * else Wilson's interval with the effective number that the variance (with Laplace's shares) leaves, cut to what the items
 * looked at allow. A stratum of which none was looked at counts as half for the estimate, as none for the lower limit and
 * as all for the upper one.
 */
export function stratifiedRate(strata: readonly PhaseStratum[], level = 0.95): StratifiedRate {
  const total = sum(strata.map(({ size }) => size));
  const known = strata.filter(({ looked }) => looked > 0);
  const weighted = (of: (stratum: PhaseStratum) => number, power: number) =>
    sum(known.map((stratum) => (stratum.size / total) ** power * of(stratum)));
  const rate = weighted(({ looked, positive }) => positive / looked, 1);
  const variance = weighted(smoothedVariance, 2);
  const unknown = sum(strata.filter(({ looked }) => looked === 0).map(({ size }) => size)) / total;
  const least = sum(known.map(({ positive }) => positive)) / total;
  const most = 1 - sum(known.map(({ looked, positive }) => looked - positive)) / total;
  const at = (estimate: number): Rate["interval"] => {
    if (variance === 0) return { low: estimate, high: estimate, level };
    const effective = Math.max(estimate * (1 - estimate), 1 / (4 * total)) / variance;
    return wilsonInterval(estimate * effective, effective, level);
  };
  return {
    estimate: rate + unknown / 2,
    standardError: Math.sqrt(weighted(ownVariance, 2)),
    interval: {
      low: Math.max(least, at(rate).low),
      high: Math.min(most, at(Math.min(1, rate + unknown)).high),
      level,
    },
  };
}
