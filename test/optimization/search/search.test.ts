import { describe, expect, test } from "vitest";
import { qualityOf } from "../../../bench/optimization/campaign.ts";
import { runOurs } from "../../../bench/optimization/ours.ts";
import { createWorld } from "../../../bench/optimization/world.ts";
import { ids, play, proposed } from "./scripted.ts";

const train = ids("t", 6);
const validation = ids("v", 12);
const examples = { train, validation };

describe("a world of hidden rules", () => {
  test("is learnt within the budget, and the budget is never exceeded", async () => {
    const world = createWorld("partial", 1);
    const campaign = await runOurs(world, 700);
    const { observed, reported } = campaign;
    expect(qualityOf(world, campaign, 700).final).toBeGreaterThan(0.8);
    expect(reported).toBe(observed);
    expect(observed).toBeLessThanOrEqual(700);
  });
});

describe("edge cases", () => {
  const never = () => proposed({ p: "better" });

  test("a perfect seed is returned, and nothing is proposed", async () => {
    const { result, orders } = await play({ p: "x" }, examples, { score: () => 1, propose: never });
    expect(result).toMatchObject({ stop: "all_perfect", chosen: 0, proposals: 0, rollouts: 12 + 12 });
    expect(orders).toEqual([]);
  });

  test("training cases that are all perfect end the search: there is nothing to learn from", async () => {
    const script = {
      score: (_: unknown, { exampleId }: { exampleId: string }) => (exampleId.startsWith("t") ? 1 : 0),
      propose: never,
    };
    const { result, asked, events } = await play({ p: "x" }, examples, script);
    expect(result).toMatchObject({ stop: "nothing_to_do", proposals: 0 });
    expect(asked.length).toBe(12 + 12 + 6);
    expect(events.filter(({ kind }) => kind === "skipped").length).toBe(2);
  });

  test("a proposer that gives nothing ends the search after five times in a row", async () => {
    const { result, events } = await play({ p: "x" }, examples, {
      score: () => 0.5,
      propose: () => ({ state: "failed", reason: "no fence" }),
    });
    expect(result).toMatchObject({ stop: "consecutive_failures", proposals: 5 });
    expect(events.filter(({ kind }) => kind === "failed").length).toBe(5);
  });

  test.each([
    { frontier: "example", expected: [0, 1] },
    { frontier: "objective", expected: [1] },
    { frontier: "both", expected: [0, 1] },
  ] as const)("the frontier by $frontier is told as parents are drawn from it", async (choice) => {
    const onlySeed = ["v0", "v1", "v2"];
    const { events } = await play(
      { p: "x" },
      { ...examples, objectives: ["length"], frontier: choice.frontier, maxProposals: 1, merge: false },
      {
        score: ({ p }, { exampleId }) => (onlySeed.includes(exampleId) === (p === "x") ? 1 : 0),
        objectives: ({ p }) => ({ length: p === "x" ? -2 : -1 }),
        propose: () => proposed({ p: "y" }),
      },
    );
    expect(events[0]?.progress.frontier).toEqual([0]);
    expect(events.at(-1)?.progress.frontier).toEqual(choice.expected);
  });

  test("unchanged, emptied, unknown and repeated proposals cost nothing", async () => {
    const texts = [{ p: "x" }, { p: " " }, { q: "new" }, { p: "bad" }, { p: "bad" }, { p: "Bad." }];
    const { result, asked } = await play(
      { p: "x" },
      { ...examples, patience: texts.length },
      {
        score: ({ p }) => (p === "x" ? 0.5 : 0),
        propose: (_, nth) => proposed(texts[nth] ?? {}),
      },
    );
    expect(result.stop).toBe("no_improvement");
    expect(result.rejected.map(({ reason }) => reason)).toEqual([
      "unchanged",
      "guard",
      "guard",
      "no_gain_on_minibatch",
      "duplicate",
      "near_duplicate",
    ]);
    expect(new Set(asked.map((one) => JSON.parse(one)[0].p))).toEqual(new Set(["x", "bad"]));
  });

  test("a candidate that fails on every case is rejected on its minibatch", async () => {
    const { result } = await play(
      { p: "x" },
      { ...examples, maxProposals: 1 },
      {
        score: ({ p }) => (p === "x" ? 0.5 : 0),
        propose: () => proposed({ p: "crash" }),
      },
    );
    expect(result).toMatchObject({ stop: "proposals", chosen: 0 });
    expect(result.rejected).toMatchObject([{ reason: "no_gain_on_minibatch", before: 0.5, after: 0 }]);
  });

  test("scores on another scale are refused", async () => {
    await expect(play({ p: "x" }, examples, { score: () => 87, propose: never })).rejects.toThrow(
      /outside 0 to 1/,
    );
  });

  test("empty splits and repeated examples are refused", async () => {
    const script = { score: () => 1, propose: never };
    await expect(play({ p: "x" }, { train, validation: [] }, script)).rejects.toThrow(
      /validation has no examples/,
    );
    await expect(play({ p: "x" }, { train: ["a", "a"], validation }, script)).rejects.toThrow(/train names/);
  });

  test("no case is evaluated twice", async () => {
    const { asked } = await play(
      { p: "" },
      { ...examples, maxProposals: 40, proposalsPerStep: 3 },
      {
        score: ({ p = "" }, { exampleId }) => (p.includes(`${Number(exampleId.slice(1)) % 6} `) ? 1 : 0),
        propose: ({ parent, records }, nth) =>
          proposed({
            p: `${parent.candidate.components["p"]}${nth % 2 ? nth + 10 : records[0]?.case.exampleId.slice(1)} `,
          }),
      },
    );
    expect(new Set(asked).size).toBe(asked.length);
  });
});
