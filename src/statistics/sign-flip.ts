import type { Interval } from "./interval.ts";
import type { RandomStream } from "./random.ts";
import type { ShiftTest } from "./shift-test.ts";

/** The paired differences of one cluster: their sum and their number. */
export interface ClusterSum {
  readonly sum: number;
  readonly size: number;
}

export interface SignFlipTest extends ShiftTest {
  /** Every flip was enumerated; otherwise p values have Monte Carlo error. */
  readonly exact: boolean;
  /** Flips that were looked at, the observed one among them; a flip and its opposite count as one. */
  readonly flips: number;
}

/** Up to here all flips are enumerated: 2^15 pairs of opposite flips. */
const EXACT_CLUSTERS = 16;
const MOST_FLIPS = 50_000;
const LEAST_FLIPS = 10_000;
/** Table look-ups that a Monte Carlo test may take, a few nanoseconds each. */
const LOOKUPS = 60_000_000;

/** Differences this much smaller than the largest cluster mean are rounding error of sums. */
const ROUNDING = 2 ** -36;

/** Sum and size, in turn, of every subset of four clusters at a time: a flip of four takes one look-up. */
function subsetTable(clusters: readonly ClusterSum[]): Float64Array {
  const table = new Float64Array(Math.ceil(clusters.length / 4) * 32);
  for (const [index, { sum, size }] of clusters.entries()) {
    const bit = 1 << (index & 3);
    for (let subset = bit; subset < 2 * bit; subset += 1) {
      const at = (index >> 2) * 32 + subset * 2;
      table[at] = (table[at - 2 * bit] ?? 0) + sum;
      table[at + 1] = (table[at - 2 * bit + 1] ?? 0) + size;
    }
  }
  return table;
}

/** Fills one byte for each four clusters: the next subset of clusters that keep their sign. */
type NextSubset = (bytes: Uint8Array) => void;

/** Subsets in counting order; the last cluster is never in one, so that no opposite of an earlier one comes. */
function countingSubsets(): NextSubset {
  let next = 0;
  return (bytes) => {
    for (let chunk = 0; chunk < bytes.length; chunk += 1) bytes[chunk] = (next >>> (4 * chunk)) & 15;
    next += 1;
  };
}

function randomSubsets(clusters: number, random: RandomStream): NextSubset {
  const lastMask = 2 ** (clusters - 4 * (Math.ceil(clusters / 4) - 1)) - 1;
  return (bytes) => {
    let word = 0;
    for (let chunk = 0; chunk < bytes.length; chunk += 1) {
      if ((chunk & 7) === 0) word = random.bits();
      bytes[chunk] = word & 15;
      word >>>= 4;
    }
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) & lastMask;
  };
}

interface Ranges {
  /** Sorted lower and upper ends of the shifts at which each flip is at least as extreme as what was observed. */
  readonly lows: Float64Array;
  readonly highs: Float64Array;
}

function ranges(clusters: readonly ClusterSum[], flips: number, next: NextSubset, noise: number): Ranges {
  const table = subsetTable(clusters);
  const total = clusters.reduce((sum, cluster) => sum + cluster.sum, 0);
  const examples = clusters.reduce((sum, cluster) => sum + cluster.size, 0);
  const bytes = new Uint8Array(table.length / 32);
  const lows = new Float64Array(flips).fill(-Infinity);
  const highs = new Float64Array(flips).fill(Infinity);
  const snap = (mean: number) => (Math.abs(mean) <= noise ? 0 : mean);
  for (let flip = 1; flip < flips; flip += 1) {
    next(bytes);
    let sum = 0;
    let size = 0;
    for (let chunk = 0; chunk < bytes.length; chunk += 1) {
      const at = chunk * 32 + (bytes[chunk] ?? 0) * 2;
      sum += table[at] ?? 0;
      size += table[at + 1] ?? 0;
    }
    if (size === 0 || size === examples) continue;
    const kept = snap(sum / size);
    const flipped = snap((total - sum) / (examples - size));
    lows[flip] = Math.min(kept, flipped);
    highs[flip] = Math.max(kept, flipped);
  }
  return { lows: lows.sort(), highs: highs.sort() };
}

/** How many of the ascending values are at most `limit`. */
function countAtMost(ascending: Float64Array, limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many of the ascending values are at least `limit`. */
function countAtLeast(ascending: Float64Array, limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return ascending.length - low;
}

/** The fewest flips of `flips` whose share is above alpha. */
function leastAccepted(alpha: number, flips: number): number {
  let count = Math.floor(alpha * flips);
  while (count / flips <= alpha) count += 1;
  return count;
}

const flipsFor = (clusters: number): number =>
  clusters <= EXACT_CLUSTERS
    ? 2 ** (clusters - 1)
    : Math.max(LEAST_FLIPS, Math.min(MOST_FLIPS, Math.floor(LOOKUPS / Math.ceil(clusters / 4))));

/**
 * Sign-flip (paired permutation) test of the mean difference over clusters, with the interval that inverts it.
 *
 * Estimand: the mean over examples. A cluster contributes the sum of its differences and flips as a whole; a large
 * cluster weighs as many examples as it has. For a shift s, each cluster's sum less s times its size flips sign; the
 * p value is the share of flips whose total is at least as far from zero as the observed one. At least one cluster.
 *
 * The interval needs no search. A flip is as extreme as the data at just the shifts between the mean of the clusters
 * that it keeps and the mean of those that it flips (|T| <= |T'| is a quadratic inequality in s), so the limits are
 * order statistics of those means: Hartigan's typical values (JASA 64, 1969). p values and limits therefore never
 * disagree: a shift is outside the interval exactly when its p value is at most alpha.
 *
 * Up to 16 clusters all flips are enumerated; above, they are drawn from `random`, and p = (b + 1) / (m + 1) counts
 * the observed flip (Phipson and Smyth, SAGMB 9, 2010). Exact when differences are symmetric about the true one;
 * otherwise right for many clusters, like a t test.
 */
export function signFlipTest(clusters: readonly ClusterSum[], random: RandomStream): SignFlipTest {
  const exact = clusters.length <= EXACT_CLUSTERS;
  const flips = flipsFor(clusters.length);
  const scale = clusters.reduce((most, { sum, size }) => Math.max(most, Math.abs(sum / size)), 0);
  const noise = scale * ROUNDING;
  const next = exact ? countingSubsets() : randomSubsets(clusters.length, random);
  if (exact) next(new Uint8Array(1)); // the empty subset is the observed flip, which `ranges` counts by itself
  const { lows, highs } = ranges(clusters, flips, next, noise);
  const mean =
    clusters.reduce((sum, cluster) => sum + cluster.sum, 0) /
    clusters.reduce((sum, cluster) => sum + cluster.size, 0);
  const estimate = Math.abs(mean) <= noise ? 0 : mean;
  const pValue = (shift: number): number => {
    if (shift === estimate) return 1;
    return (shift < estimate ? countAtMost(lows, shift) : countAtLeast(highs, shift)) / flips;
  };
  const interval = (alpha: number): Interval => {
    const rank = leastAccepted(alpha, flips);
    return {
      low: Math.min(estimate, lows[rank - 1] ?? estimate),
      high: Math.max(estimate, highs[flips - rank] ?? estimate),
      level: 1 - alpha,
    };
  };
  return { estimate, exact, flips, pValue, interval };
}
