import type { Fences } from "./signal.ts";

/** Fewer values say nothing about what is usual. */
const LEAST = 12;

/** Quantile by linear interpolation between order statistics. */
function quantile(ascending: readonly number[], p: number): number {
  const at = (ascending.length - 1) * p;
  const low = ascending[Math.floor(at)] ?? 0;
  return low + (at - Math.floor(at)) * ((ascending[Math.ceil(at)] ?? low) - low);
}

/** Tukey's outer fence (Exploratory Data Analysis, 1977): the third quartile and three times the quartiles' distance. */
export function outerFence(values: readonly (number | null)[]): number | null {
  const ascending = values.filter((value) => value !== null).sort((a, b) => a - b);
  if (ascending.length < LEAST) return null;
  const [first, third] = [quantile(ascending, 0.25), quantile(ascending, 0.75)];
  return third + 3 * (third - first);
}

export interface Measures {
  readonly costUsd: number | null;
  readonly durationMs: number | null;
  readonly steps: number;
}

export const fencesOf = (all: readonly Measures[]): Fences => ({
  costUsd: outerFence(all.map(({ costUsd }) => costUsd)),
  durationMs: outerFence(all.map(({ durationMs }) => durationMs)),
  steps: outerFence(all.map(({ steps }) => steps)),
});

/** Whether any measure is beyond its fence. */
export const isFarOut = (of: Measures, { costUsd, durationMs, steps }: Fences): boolean =>
  (of.costUsd !== null && costUsd !== null && of.costUsd > costUsd) ||
  (of.durationMs !== null && durationMs !== null && of.durationMs > durationMs) ||
  (steps !== null && of.steps > steps);
