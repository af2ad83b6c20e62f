import type { Prompts, World } from "./world.ts";
import { expectedMean, oracle } from "./world.ts";

/** What an arm would have returned, from so many observed runs on. */
export interface Incumbent {
  readonly rollouts: number;
  readonly prompts: Prompts;
}

/** One arm on one world. */
export interface Campaign {
  readonly incumbents: readonly Incumbent[];
  readonly returned: Prompts;
  /** Calls of the world that were seen, and those that the arm says it made. */
  readonly observed: number;
  readonly reported: number;
  /** Milliseconds of processor time, with the world's own. */
  readonly cpuMs: number;
  readonly candidates: number;
}

export interface Quality {
  /** True test score of what is returned, as a share of the way from the seed to the oracle. */
  readonly final: number;
  /** The same, averaged over the budget. */
  readonly area: number;
  /** Observed runs until each share of the way was first reached; infinite when never. */
  readonly reached: readonly number[];
}

export const SHARES = [0.5, 0.8, 0.9, 0.95] as const;

export function qualityOf(world: World, { incumbents, returned }: Campaign, budget: number): Quality {
  const floor = expectedMean(world, world.seed, world.test);
  const ceiling = expectedMean(world, oracle(world), world.test);
  const way = (prompts: Prompts): number =>
    ceiling > floor ? (expectedMean(world, prompts, world.test) - floor) / (ceiling - floor) : 0;
  const reached: number[] = SHARES.map(() => Number.POSITIVE_INFINITY);
  let area = 0;
  let [at, value] = [0, 0];
  for (const { rollouts, prompts } of incumbents) {
    const upto = Math.min(budget, rollouts);
    area += value * (upto - at);
    [at, value] = [upto, way(prompts)];
    for (const [i, share] of SHARES.entries())
      if (value >= share) reached[i] = Math.min(reached[i] ?? rollouts, rollouts);
  }
  return { final: way(returned), area: (area + value * (budget - at)) / budget, reached };
}
