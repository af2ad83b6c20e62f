import { randomStream } from "../../statistics/random.ts";
import type { Member } from "./pool.ts";

const DRAWS = 400;

/** Mean difference of two score columns over what both know, with its standard error; NaN when nothing is shared. */
export function pairedDifference(
  a: Float64Array,
  b: Float64Array,
): { readonly mean: number; readonly standardError: number } {
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (const [i, x] of a.entries()) {
    const difference = x - (b[i] ?? Number.NaN);
    if (Number.isNaN(difference)) continue;
    count += 1;
    sum += difference;
    squares += difference * difference;
  }
  const mean = count > 0 ? sum / count : Number.NaN;
  const variance = count > 1 ? Math.max(0, (squares - count * mean * mean) / (count - 1)) : 0;
  return { mean, standardError: Math.sqrt(variance / count) };
}

/** Highest estimate; of equals the one that has seen more, then the shorter, then the older. */
export function bestOf(members: readonly Member[]): Member | null {
  let best: Member | null = null;
  for (const member of members) {
    if (Number.isNaN(member.estimate)) continue;
    const lead = best
      ? member.estimate - best.estimate || member.depth - best.depth || best.length - member.length
      : 1;
    if (lead > 0) best = member;
  }
  return best;
}

/**
 * The shortest candidate whose paired difference to the best is within one standard error of it (the one-standard-error
 * rule of Breiman et al., Classification and Regression Trees, 1984, here on paired differences).
 */
export function shortestNearBest(members: readonly Member[]): Member | null {
  const best = bestOf(members);
  if (!best) return null;
  let chosen = best;
  for (const member of members) {
    if (member.length >= chosen.length) continue;
    const { mean, standardError } = pairedDifference(best.scores, member.scores);
    if (mean <= standardError) chosen = member;
  }
  return chosen;
}

/**
 * The choice's score without the luck of having been chosen: examples are drawn with replacement, the best on those drawn
 * is scored on those left out, and the mean over the draws is taken (Tsamardinos, Greasidou and Borboudakis,
 * "Bootstrapping the out-of-sample predictions for efficient and accurate cross-validation", Machine Learning 107,
 * 2018). null: it has no score.
 */
export function correctedMean(seed: string, members: readonly Member[], chosen: Member): number | null {
  const size = chosen.scores.length;
  if (Number.isNaN(chosen.estimate)) return null;
  if (members.length < 2 || size < 2) return chosen.estimate;
  const random = randomStream(seed, "winner's curse");
  let sum = 0;
  let count = 0;
  for (let draw = 0; draw < DRAWS; draw += 1) {
    const weights = new Float64Array(size);
    for (let i = 0; i < size; i += 1) {
      const drawn = random.below(size);
      weights[drawn] = (weights[drawn] ?? 0) + 1;
    }
    const outside = outOfBag(members, weights);
    if (Number.isNaN(outside)) continue;
    sum += outside;
    count += 1;
  }
  return count > 0 ? Math.min(chosen.estimate, sum / count) : chosen.estimate;
}

function outOfBag(members: readonly Member[], weights: Float64Array): number {
  let best = Number.NEGATIVE_INFINITY;
  let outside = Number.NaN;
  for (const { scores } of members) {
    let inside = 0;
    let out = 0;
    let left = 0;
    for (const [i, weight] of weights.entries()) {
      const score = scores[i] ?? Number.NaN;
      if (Number.isNaN(score)) continue;
      if (weight > 0) inside += weight * score;
      else {
        out += score;
        left += 1;
      }
    }
    if (inside > best) {
      best = inside;
      outside = left > 0 ? out / left : Number.NaN;
    }
  }
  return outside;
}
