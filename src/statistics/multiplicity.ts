/** Adjusted p values by a step function over the ordered ones, in the order in which they came. */
function adjust(
  pValues: readonly number[],
  order: (a: number, b: number) => number,
  factor: (rank: number) => number,
  combine: (a: number, b: number) => number,
): number[] {
  const ranked = pValues.map((p, index) => ({ p, index })).sort((a, b) => order(a.p, b.p));
  const adjusted = new Array<number>(pValues.length).fill(1);
  let previous: number | undefined;
  for (const [rank, { p, index }] of ranked.entries()) {
    const raw = Math.min(1, p * factor(rank));
    previous = previous === undefined ? raw : combine(previous, raw);
    adjusted[index] = previous;
  }
  return adjusted;
}

/**
 * Holm's adjusted p values (Scandinavian Journal of Statistics 6, 1979): rejecting those that are at most alpha keeps
 * the chance of any false rejection at alpha, however the tests depend on each other.
 */
export const holm = (pValues: readonly number[]): number[] =>
  adjust(
    pValues,
    (a, b) => a - b,
    (rank) => pValues.length - rank,
    Math.max,
  );

/**
 * Benjamini and Hochberg's adjusted p values (JRSS B 57, 1995): rejecting those that are at most q keeps the expected
 * share of false ones among the rejected at q, for independent or positively dependent tests.
 */
export const benjaminiHochberg = (pValues: readonly number[]): number[] =>
  adjust(
    pValues,
    (a, b) => b - a,
    (rank) => pValues.length / (pValues.length - rank),
    Math.min,
  );

/**
 * What look (or attempt) number `look` (from 1) at the same data may spend of `alpha`: alpha / (look (look + 1)). The sum
 * over ever so many looks is alpha, so no number of looks need be fixed in advance.
 */
export const alphaOfLook = (alpha: number, look: number): number => alpha / (look * (look + 1));
