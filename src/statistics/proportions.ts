import { betaQuantile } from "./incomplete-beta.ts";
import type { Interval } from "./interval.ts";
import { twoSidedZ } from "./normal.ts";

/**
 * Wilson's score interval for a proportion: `successes` of `n` > 0 (JASA 22, 1927; recommended by Brown, Cai and
 * DasGupta, Statistical Science 16, 2001). Inside [0, 1]; touches 0 and 1 only at none and all.
 */
export function wilsonInterval(successes: number, n: number, level = 0.95): Interval {
  const z = twoSidedZ(1 - level);
  const p = successes / n;
  const shrink = 1 + (z * z) / n;
  const centre = (p + (z * z) / (2 * n)) / shrink;
  const half = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / shrink;
  return {
    low: successes === 0 ? 0 : Math.max(0, centre - half),
    high: successes === n ? 1 : Math.min(1, centre + half),
    level,
  };
}

/**
 * Equal-tail credible interval for a proportion under a uniform prior, Beta(successes + 1, n - successes + 1): for the
 * few dozen examples where normal intervals are too narrow (Bowyer, Aitchison and Ivanova, ICML 2025).
 */
export function betaInterval(successes: number, n: number, level = 0.95): Interval {
  const a = successes + 1;
  const b = n - successes + 1;
  const tail = (1 - level) / 2;
  return { low: betaQuantile(tail, a, b).x, high: 1 - betaQuantile(tail, b, a).x, level };
}

/**
 * Clopper and Pearson's exact interval for a proportion (Biometrika 26, 1934): it excludes 1/2 exactly when the
 * two-sided binomial test (twice the smaller tail) rejects 1/2.
 */
export function exactInterval(successes: number, n: number, level = 0.95): Interval {
  const tail = (1 - level) / 2;
  return {
    low: successes === 0 ? 0 : betaQuantile(tail, successes, n - successes + 1).x,
    high: successes === n ? 1 : 1 - betaQuantile(tail, n - successes, successes + 1).x,
    level,
  };
}
