/** How much two categories count as agreement: identity for names, the others for ordered categories. */
export type WeightKind = "identity" | "linear" | "quadratic" | "ordinal";

const pairsUpTo = (distance: number): number => ((distance + 1) * distance) / 2;

/**
 * Agreement weights from 0 to 1 between `count` categories in their order (Gwet, Handbook of Inter-Rater Reliability,
 * 4th ed. 2014, chapter 3): linear and quadratic by distance; ordinal by the number of pairs of ranks between.
 */
export function agreementWeights(kind: WeightKind, count: number): number[][] {
  const most = Math.max(1, count - 1);
  const weight = (distance: number): number => {
    if (kind === "identity") return distance === 0 ? 1 : 0;
    if (kind === "linear") return 1 - distance / most;
    if (kind === "quadratic") return 1 - (distance / most) ** 2;
    return 1 - pairsUpTo(distance) / pairsUpTo(most);
  };
  return Array.from({ length: count }, (_, i) =>
    Array.from({ length: count }, (__, j) => weight(Math.abs(i - j))),
  );
}
