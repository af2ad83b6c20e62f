import type { WatchMeasure } from "../../model/watch.ts";
import { clusteredTInterval } from "../../statistics/clustered-mean.ts";
import { clusteredProportion } from "../../statistics/clustered-proportion.ts";
import { mean } from "../../statistics/mean.ts";
import { type RateAt, rateDifference } from "../../statistics/rate-difference.ts";
import type { ArmUnits, WatchUnit } from "./units.ts";

/** Fewer values, or fewer sessions, on one side say nothing. */
const LEAST_UNITS = 5;
const LEAST_CLUSTERS = 3;

const clustersOf = (units: readonly WatchUnit[]): number[][] =>
  [...Map.groupBy(units, ({ cluster }) => cluster).values()].map((group) => group.map(({ value }) => value));

const sideOf = (units: readonly WatchUnit[]): WatchMeasure["before"] => ({
  n: units.length,
  clusters: clustersOf(units).length,
  mean: units.length === 0 ? null : mean(units.map(({ value }) => value)),
});

/** Shares by Wilson's interval over clusters, ratings by Student's t over clusters. */
function rateAt(units: readonly WatchUnit[], binary: boolean): RateAt {
  if (binary) {
    const sampled = units.map(({ value, cluster }) => ({ hit: value === 1, weight: 1, cluster }));
    return (level) => clusteredProportion(sampled, level);
  }
  const clusters = clustersOf(units);
  return (level) => ({ estimate: mean(clusters.flat()), interval: clusteredTInterval(clusters, level) });
}

const hasEnough = ({ n, clusters }: WatchMeasure["before"]): boolean =>
  n >= LEAST_UNITS && clusters >= LEAST_CLUSTERS;

/** Measures of which both sides have enough: how many share a look's level. */
export const measurable = (before: ArmUnits, after: ArmUnits): string[] =>
  [...new Set([...before.measures.keys(), ...after.measures.keys()])]
    .filter((name) => [before, after].every(({ measures }) => hasEnough(sideOf(measures.get(name) ?? []))))
    .sort();

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** One measure before and after, at a two-sided level. Units of one session count as dependent. */
export function compareMeasure(
  name: string,
  arms: { before: ArmUnits; after: ArmUnits },
  alpha: number,
): WatchMeasure {
  const [before, after] = [arms.before.measures.get(name) ?? [], arms.after.measures.get(name) ?? []];
  const goal = [...before, ...after].some((unit) => unit.goal === "lower") ? "lower" : "higher";
  const sides: Pick<WatchMeasure, "measure" | "goal" | "before" | "after"> = {
    measure: name,
    goal,
    before: sideOf(before),
    after: sideOf(after),
  };
  if (!hasEnough(sides.before) || !hasEnough(sides.after))
    return { ...sides, difference: null, interval: null, verdict: "too_little" };
  const binary = [...before, ...after].every(({ value }) => value === 0 || value === 1);
  const { difference, interval } = rateDifference(rateAt(before, binary), rateAt(after, binary), 1 - alpha);
  const grown = interval.low > 0;
  const shown = grown || interval.high < 0;
  return {
    ...sides,
    difference,
    interval: { low: finite(interval.low), high: finite(interval.high), level: interval.level },
    verdict: !shown ? "not_shown" : grown === (goal === "higher") ? "better" : "worse",
  };
}
