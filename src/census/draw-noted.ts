import { drawn } from "../evaluation/find-items.ts";
import type { Census } from "../model/census.ts";
import { neymanAllocation } from "../statistics/allocation.ts";

/** Units of one group, all of the same chance within their stratum of being noted. */
export interface NoteGroup {
  /** How many were looked at. */
  readonly size: number;
  /** Those to be noted, by place. */
  readonly chosen: readonly number[];
}

/** How much issues are taken to vary among units with a signal and without: most where one was found. */
const DEVIATION = { withSignal: 0.5, without: 0.35 } as const;

/**
 * Some of the units in which a signal was found and some of those in which none was, so that what signals miss is known:
 * at random by a hash of the id, at least two of each.
 */
export function drawNoted(
  { units, kinds, id: seed }: Pick<Census, "units" | "kinds" | "id">,
  count: number,
): readonly NoteGroup[] {
  const withSignal = new Set(kinds.flatMap(({ by, members }) => (by === "signal" ? members : [])));
  const all = units.ids.map((id, unit) => ({ id, unit }));
  const groups = [
    { of: all.filter(({ unit }) => withSignal.has(unit)), deviation: DEVIATION.withSignal },
    { of: all.filter(({ unit }) => !withSignal.has(unit)), deviation: DEVIATION.without },
  ];
  const counts = neymanAllocation(
    groups.map(({ of, deviation }) => ({ size: of.length, deviation })),
    Math.min(count, all.length),
  );
  return groups.map(({ of }, i) => ({
    size: of.length,
    chosen: drawn(of, counts[i] ?? 0, seed, "notes").map(({ unit }) => unit),
  }));
}

/** How many units of the frame each noted one stands for; those without an answer are made up for by the others. */
export function noteWeights(
  { strata, units }: Pick<Census, "strata" | "units">,
  groups: readonly NoteGroup[],
  answered: ReadonlySet<number>,
): { readonly units: number[]; readonly weight: number[] } {
  const weighted = groups.flatMap(({ size, chosen }) => {
    const kept = chosen.filter((unit) => answered.has(unit));
    return kept.map((unit) => {
      const { size: ofStratum = 1, drawn: looked = 1 } = strata[units.stratum[unit] ?? -1] ?? {};
      return { unit, weight: (ofStratum / Math.max(1, looked)) * (size / kept.length) };
    });
  });
  const ordered = weighted.sort((a, b) => a.unit - b.unit);
  return { units: ordered.map(({ unit }) => unit), weight: ordered.map(({ weight }) => weight) };
}
