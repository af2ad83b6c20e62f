import { invalidInput } from "../errors.ts";

/** Labels of one unit, one per rater, null where a rater gave none. */
export type Ratings = readonly (readonly (string | null)[])[];

/**
 * How many raters gave each unit each category: one row per unit, one column per category, in the given order.
 * Throws `invalid_input` for a label that is no category.
 */
export function countRatings(ratings: Ratings, categories: readonly string[]): number[][] {
  return ratings.map((labels) => {
    const row = new Array<number>(categories.length).fill(0);
    for (const label of labels) {
      if (label === null) continue;
      const at = categories.indexOf(label);
      if (at < 0) throw invalidInput("a label is not one of the categories", "List every category.");
      row[at] = (row[at] ?? 0) + 1;
    }
    return row;
  });
}

/** Cross-table of two raters' labels: rows are the first rater's categories. Units that either left out are not in it. */
export function crossTable(
  labels: readonly (readonly [string | null, string | null])[],
  categories: readonly string[],
): number[][] {
  const table = categories.map(() => new Array<number>(categories.length).fill(0));
  for (const [first, second] of labels) {
    if (first === null || second === null) continue;
    const row = table[categories.indexOf(first)];
    const column = categories.indexOf(second);
    if (!row || column < 0)
      throw invalidInput("a label is not one of the categories", "List every category.");
    row[column] = (row[column] ?? 0) + 1;
  }
  return table;
}
