import type { Interval } from "../model/estimate.ts";
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

function intervalOf(clusters: readonly (readonly number[])[], bounded: boolean): Interval | null {
  const values = clusters.flat();
  if (values.length === clusters.length && isBinary(values)) {
    const passed = values.filter((value) => value === 1).length;
    return values.length < FEW
      ? { ...betaInterval(passed, values.length, LEVEL), method: "beta" }
      : { ...wilsonInterval(passed, values.length, LEVEL), method: "wilson" };
  }
  const { low, high } = clusteredTInterval(clusters, LEVEL);
  if (!Number.isFinite(low) || !Number.isFinite(high)) return null;
  return {
    low: bounded ? Math.max(0, low) : low,
    high: bounded ? Math.min(1, high) : high,
    level: LEVEL,
    method: values.length === clusters.length ? "t" : "clustered_t",
  };
}

/**
 * The mean over examples of the mean over each one's repeats, with a 95 % interval that takes examples of one group as one
 * draw: Beta (under 100 examples) or Wilson for independent passes and failures, else Student's t over clusters.
 */
export function estimateMean(examples: Iterable<ExampleValue>, bounded: boolean): Estimate {
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
    interval: means.length === 0 ? null : intervalOf([...clusters.values()], bounded),
    examples: means.length,
    clusters: clusters.size,
  };
}
