import { normalQuantile, twoSidedZ } from "./normal.ts";
import { restrictedDiscordance } from "./paired-score.ts";

export interface PowerOptions {
  /** Two-sided significance level; 0.05 by default. */
  readonly alpha?: number;
  /** The wished chance to see the difference; 0.8 by default. */
  readonly power?: number;
}

const quantiles = ({ alpha = 0.05, power = 0.8 }: PowerOptions) => ({
  z: twoSidedZ(alpha),
  zPower: normalQuantile(power),
});

/** What makes paired differences vary: all in squared units of the score. */
export interface PairedVariance {
  /** Variance over examples of the true difference of an example's two mean scores. */
  readonly between: number;
  /** Mean variance of one run's score about its example's mean, and runs per example, for each arm; none by default. */
  readonly withinBaseline?: number;
  readonly withinCandidate?: number;
  readonly repeatsBaseline?: number;
  readonly repeatsCandidate?: number;
}

/** Variance of one example's mean difference. */
const ofPair = (v: PairedVariance): number =>
  v.between +
  (v.withinBaseline ?? 0) / (v.repeatsBaseline ?? 1) +
  (v.withinCandidate ?? 0) / (v.repeatsCandidate ?? 1);

/** Examples that a paired comparison needs to see `difference` ≠ 0 (Miller, arXiv 2411.00640, section 5); rounded up. */
export function requiredPairs(
  difference: number,
  variance: PairedVariance,
  options: PowerOptions = {},
): number {
  const { z, zPower } = quantiles(options);
  return Math.ceil(((z + zPower) ** 2 * ofPair(variance)) / difference ** 2);
}

/** The smallest difference that `pairs` examples are likely to show: the inverse of `requiredPairs`. */
export function detectableDifference(
  pairs: number,
  variance: PairedVariance,
  options: PowerOptions = {},
): number {
  const { z, zPower } = quantiles(options);
  return (z + zPower) * Math.sqrt(ofPair(variance) / pairs);
}

const connor = (difference: number, discordance: number, z: number, zPower: number): number =>
  (z * Math.sqrt(discordance) + zPower * Math.sqrt(Math.max(0, discordance - difference ** 2))) ** 2 /
  difference ** 2;

/**
 * Pairs that McNemar's test needs to see a difference of paired proportions, when a share `discordance` of the pairs
 * differs (Connor, Biometrics 43, 1987); rounded up. 0 < |difference| <= discordance <= 1.
 */
export function mcnemarRequiredPairs(
  difference: number,
  discordance: number,
  options: PowerOptions = {},
): number {
  const { z, zPower } = quantiles(options);
  return Math.ceil(connor(Math.abs(difference), discordance, z, zPower));
}

/**
 * The smallest difference of paired proportions that McNemar's test is likely to show with `pairs` pairs, a share
 * `discordance` of which differs (at least that of the difference itself). Never below the fewest one-sided discordant
 * pairs at which the exact test can reject. Null when even a difference of 1 could not be shown.
 */
export function mcnemarDetectableDifference(
  pairs: number,
  discordance: number,
  options: PowerOptions = {},
): number | null {
  const { z, zPower } = quantiles(options);
  const enough = (difference: number) =>
    connor(difference, Math.max(discordance, difference), z, zPower) <= pairs;
  const fewest = Math.ceil(1 - Math.log2(options.alpha ?? 0.05)) / pairs;
  if (fewest > 1 || !enough(1)) return null;
  let low = 0;
  let high = 1;
  for (let step = 0; step < 50; step += 1) {
    const middle = (low + high) / 2;
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return Math.max(high, fewest);
}

/** The quantiles that a test of equivalence at no true difference needs: of alpha, and of half the risk to miss it. */
const equivalenceQuantiles = ({ alpha = 0.05, power = 0.8 }: PowerOptions) => ({
  z: -normalQuantile(alpha),
  zPower: normalQuantile((1 + power) / 2),
});

/**
 * Examples that two one-sided tests at `alpha` need to show equivalence within `margin` > 0 when there truly is no
 * difference (Julious, Statistics in Medicine 23, 2004); `variance` is that of one example's difference. Rounded up.
 */
export function equivalenceRequiredPairs(
  margin: number,
  variance: number,
  options: PowerOptions = {},
): number {
  const { z, zPower } = equivalenceQuantiles(options);
  return Math.ceil(((z + zPower) ** 2 * variance) / margin ** 2);
}

/**
 * Same for paired proportions of which a share `discordance` differs, with Tango's variance under a difference of
 * `margin` (0 to 1): even without any discordant pair z² (1 - margin) / margin pairs are needed.
 */
export function pairedProportionsEquivalencePairs(
  margin: number,
  discordance: number,
  options: PowerOptions = {},
): number {
  const { z, zPower } = equivalenceQuantiles(options);
  const half = discordance / 2;
  const atMargin = restrictedDiscordance({ better: half, worse: half, pairs: 1 }, margin) - margin ** 2;
  return Math.ceil((z * Math.sqrt(atMargin) + zPower * Math.sqrt(discordance)) ** 2 / margin ** 2);
}
