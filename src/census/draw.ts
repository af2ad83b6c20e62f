import { drawn } from "../evaluation/find-items.ts";
import type { CensusStratum } from "../model/census.ts";
import { neymanAllocation } from "../statistics/allocation.ts";
import { type FrameUnit, STRATA } from "./frame.ts";

export interface Drawn {
  readonly strata: readonly CensusStratum[];
  /** In the order of the frame. */
  readonly units: readonly { readonly id: string; readonly stratum: number; readonly cluster: string }[];
}

/** How much issues are taken to vary: most where something looks wrong. */
const SUSPICIOUS = 0.5;
const USUAL = 0.25;

/**
 * All units, or `count` of them by strata: more of those that look wrong, at least two of each stratum, each stratum at
 * random by a hash of the id, so that every unit's chance is known (drawn / size of its stratum).
 */
export function drawUnits(frame: readonly FrameUnit[], count: number, seed: string): Drawn {
  const groups = Map.groupBy(frame, ({ stratum }) => stratum);
  const names = STRATA.filter((name) => groups.has(name));
  const sizes = names.map((name) => groups.get(name)?.length ?? 0);
  const counts =
    frame.length <= count
      ? sizes
      : neymanAllocation(
          names.map((name, i) => ({
            size: sizes[i] ?? 0,
            deviation: name === "the rest" ? USUAL : SUSPICIOUS,
          })),
          count,
        );
  const chosen = new Set(
    names.flatMap((name, i) =>
      drawn(groups.get(name) ?? [], counts[i] ?? 0, seed, "census").map(({ id }) => id),
    ),
  );
  return {
    strata: names.map((name, i) => ({ name, size: sizes[i] ?? 0, drawn: counts[i] ?? 0 })),
    units: frame
      .filter(({ id }) => chosen.has(id))
      .map(({ id, stratum, cluster }) => ({ id, cluster, stratum: names.indexOf(stratum) })),
  };
}
