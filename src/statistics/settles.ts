import { clusteredStandardError } from "./clustered-mean.ts";
import {
  detectableDifference,
  equivalenceRequiredPairs,
  mcnemarDetectableDifference,
  mcnemarRequiredPairs,
  pairedProportionsEquivalencePairs,
  requiredPairs,
} from "./power.ts";
import type { PairedScores } from "./score-pairs.ts";

/** What would settle a comparison. Null: cannot be said from these data. */
export interface Settles {
  /** The chance to see a difference that the other numbers are for. */
  readonly power: number;
  /** The smallest difference that this many pairs, varying as these do, are likely to show. */
  readonly detectableDifference: number | null;
  /** Pairs (in clusters as here) that are likely to show the difference that was observed, if it is the true one. */
  readonly pairsForObserved: number | null;
  /** Pairs that are likely to show equivalence at the stated margin, if there is no true difference. */
  readonly pairsForEquivalence: number | null;
}

export interface SettlesInput {
  readonly scores: PairedScores;
  readonly difference: number;
  readonly margin: number | null;
  readonly alpha: number;
  readonly power: number;
}

function ofBinary(input: SettlesInput): Settles {
  const { scores, margin } = input;
  const { better, worse } = scores;
  const share = Math.max(0.5, better + worse) / scores.pairs; // no discordant pair: half a one, not certainty
  return {
    power: input.power,
    detectableDifference: mcnemarDetectableDifference(scores.pairs, share, input),
    pairsForObserved: better === worse ? null : mcnemarRequiredPairs(input.difference, share, input),
    pairsForEquivalence: margin === null ? null : pairedProportionsEquivalencePairs(margin, share, input),
  };
}

/**
 * What would settle the comparison, from the spread that these pairs show: McNemar's power for unclustered binary
 * pairs, else that of a mean with the clustered standard error (so for clusters like these). At least one pair.
 */
export function settles(input: SettlesInput): Settles {
  const { scores, margin, difference } = input;
  const { clusters, pairs } = scores;
  if (scores.binary && clusters.length === pairs) return ofBinary(input);
  const between = pairs * clusteredStandardError(clusters) ** 2;
  const known = clusters.length > 1 && between > 0;
  const reachable = 2 ** (1 - clusters.length) <= input.alpha;
  return {
    power: input.power,
    detectableDifference: known && reachable ? detectableDifference(pairs, { between }, input) : null,
    pairsForObserved: known && difference !== 0 ? requiredPairs(difference, { between }, input) : null,
    pairsForEquivalence: known && margin !== null ? equivalenceRequiredPairs(margin, between, input) : null,
  };
}
