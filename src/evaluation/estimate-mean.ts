import type { Interval } from "../model/estimate.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import { clusteredTInterval } from "../statistics/clustered-mean.ts";
import { betaInterval, wilsonInterval } from "../statistics/proportions.ts";
import { type ExampleValue, mean } from "./values.ts";

/** Below this many examples normal approximations of a proportion are too narrow. */
const FEW = 100;
const LEVEL = 0.95;

export interface Estimate {
  readonly mean: number | null;
  readonly interval: Interval | null;
  readonly examples: number;
  readonly clusters: number;
}

const isBinary = (values: readonly number[]): boolean => values.every((value) => value === 0 || value === 1);

/** The least and the most that values can be; null: no limit. */
export interface Scale {
  readonly least: number | null;
  readonly most: number | null;
}

const MEASURES = ["latency", "cost", "tokens", "steps"];

/** Of a bounded judge 0 to 1; what a run takes is never less than 0; other measures have no limits that we know. */
export const scaleOf = ({ bounded, builtin }: Pick<ResolvedJudge, "bounded" | "builtin">): Scale => ({
  least: bounded || MEASURES.includes(builtin ?? "") ? 0 : null,
  most: bounded ? 1 : null,
});

const intervalOfAlike = (groups: number, value: number): Pick<Interval, "low" | "high" | "level"> => {
  const { low, high, level } = betaInterval(value * groups, groups, LEVEL);
  return { low: Math.min(low, value), high: Math.max(high, value), level };
};

function intervalOf(clusters: readonly (readonly number[])[], { least, most }: Scale): Interval | null {
  const values = clusters.flat();
  if (most === 1 && values.length === clusters.length && isBinary(values)) {
    const passed = values.filter((value) => value === 1).length;
    if (values.length >= FEW) return { ...wilsonInterval(passed, values.length, LEVEL), method: "wilson" };
    const { low, high, level } = betaInterval(passed, values.length, LEVEL);
    const share = passed / values.length;
    // Equal tails leave out the end at which all or none passed, and with it the estimate.
    return { low: Math.min(low, share), high: Math.max(high, share), level, method: "beta" };
  }
  // Where all are alike no variance is seen, and none at all would be certainty from a few groups.
  if (most === 1 && clusters.length > 1 && (mean(values) === 0 || mean(values) === 1))
    return { ...intervalOfAlike(clusters.length, values[0] ?? 0), method: "clustered_beta" };
  const { low, high } = clusteredTInterval(clusters, LEVEL);
  if (!Number.isFinite(low) || !Number.isFinite(high)) return null;
  const cut = (least !== null && low < least) || (most !== null && high > most);
  return {
    low: Math.max(least ?? low, low),
    high: Math.min(most ?? high, high),
    level: LEVEL,
    method: `${values.length === clusters.length ? "t" : "clustered_t"}${cut ? ", cut at the scale's end" : ""}`,
  };
}

/**
 * The mean over examples of the mean over each one's repeats, with a 95 % interval that takes examples of one group as one
 * draw: Beta (under 100 examples) or Wilson for independent passes and failures, else Student's t over clusters; where all
 * passed or all failed, Beta with the number of clusters. Limits that the scale does not have are cut off, which loses no coverage.
 */
export function estimateMean(examples: Iterable<ExampleValue>, scale: Scale): Estimate {
  const clusters = new Map<string, number[]>();
  const means: number[] = [];
  for (const { group, values } of examples) {
    const own = mean(values);
    if (own === null) continue;
    means.push(own);
    clusters.set(group, [...(clusters.get(group) ?? []), own]);
  }
  return {
    mean: mean(means),
    interval: means.length === 0 ? null : intervalOf([...clusters.values()], scale),
    examples: means.length,
    clusters: clusters.size,
  };
}
