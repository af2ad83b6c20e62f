import type { Interval } from "./interval.ts";
import { studentTQuantile } from "./student-t.ts";

/** Arithmetic mean; NaN of nothing. */
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Sample variance (divided by n - 1); NaN for fewer than two values. */
export function variance(values: readonly number[]): number {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}

/** Student's t interval of a mean; of unlimited width for a single value. At least one value. */
export function tInterval(values: readonly number[], level = 0.95): Interval {
  const centre = mean(values);
  if (values.length < 2) return { low: -Infinity, high: Infinity, level };
  const half =
    studentTQuantile((1 + level) / 2, values.length - 1) * Math.sqrt(variance(values) / values.length);
  return { low: centre - half, high: centre + half, level };
}
