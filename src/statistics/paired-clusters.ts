import { clusteredStandardError } from "./clustered-mean.ts";
import { hull, type Interval } from "./interval.ts";
import { HALF_STEP } from "./paired-binary.ts";
import { pairedScoreTest } from "./paired-score.ts";
import type { PairedTest } from "./paired-test.ts";
import type { RandomStream } from "./random.ts";
import type { ShiftTest } from "./shift-test.ts";
import { signFlipTest } from "./sign-flip.ts";

/** Accepts every difference: for when the data say nothing of how large a difference can be. */
const uninformative: ShiftTest = {
  estimate: 0,
  pValue: () => 1,
  interval: (alpha) => ({ low: -Infinity, high: Infinity, level: 1 - alpha }),
};

const rescaled = (test: ShiftTest, scale: number): ShiftTest => ({
  estimate: test.estimate * scale,
  pValue: (shift) => test.pValue(shift / scale),
  interval: (alpha) => {
    const { low, high, level } = test.interval(alpha);
    return { low: low * scale, high: high * scale, level };
  },
});

/** How many times the variance of the mean is that of independent values; clusters over values when all are equal. */
function varianceInflation(clusters: readonly (readonly number[])[]): number {
  const values = clusters.flat();
  const independent = clusteredStandardError(values.map((value) => [value]));
  if (!(independent > 0) || clusters.length < 2) return values.length / clusters.length;
  return Math.max(1, (clusteredStandardError(clusters) / independent) ** 2);
}

/**
 * A test that keeps its width when few pairs differ: the score test of the signs of the differences, at the effective
 * number of pairs, in units of the largest difference seen (or possible, when none is seen).
 */
function signGuard(clusters: readonly (readonly number[])[], range: number | null): ShiftTest {
  const differences = clusters.flat();
  const largest = differences.reduce((most, d) => Math.max(most, Math.abs(d)), 0);
  const scale = largest > 0 ? largest : range;
  if (scale === null) return uninformative;
  const inflation = varianceInflation(clusters);
  const counts = {
    better: differences.filter((d) => d > 0).length / inflation,
    worse: differences.filter((d) => d < 0).length / inflation,
    pairs: differences.length / inflation,
  };
  return rescaled(pairedScoreTest(counts, HALF_STEP), scale);
}

/** Rejects a shift only when both tests do. */
const both = (a: ShiftTest, b: ShiftTest): ShiftTest => ({
  estimate: a.estimate,
  pValue: (shift) => Math.max(a.pValue(shift), b.pValue(shift)),
  interval: (alpha) => hull(a.interval(alpha), b.interval(alpha)),
});

/**
 * Paired differences by cluster: the sign-flip test of their mean over examples (see `signFlipTest`), with the interval
 * that inverts it. At least one cluster, none empty. `range` is the largest difference that scores allow, or null.
 *
 * Inverting a sign flip takes the shape of the differences for what it is seen to be: with hardly any pair that
 * differs, the interval shrinks to nothing although rare failures may just not have been drawn. So when more than half of
 * the differences are 0, the interval is widened to hold that of a score test of their signs, on the sides that leave
 * the verdict about 0 alone, and equivalence must pass both tests.
 */
export function pairedClusterTest(
  clusters: readonly (readonly number[])[],
  options: { readonly random: RandomStream; readonly range: number | null },
): PairedTest {
  const flips = signFlipTest(
    clusters.map((differences) => ({
      sum: differences.reduce((sum, d) => sum + d, 0),
      size: differences.length,
    })),
    options.random,
  );
  const method = flips.exact ? "exact sign-flip" : "Monte Carlo sign-flip";
  const pValue = flips.pValue(0);
  const differences = clusters.flat();
  const ties = differences.filter((d) => d === 0).length;
  if (ties * 2 <= differences.length) {
    return { method, intervalMethod: "inverted sign-flip", pValue, interval: flips.interval, shifts: flips };
  }
  const shifts = both(flips, signGuard(clusters, options.range));
  const interval = (alpha: number): Interval => {
    const narrow = flips.interval(alpha);
    const wide = shifts.interval(alpha);
    if (pValue > alpha) return wide;
    return flips.estimate > 0 ? { ...wide, low: narrow.low } : { ...wide, high: narrow.high };
  };
  return {
    method,
    intervalMethod: "inverted sign-flip, widened by a score interval",
    pValue,
    interval,
    shifts,
  };
}
