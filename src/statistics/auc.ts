import type { Interval } from "./interval.ts";
import { variance } from "./mean.ts";
import { twoSidedZ } from "./normal.ts";
import { wilsonInterval } from "./proportions.ts";

export interface Auc {
  readonly auc: number;
  readonly standardError: number;
  readonly interval: Interval;
}

/** For each value, the share of `others` (ascending) that it exceeds, ties counting half. */
function placements(values: readonly number[], others: readonly number[]): number[] {
  const order = values.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  const result = new Array<number>(values.length).fill(0);
  let below = 0;
  let upTo = 0;
  for (const { value, index } of order) {
    while (below < others.length && (others[below] ?? 0) < value) below += 1;
    while (upTo < others.length && (others[upTo] ?? 0) <= value) upTo += 1;
    result[index] = (below + upTo) / 2 / others.length;
  }
  return result;
}

/**
 * Area under the ROC curve: the chance that a positive item scores above a negative one, ties counting half; with the
 * standard error of DeLong, DeLong and Clarke-Pearson (Biometrics 44, 1988) and an interval on the logit scale, which
 * stays inside [0, 1]. Perfect separation has no standard error: the limit is then Wilson's for as many successes as
 * the smaller class has items. At least two items of each class. O(n log n).
 */
export function auc(positives: readonly number[], negatives: readonly number[], level = 0.95): Auc {
  const ascending = (values: readonly number[]) => [...values].sort((a, b) => a - b);
  const ofPositives = placements(positives, ascending(negatives));
  const ofNegatives = placements(negatives, ascending(positives));
  const area = ofPositives.reduce((sum, share) => sum + share, 0) / positives.length;
  const standardError = Math.sqrt(
    variance(ofPositives) / positives.length + variance(ofNegatives) / negatives.length,
  );
  if (area === 0 || area === 1) {
    const smaller = Math.min(positives.length, negatives.length);
    return { auc: area, standardError, interval: wilsonInterval(area * smaller, smaller, level) };
  }
  const logit = Math.log(area / (1 - area));
  const half = (twoSidedZ(1 - level) * standardError) / (area * (1 - area));
  const expit = (x: number) => 1 / (1 + Math.exp(-x));
  return {
    auc: area,
    standardError,
    interval: { low: expit(logit - half), high: expit(logit + half), level },
  };
}
