import type { Interval } from "./interval.ts";
import type { Rate } from "./youden.ts";

export interface RateDifference {
  /** Second minus first. */
  readonly difference: number;
  readonly interval: Interval;
  /** Two-sided: the level at which the interval begins to hold 0. */
  readonly pValue: number;
}

/** An independent rate at any confidence level. */
export type RateAt = (level: number) => Rate;

function intervalAt(first: Rate, second: Rate, level: number): Interval {
  const difference = second.estimate - first.estimate;
  const below = Math.hypot(second.estimate - second.interval.low, first.interval.high - first.estimate);
  const above = Math.hypot(second.interval.high - second.estimate, first.estimate - first.interval.low);
  return { low: difference - below, high: difference + above, level };
}

const STEPS = 60;

/**
 * The difference of two independent rates from their own intervals: Newcombe's hybrid score interval (method 10, Statistics in
 * Medicine 17, 1998), which holds for any design whose rates have intervals of their own (MOVER: Zou and Donner,
 * Statistics in Medicine 27, 2008). The p value inverts the interval, so that the two never disagree.
 */
export function rateDifference(first: RateAt, second: RateAt, level = 0.95): RateDifference {
  const interval = intervalAt(first(level), second(level), level);
  const excludesZero = (alpha: number): boolean => {
    const { low, high } = intervalAt(first(1 - alpha), second(1 - alpha), 1 - alpha);
    return low > 0 || high < 0;
  };
  const difference = second(level).estimate - first(level).estimate;
  let [rejected, kept] = [1, 0];
  if (difference === 0 || !excludesZero(1 - 1e-9)) return { difference, interval, pValue: 1 };
  for (let step = 0; step < STEPS; step += 1) {
    const middle = kept === 0 ? rejected / 8 : Math.sqrt(rejected * kept);
    if (excludesZero(middle)) rejected = middle;
    else kept = middle;
    if (rejected < 1e-12) break;
  }
  return { difference, interval, pValue: rejected };
}
