import { describe, expect, test } from "vitest";
import { qualityOf } from "../../../bench/optimization/campaign.ts";
import { runBestOfN } from "../../../bench/optimization/meter.ts";
import { measureFalseShips } from "../../../bench/optimization/null-world.ts";
import { runOurs } from "../../../bench/optimization/ours.ts";
import { createWorld, type Mode } from "../../../bench/optimization/world.ts";

const BUDGET = 700;

const areas = async (mode: Mode, run: typeof runOurs): Promise<number> => {
  let sum = 0;
  for (let index = 0; index < 4; index += 1) {
    const world = createWorld(mode, index);
    sum += qualityOf(world, await run(world, BUDGET), BUDGET).area / 4;
  }
  return sum;
};

describe("worlds of hidden rules", () => {
  test("where no edit can help, the look at the holdout ships nothing that the validation would", async () => {
    const { ships, naive, campaigns } = await measureFalseShips(30, 400);
    expect(campaigns).toBe(30);
    expect(naive).toBeGreaterThan(5);
    expect(ships).toBeLessThanOrEqual(1);
  });

  test.each(["partial", "jitter", "multi"] as const)(
    "%s: racing learns more for the same budget",
    async (mode) => {
      const whole = await areas(mode, (world, budget) => runOurs(world, budget, { racing: false }));
      const raced = await areas(mode, runOurs);
      const memoryless = await areas(mode, runBestOfN);
      expect(raced).toBeGreaterThan(whole + 0.05);
      expect(whole).toBeGreaterThan(memoryless);
    },
  );
});
