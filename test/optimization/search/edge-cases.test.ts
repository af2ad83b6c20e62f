import { describe, expect, test } from "vitest";
import type { Case, Proposal } from "../../../src/optimization/search/contract.ts";
import { ids, play, proposed } from "./scripted.ts";

const train = ids("t", 6);
const validation = ids("v", 12);
const examples = { train, validation };
const never = (): Proposal => proposed({ p: "better" });

describe("edge cases", () => {
  test("one training example, and a minibatch larger than the training split", async () => {
    const { result, orders } = await play(
      { p: "x" },
      { train: ["only"], validation, minibatch: 10 },
      { score: ({ p }) => (p === "better" ? 1 : 0.5), propose: never },
    );
    expect(orders.map(({ records }) => records.length)).toEqual([1]);
    expect(result).toMatchObject({ stop: "all_perfect", chosen: 1 });
  });

  test("missing scores are nobody's failure: too many of them reject, some are left out", async () => {
    const lossy =
      (p: string, missing: readonly string[]) =>
      (components: object, { exampleId }: Case) =>
        JSON.stringify(components).includes(p) ? (missing.includes(exampleId) ? null : 1) : 0.5;
    const all = await play(
      { p: "x" },
      { ...examples, maxProposals: 1 },
      { score: lossy("better", train), propose: never },
    );
    expect(all.result.rejected).toMatchObject([{ reason: "missing_data", after: null }]);
    const some = await play(
      { p: "x" },
      { ...examples, maxProposals: 1 },
      { score: lossy("better", ["v3"]), propose: never },
    );
    expect(some.result.pool[1]).toMatchObject({ mean: 1, coverage: 11 / 12 });
  });

  test("a seed that nobody could score ends in an error that says so", async () => {
    await expect(play({ p: "x" }, examples, { score: () => null, propose: never })).rejects.toThrow(
      /could be scored/,
    );
  });

  test("a component alone never merges; two that changed apart do, with both parents kept", async () => {
    const parts = (components: Readonly<Record<string, string>>, { exampleId }: Case) => {
      const place = Number(exampleId.slice(1)) % 2 === 0 ? "a" : "b";
      return components[place]?.includes("good") ? 1 : 0;
    };
    const edit = ({ components }: { components: readonly string[] }, nth: number): Proposal =>
      proposed(Object.fromEntries(components.map((name) => [name, `good ${nth}`])));
    const merged = await play(
      { a: "x", b: "y" },
      { ...examples, proposalsPerStep: 2 },
      { score: parts, propose: edit },
    );
    const child = merged.result.pool.find(({ parents }) => parents.length === 2);
    expect(child).toMatchObject({ parents: [1, 2], mean: 1, coverage: 1 });
    expect(merged.result.chosen).toBe(child?.index);
    const single = await play({ a: "x" }, { ...examples, maxProposals: 6 }, { score: parts, propose: edit });
    expect(single.result.pool.every(({ parents }) => parents.length < 2)).toBe(true);
  });

  test("the budget is a limit that no step passes, whatever is asked for at once", async () => {
    for (let maxRollouts = 0; maxRollouts < 90; maxRollouts += 7) {
      const { asked, result } = await play(
        { p: "" },
        { ...examples, maxRollouts, proposalsPerStep: 3 },
        {
          score: ({ p = "" }, { exampleId }) => (p.length > Number(exampleId.slice(1)) ? 1 : 0),
          propose: ({ parent, slot }) => proposed({ p: `${parent.candidate.components["p"]}${slot}` }),
        },
      );
      expect(asked.length).toBeLessThanOrEqual(maxRollouts);
      expect(result.rollouts).toBe(asked.length);
    }
  });

  test("what is not afforded is not begun", async () => {
    const steps: string[] = [];
    const { result, orders, asked } = await play({ p: "x" }, examples, {
      score: () => 0.5,
      propose: never,
      afford: async (step) => {
        steps.push(step);
        return step === "seed";
      },
    });
    expect(result).toMatchObject({ stop: "budget", proposals: 0 });
    expect(orders).toEqual([]);
    expect(asked.length).toBe(24);
    expect(new Set(steps).size).toBe(steps.length);
  });

  test("guards refuse before anything is spent, and their words are kept", async () => {
    const { result, asked } = await play(
      { p: "x" },
      { ...examples, patience: 1 },
      { score: () => 0.5, propose: never, check: () => "a variable is missing" },
    );
    expect(result.rejected).toMatchObject([
      { reason: "guard", detail: "a variable is missing", before: null },
    ]);
    expect(asked.every((one) => one.includes('"x"'))).toBe(true);
  });

  test("a target ends the search once a candidate has reached it on the whole validation", async () => {
    const { result } = await play(
      { p: "x" },
      { ...examples, targetScore: 0.8 },
      { score: ({ p }) => (p === "better" ? 0.9 : 0.5), propose: never },
    );
    expect(result).toMatchObject({ stop: "target_reached", chosen: 1 });
    expect(result.pool[1]?.coverage).toBe(1);
  });

  test("of candidates that cannot be told apart the shortest is chosen", async () => {
    const { result } = await play(
      { p: "a long prompt" },
      { ...examples, maxProposals: 1 },
      {
        score: ({ p = "" }, { exampleId }) => (p.length < 4 && exampleId.startsWith("t") ? 0.6 : 0.5),
        propose: () => proposed({ p: "hey" }),
      },
    );
    expect(result.chosen).toBe(1);
  });

  test("a changed number is another edit; a changed comma is not", async () => {
    const words = "always answer in the language of the customer and never promise a refund above";
    const texts = [`x ${words} 20 euros`, `x ${words} 30 euros`, `x, ${words} 30 euros!`];
    const { result } = await play(
      { p: "x" },
      { ...examples, patience: 3 },
      { score: () => 0.5, propose: (_, nth) => proposed({ p: texts[nth] ?? "" }) },
    );
    expect(result.rejected.map(({ reason }) => reason)).toEqual([
      "no_gain_on_minibatch",
      "no_gain_on_minibatch",
      "near_duplicate",
    ]);
  });
});

