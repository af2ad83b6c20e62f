import { decide } from "../../src/statistics/decide.ts";
import type { Decision } from "../../src/statistics/decision.ts";
import { expectedMean, type Prompts, run, type World } from "./world.ts";

/** The counted look: both arms on the holdout, which no search has seen. */
export function lookAtHoldout(world: World, returned: Prompts): Decision {
  const rows = world.holdout.map((exampleId) => ({
    exampleId,
    cluster: null,
    baseline: run(world, world.seed, exampleId, 0).score,
    candidate: run(world, returned, exampleId, 1).score,
  }));
  return decide(rows, { seed: world.id, bounds: [0, 1] });
}

/** Gain of what was returned over the seed in expected judged score on the test examples: exact. */
export const trueGain = (world: World, returned: Prompts): number =>
  expectedMean(world, returned, world.test) - expectedMean(world, world.seed, world.test);
