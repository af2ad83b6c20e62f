import type { Estimated } from "../model/calibration.ts";
import { bootstrap } from "../statistics/bootstrap.ts";
import { clip, type Interval } from "../statistics/interval.ts";
import { randomStream } from "../statistics/random.ts";
import type { ComparedItem } from "./compare-labels.ts";

export const LEVEL = 0.95;

/** An estimate with a named interval; null when either is not a number. */
export function estimated(estimate: number, interval: Interval, method: string): Estimated {
  const { low, high, level } = interval;
  if (![estimate, low, high].every(Number.isFinite)) return null;
  return { estimate, interval: { low, high, level, method } };
}

/** Whether every item is a draw of its own with the same chance. */
export const isIndependent = (items: readonly ComparedItem[]): boolean =>
  new Set(items.map(({ cluster }) => cluster)).size === items.length &&
  items.every(({ weight }) => weight === items[0]?.weight);

export const clustersOf = (items: readonly ComparedItem[]): ComparedItem[][] => [
  ...Map.groupBy(items, ({ cluster }) => cluster).values(),
];

/** Weighted counts: rows are people's categories, columns the judge's. */
export function tableOf(items: readonly ComparedItem[], categories: readonly string[]): number[][] {
  const table = categories.map(() => new Array<number>(categories.length).fill(0));
  for (const { people, judge, weight } of items) {
    const row = table[categories.indexOf(people)];
    const column = categories.indexOf(judge);
    if (row && column >= 0) row[column] = (row[column] ?? 0) + weight;
  }
  return table;
}

const addTables = (tables: readonly (readonly (readonly number[])[])[]): number[][] => {
  const total = (tables[0] ?? []).map((row) => row.map(() => 0));
  for (const table of tables)
    for (const [i, row] of table.entries()) {
      const into = total[i];
      if (into) for (const [j, count] of row.entries()) into[j] = (into[j] ?? 0) + count;
    }
  return total;
};

/**
 * Interval of a statistic of the cross-table from a bootstrap over clusters; null when all draws are alike, as of a judge
 * that was never wrong: such an interval would claim certainty.
 */
export function resampled(
  items: readonly ComparedItem[],
  categories: readonly string[],
  statistic: (table: readonly (readonly number[])[]) => number,
  seed: string,
): Interval | null {
  const tables = clustersOf(items).map((cluster) => tableOf(cluster, categories));
  if (tables.length < 2) return null;
  const random = randomStream(seed, "calibration");
  const { interval } = bootstrap(tables, (drawn) => statistic(addTables(drawn)), { random, level: LEVEL });
  return interval.high > interval.low ? clip(interval, -1, 1) : null;
}