describe("noisy scores", () => {
  /** A judge that is right in 80 % of verdicts. */
  const flip = (text: string): number => {
    let hash = 2_166_136_261;
    for (const letter of text) hash = Math.imul(hash ^ letter.charCodeAt(0), 16_777_619);
    return ((hash ^ (hash >>> 15)) >>> 0) % 5 === 0 ? 1 : 0;
  };
  const noisy =
    (truth: (p: string) => number) =>
    (components: object, { exampleId, repeat }: Case) => {
      const p = JSON.stringify(components);
      return truth(p) === 1 ? 1 - flip(`${p}${exampleId}.${repeat}`) : flip(`${p}${exampleId}.${repeat}`);
    };

  test("are seen on the seed, and edits that change nothing hardly ever pass the gate", async () => {
    const { result } = await play(
      { p: "x" },
      { train: ids("t", 30), validation: ids("v", 30), maxProposals: 120, patience: 1_000 },
      { score: noisy(() => 0), propose: (_, nth) => proposed({ p: `idle edit ${nth}` }) },
    );
    expect(result.noise).toBeGreaterThan(0.05);
    expect(result.proposals).toBe(120);
    expect(result.pool.length - 1).toBeLessThan(18);
  });

  test("do not hide an edit that helps", async () => {
    const { result } = await play(
      { p: "x" },
      { train: ids("t", 30), validation: ids("v", 30), maxProposals: 12, patience: 1_000 },
      {
        score: noisy((p) => (p.includes("cure") ? 1 : 0)),
        propose: (_, nth) => proposed({ p: nth % 2 ? `idle ${nth}` : `cure ${nth}` }),
      },
    );
    expect(result.pool[result.chosen]?.candidate.components["p"]).toMatch(/cure/);
  });

  test("are seen later too, where the seed fails alike each time", async () => {
    const { result } = await play(
      { p: "x" },
      { train: ids("t", 30), validation: ids("v", 30), maxProposals: 40, patience: 1_000 },
      {
        score: (components, of) =>
          JSON.stringify(components).includes('"x"') ? 0 : noisy(() => 1)(components, of),
        propose: (_, nth) => proposed({ p: `cure ${nth}` }),
      },
    );
    expect(result.noise).toBeGreaterThan(0.05);
  });
});
