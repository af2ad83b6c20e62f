import type { Census, IssueKind } from "../model/census.ts";
import { clusteredProportion } from "../statistics/clustered-proportion.ts";
import { stratifiedRate } from "../statistics/stratified-rate.ts";
import { type PhaseStratum, twoPhaseRate } from "../statistics/two-phase-rate.ts";
import type { Rate } from "../statistics/youden.ts";

type Counted = Pick<Census, "strata" | "units" | "noted" | "level" | "frame">;

/** How many of each stratum of the frame were looked at, and how many of those are hits. */
function phases(
  { strata, units }: Counted,
  isLooked: (unit: number) => boolean,
  isHit: (unit: number) => boolean,
): PhaseStratum[] {
  const counts = strata.map(({ size }) => ({ size, looked: 0, positive: 0 }));
  for (const [i, stratum] of units.stratum.entries()) {
    const count = counts[stratum];
    if (!count || !isLooked(i)) continue;
    count.looked += 1;
    if (isHit(i)) count.positive += 1;
  }
  return counts.filter(({ size }) => size > 0);
}

const EVERY = () => true;

/** How many units of the frame each stands for: one over its chance of having been looked at. */
function weightsOf({ strata, units, noted }: Counted, kind: Pick<IssueKind, "by">): Map<number, number> {
  if (kind.by === "notes") return new Map(noted?.units.map((unit, i) => [unit, noted.weight[i] ?? 1]));
  return new Map(
    units.stratum.map((stratum, unit) => {
      const { size = 1, drawn = 1 } = strata[stratum] ?? {};
      return [unit, size / Math.max(1, drawn)];
    }),
  );
}

/** A share over units of unequal chances; those of one session count as dependent. */
function weightedRate(
  census: Counted,
  kind: Pick<IssueKind, "by">,
  isLooked: (unit: number) => boolean,
  isHit: (unit: number) => boolean,
  level: number,
): Rate {
  const sampled = [...weightsOf(census, kind)].flatMap(([unit, weight]) =>
    isLooked(unit) ? [{ hit: isHit(unit), weight, cluster: census.units.cluster[unit] ?? "" }] : [],
  );
  return clusteredProportion(sampled, level);
}

const memberOf = ({ members }: Pick<IssueKind, "members">): ((unit: number) => boolean) => {
  const set = new Set(members);
  return (unit) => set.has(unit);
};

/** The share of the frame that is of a kind: exact where all of it was looked at. Of notes, those noted speak for all. */
export function shareOfFrame(census: Counted, kind: Pick<IssueKind, "members" | "by">): Rate {
  return kind.by === "notes"
    ? weightedRate(census, kind, EVERY, memberOf(kind), 0.95)
    : stratifiedRate(phases(census, EVERY, memberOf(kind)));
}

/**
 * The rate of a kind in what the frame itself is a sample of: traffic like this, for a comparison with other times. Traces
 * of one session count as dependent.
 */
export function rateOfTraffic(census: Counted, kind: Pick<IssueKind, "members" | "by">, level: number): Rate {
  const isMember = memberOf(kind);
  return kind.by === "notes" || census.level === "traces"
    ? weightedRate(census, kind, EVERY, isMember, level)
    : twoPhaseRate(phases(census, EVERY, isMember), level);
}

/**
 * What mending a kind could gain at most in traffic like this: the share of all that failed and are of it, as if nothing else
 * had failed them. Where some outcomes are unknown, the known ones speak for all alike: strata are no help then, since bad feedback is one
 * of them. Null: no outcome is known.
 */
export function reachableGain(census: Counted, kind: Pick<IssueKind, "members" | "by">): Rate | null {
  const { outcome } = census.units;
  const isKnown = (unit: number) => (outcome[unit] ?? -1) >= 0;
  if (!outcome.some((said) => said >= 0)) return null;
  const isMember = memberOf(kind);
  const isGain = (unit: number) => outcome[unit] === 1 && isMember(unit);
  return kind.by === "notes" || census.level === "traces" || outcome.some((said) => said < 0)
    ? weightedRate(census, kind, isKnown, isGain, 0.95)
    : twoPhaseRate(phases(census, EVERY, isGain));
}

/** A share as a number of the frame's units, with limits that are whole. */
export function countOf(rate: Rate, frame: number): { count: number; low: number; high: number } {
  const near = (value: number) => value * frame;
  return {
    count: Math.round(near(rate.estimate)),
    low: Math.floor(near(rate.interval.low) + 1e-6),
    high: Math.ceil(near(rate.interval.high) - 1e-6),
  };
}
