/** A closed interval and its confidence (or credible) level, such as 0.95. A limit may be infinite: no limit is known. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  readonly level: number;
}

/** Both limits kept inside [min, max]. */
export const clip = (interval: Interval, min: number, max: number): Interval => ({
  low: Math.min(max, Math.max(min, interval.low)),
  high: Math.min(max, Math.max(min, interval.high)),
  level: interval.level,
});

/** The smallest interval that holds both; the level is the first one's. */
export const hull = (a: Interval, b: Interval): Interval => ({
  low: Math.min(a.low, b.low),
  high: Math.max(a.high, b.high),
  level: a.level,
});

export const contains = (interval: Interval, value: number): boolean =>
  interval.low <= value && value <= interval.high;
