import type { Interval } from "../model/estimate.ts";
import type { Decision } from "../statistics/decision.ts";

/** The interval of a decision in the judge's own unit (`sign` -1: less is better); null where a side is unlimited. */
export function intervalOf({ findings }: Decision, sign: 1 | -1): Interval | null {
  if (findings === null || findings.interval.low === null || findings.interval.high === null) return null;
  const { interval, intervalMethod } = findings;
  const limits = { low: findings.interval.low, high: findings.interval.high };
  const [low, high] = sign === 1 ? [limits.low, limits.high] : [-limits.high, -limits.low];
  return { low, high, level: interval.level, method: intervalMethod };
}
