import { sum, transpose } from "./matrix.ts";

export type Metric = "nominal" | "ordinal" | "interval";

/** Squared difference between categories i and j; `values` are the categories' numbers, `totals` their frequencies. */
function difference(
  metric: Metric,
  values: readonly number[],
  totals: readonly number[],
  i: number,
  j: number,
): number {
  if (i === j) return 0;
  if (metric === "nominal") return 1;
  if (metric === "interval") return ((values[i] ?? 0) - (values[j] ?? 0)) ** 2;
  const [low, high] = [Math.min(i, j), Math.max(i, j)];
  const between = sum(totals.slice(low, high + 1));
  return (between - ((totals[low] ?? 0) + (totals[high] ?? 0)) / 2) ** 2;
}

/**
 * Krippendorff's alpha for any number of raters and missing ratings (Krippendorff, "Computing Krippendorff's
 * alpha-reliability", 2011). `counts`: one row per unit, one column per category (see `countRatings`), categories in
 * ascending order for `ordinal`; `values`: the categories' numbers, for `interval`. Units with fewer than two ratings
 * pair with nothing and are left out. 1 is perfect, 0 chance; NaN when no unit has two ratings or all ratings are
 * equal. For an interval, bootstrap the units.
 */
export function krippendorffAlpha(
  counts: readonly (readonly number[])[],
  metric: Metric,
  values: readonly number[] = [],
): number {
  const units = counts.filter((row) => sum(row) > 1);
  const totals = transpose(units).map(sum);
  const n = sum(totals);
  let observed = 0;
  let expected = 0;
  for (const [i, total] of totals.entries())
    for (const [j, other] of totals.entries()) {
      const squared = difference(metric, values, totals, i, j);
      if (squared === 0) continue;
      observed += squared * sum(units.map((row) => ((row[i] ?? 0) * (row[j] ?? 0)) / (sum(row) - 1)));
      expected += (squared * total * other) / (n - 1);
    }
  return 1 - observed / expected;
}
