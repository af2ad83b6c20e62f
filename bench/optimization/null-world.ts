import { wilsonInterval } from "../../src/statistics/proportions.ts";
import { lookAtHoldout } from "./holdout.ts";
import { runOurs } from "./ours.ts";
import { createWorld, nameOf } from "./world.ts";

export interface FalseShips {
  readonly campaigns: number;
  /** Campaigns whose look at the holdout said better, though no edit can help. */
  readonly ships: number;
  /** Upper limit of the 95 % Wilson interval of their share. */
  readonly upper: number;
  /** Campaigns that chose anything but the seed by the validation: what would ship without a holdout. */
  readonly naive: number;
}

/** Campaigns in worlds where an example's outcome depends on no prompt and the judge is wrong in 10 %. */
export async function measureFalseShips(campaigns: number, budget: number): Promise<FalseShips> {
  let ships = 0;
  let naive = 0;
  for (let index = 0; index < campaigns; index += 1) {
    const world = createWorld("null", index);
    const { returned } = await runOurs(world, budget);
    if (nameOf(returned) === nameOf(world.seed)) continue;
    naive += 1;
    if (lookAtHoldout(world, returned).verdict === "better") ships += 1;
  }
  return { campaigns, ships, upper: wilsonInterval(ships, campaigns).high, naive };
}
