import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { decide } from "../../src/statistics/decide.ts";
import type { DecideOptions } from "../../src/statistics/decide-options.ts";
import type { ScorePair } from "../../src/statistics/score-pairs.ts";
import { expectClose } from "./relative.ts";
import { binaryRows, pair } from "./rows.ts";

const SHARES: DecideOptions = { seed: "test", bounds: [0, 1] };

describe("verdicts on published results", () => {
  // tau2-bench airline, 50 tasks, and LLMBar and JudgeBench judges, from their published per-item results
  test.each([
    ["Sonnet-4.5 -> Opus-4.6, airline", binaryRows(34, 4, 2, 10), "inconclusive", 0.04, 0.6875],
    ["Opus-4.6 -> GPT-5.4, airline", binaryRows(26, 2, 12, 10), "worse", -0.2, 0.012939],
    ["GPT-5.4 -> ToolOrchestra, airline, same score", binaryRows(16, 12, 12, 10), "inconclusive", 0, 1],
    [
      "LLMBar Neighbor, Vanilla -> Metrics + Reference",
      binaryRows(77, 34, 2, 21),
      "better",
      32 / 134,
      1.94e-8,
    ],
    ["LLMBar GPTInst, same", binaryRows(66, 12, 0, 14), "better", 12 / 92, 0.000488],
    ["LLMBar Natural, same", binaryRows(91, 3, 1, 5), "inconclusive", 0.02, 0.625],
    ["JudgeBench, GRM-Gemma-2B -> o1-mini", binaryRows(147, 83, 61, 59), "inconclusive", 22 / 350, 0.079757],
  ] as const)("%s", (_, rows, verdict, difference, p) => {
    const decision = decide(rows, SHARES);
    expect(decision.verdict).toBe(verdict);
    expect(decision.findings?.method).toBe("exact McNemar");
    expectClose(decision.findings?.difference, difference, 1e-12);
    expectClose(decision.findings?.pValue, p, 3e-3);
    expect(decision.binary).toBe(true);
    expect(decision.clusters).toBe(rows.length);
  });

  test("an inconclusive one says what would settle it", () => {
    const { findings, better, worse, tied } = decide(binaryRows(34, 4, 2, 10), SHARES);
    expect([better, worse, tied]).toEqual([4, 2, 44]);
    expect(findings?.settles.pairsForObserved).toBe(587); // Connor, discordance .12, difference .04
    expectClose(findings?.settles.detectableDifference, 0.1497, 1e-3);
    expect(findings?.settles.pairsForEquivalence).toBeNull();
    expect(findings?.interval.low).toBeLessThan(-0.055); // wider than the naive (-.0554, .1354), which ignores n = 50
    expect(findings?.interval.high).toBeGreaterThan(0.1354);
  });

  test("Darwin's maize is Fisher's .0527: not better at .05, better at .1", () => {
    const rows = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48].map((d, i) =>
      pair(i, 100, 100 + d),
    );
    const decision = decide(rows, { seed: "test" });
    expect(decision.verdict).toBe("inconclusive");
    expect(decision.findings?.method).toBe("exact sign-flip");
    expect(decision.findings?.pValue).toBe((2 * 863) / 32_768);
    expect(decision.findings?.interval.low).toBeLessThan(0);
    expect(decide(rows, { seed: "test", alpha: 0.1 }).verdict).toBe("better");
  });
});

describe("clusters", () => {
  const session = (name: string, from: number, scores: readonly (readonly [number, number])[]): ScorePair[] =>
    scores.map(([baseline, candidate], i) => pair(from + i, baseline, candidate, name));

  test("many turns of few sessions are not many examples", () => {
    const rows = ["a", "b", "c", "d"].flatMap((name, s) =>
      session(
        name,
        s * 25,
        Array.from({ length: 25 }, () => [0, 1] as const),
      ),
    );
    const clustered = decide(rows, SHARES);
    expect(clustered.clusters).toBe(4);
    expect(clustered.verdict).toBe("inconclusive");
    expect(clustered.findings?.pValue).toBe(1 / 8);
    expect(clustered.warnings.join()).toMatch(/4 clusters.*0\.13.*at least 6 clusters/);
    const independent = decide(
      rows.map((row) => ({ ...row, cluster: null })),
      SHARES,
    );
    expect(independent.verdict).toBe("better");
  });

  test("the estimand is the mean over examples, so a large cluster weighs more", () => {
    const rows = [
      ...session("large", 0, [
        [0, 1],
        [0, 1],
        [0, 1],
        [0, 0],
      ]),
      ...session("small", 4, [[1, 0]]),
    ];
    const decision = decide(rows, SHARES);
    expect(decision.findings?.difference).toBe(0.4);
    expect(decision.findings?.baselineMean).toBe(0.2);
    expect(decision.findings?.candidateMean).toBeCloseTo(0.6, 12);
    expect(decision.warnings.join()).toMatch(/One cluster holds 4 of the 5 examples/);
  });

  test("repeats of an example are averaged first", () => {
    const rows = [pair(0, 0, 1), pair(0, 1, 1), pair(0, 0, null), pair(1, 1, 1)];
    const decision = decide(rows, SHARES);
    expect(decision.pairs).toBe(2);
    expectClose(decision.findings?.difference, (1 - 1 / 3) / 2, 1e-12);
    expect(decision.missing).toEqual({ baseline: 0, candidate: 1, pairs: 0 });
    expect(decision.binary).toBe(false);
  });
});

describe("missing scores", () => {
  test("a total outage is inconclusive, with nothing scored and the widest bounds", () => {
    const decision = decide([pair(0, null, null), pair(1, null, null), pair(2, 1, null)], SHARES);
    expect(decision.verdict).toBe("inconclusive");
    expect(decision.pairs).toBe(0);
    expect(decision.findings).toBeNull();
    expect(decision.missing).toEqual({ baseline: 2, candidate: 3, pairs: 3 });
    expect(decision.bounds?.worst.difference).toBe(-1);
    expect(decision.bounds?.best.difference).toBeCloseTo(2 / 3, 12);
    expect(decision.warnings.join()).toMatch(/No example has a score in both arms/);
    expect(decide([], SHARES).verdict).toBe("inconclusive");
    expect(decide([pair(0, null, null)], { seed: "test" }).bounds).toBeNull();
  });

  test("a verdict that missing scores could change is inconclusive", () => {
    const clear = [...binaryRows(30, 12, 1, 7)];
    expect(decide(clear, SHARES).verdict).toBe("better");
    const few = decide([...clear, pair(90, 1, null)], SHARES);
    expect([few.verdict, few.changesAtBound]).toEqual(["better", false]);
    expect(few.bounds?.worst.difference).toBeCloseTo(10 / 51, 12);
    expect(few.bounds?.best.difference).toBeCloseTo(11 / 51, 12);
    const many = decide([...clear, ...[90, 91, 92, 93, 94].map((i) => pair(i, 1, null))], SHARES);
    expect([many.verdict, many.verdictOnScored, many.changesAtBound]).toEqual([
      "inconclusive",
      "better",
      true,
    ]);
    expect(many.bounds?.worst.verdict).toBe("inconclusive");
    expect(many.warnings.join()).toMatch(/Missing scores could change the verdict/);
  });

  test("a variant whose judge fails on what it gets wrong does not look better", () => {
    // 30 failures went unscored: among the scored the candidate leads 12 to 1
    const rows = [
      ...binaryRows(30, 12, 1, 7),
      ...Array.from({ length: 30 }, (_, i) => pair(100 + i, 1, null)),
    ];
    expect(decide(rows, SHARES).verdict).toBe("inconclusive");
  });

  test("without stated bounds the extremes seen stand in, and a warning says so", () => {
    const rows = Array.from({ length: 20 }, (_, i) => pair(i, 100 + i, 140 + i));
    const decision = decide([...rows, pair(20, 110, null)], { seed: "test" });
    expect(decision.bounds?.fill).toEqual([100, 159]);
    expect(decision.bounds?.fillSource).toBe("observed");
    expect(decision.verdict).toBe("better");
    expect(decision.warnings.join()).toMatch(/No bounds were stated/);
  });
});

describe("equivalence", () => {
  test("shown by many pairs that hardly differ, not by a few that do not", () => {
    expect(decide(binaryRows(900, 5, 6, 89), { ...SHARES, margin: 0.02 }).verdict).toBe("equivalent");
    expect(decide(binaryRows(20, 0, 0, 0), { ...SHARES, margin: 0.02 }).verdict).toBe("inconclusive");
    expect(decide(binaryRows(900, 5, 6, 89), SHARES).verdict).toBe("inconclusive");
  });

  test("identical real scores on few examples are no proof either", () => {
    const rows = Array.from({ length: 12 }, (_, i) => pair(i, 0.25 + i / 100, 0.25 + i / 100));
    const decision = decide(rows, { ...SHARES, margin: 0.05 });
    expect(decision.verdict).toBe("inconclusive");
    const unbounded = decide(rows, { seed: "test", margin: 0.05 });
    expect(unbounded.verdict).toBe("inconclusive");
    expect(unbounded.findings?.interval).toMatchObject({ low: null, high: null });
    expect(unbounded.warnings.join()).toMatch(/nothing limits the true difference/);
  });

  test("a real difference smaller than the margin is called, with a warning", () => {
    const decision = decide(binaryRows(4_800, 100, 50, 50), { ...SHARES, margin: 0.05 });
    expect(decision.verdict).toBe("better");
    expect(decision.findings?.equivalence?.equivalent).toBe(true);
    expect(decision.warnings.join()).toMatch(/real but smaller than the stated margin/);
  });
});

describe("corrections and arguments", () => {
  const rows = binaryRows(26, 2, 12, 10); // p .0129

  test("attempts and looks shrink alpha, and the interval with it", () => {
    const first = decide(rows, { ...SHARES, correction: { kind: "attempts", attempt: 1 } });
    expect([first.verdict, first.alphaUsed]).toEqual(["worse", 0.025]);
    const second = decide(rows, { ...SHARES, correction: { kind: "attempts", attempt: 2 } });
    expect(second.verdict).toBe("inconclusive");
    expect(second.alphaUsed).toBeCloseTo(0.05 / 6, 15);
    expect(second.findings?.interval.level).toBeCloseTo(1 - 0.05 / 6, 15);
    expect(second.findings?.interval.high).toBeGreaterThanOrEqual(0);
    expect(decide(rows, { ...SHARES, correction: { kind: "looks", look: 1 } }).verdict).toBe("worse");
    expect(decide(rows, { ...SHARES, correction: { kind: "looks", look: 2 } }).alphaUsed).toBeCloseTo(
      0.05 / 6,
      15,
    );
    expect(decide(rows, { ...SHARES, correction: { kind: "looks", look: 2 } }).verdict).toBe("inconclusive");
  });

  test("what cannot be right is refused", () => {
    expect(() => decide(rows, { ...SHARES, alpha: 0.5 })).toThrow(/alpha/);
    expect(() => decide(rows, { ...SHARES, margin: 0 })).toThrow(/margin/);
    expect(() => decide(rows, { ...SHARES, power: 1 })).toThrow(/power/);
    expect(() => decide(rows, { ...SHARES, bounds: [1, 0] })).toThrow(/bounds/);
    expect(() => decide([pair(0, 2, 1)], SHARES)).toThrow(/outside the bounds 0 to 1/);
    expect(() => decide([pair(0, Number.NaN, 1)], SHARES)).toThrow(/finite/);
    expect(() => decide([pair(0, 1, 1, "a"), pair(0, 1, 1, "b")], SHARES)).toThrow(/two clusters/);
    expect(() => decide(rows, { ...SHARES, correction: { kind: "looks", look: 0 } })).toThrow(/1, 2, 3/);
  });

  test("10,000 examples give a plain answer", () => {
    const many = Array.from({ length: 10_000 }, (_, i) =>
      pair(i, ((i * 37) % 100) / 100, ((i * 37) % 100) / 100 + (i % 7) / 10 - 0.29),
    );
    const decision = decide(many, { seed: "test" });
    expect(decision.verdict).toBe("better");
    expect(decision.findings?.method).toBe("Monte Carlo sign-flip");
    const half = 1.96 * (0.2 / 100); // the standard deviation of 0, .1 ... .6 is .2
    expect(
      Math.abs((decision.findings?.interval.high ?? 0) - (decision.findings?.difference ?? 0) - half),
    ).toBeLessThan(0.1 * half);
  });
});

const folder = process.env["EVALWRIGHT_TEST_DATA"];

describe.skipIf(!folder)("airline labels (needs EVALWRIGHT_TEST_DATA)", () => {
  const Label = z.object({ taskId: z.string(), reward: z.number() });

  const rewards = (agent: string): Map<string, number> =>
    new Map(
      readFileSync(join(folder ?? "", "tau2-airline", `${agent}.labels.jsonl`), "utf8")
        .trim()
        .split("\n")
        .map((line) => Label.parse(JSON.parse(line)))
        .map(({ taskId, reward }) => [taskId, reward]),
    );

  const compare = (baseline: string, candidate: string) => {
    const after = rewards(candidate);
    const rows = [...rewards(baseline)].map(([exampleId, reward]) => ({
      exampleId,
      cluster: null,
      baseline: reward,
      candidate: after.get(exampleId) ?? null,
    }));
    return decide(rows, SHARES);
  };

  test("opus-4.6-a against sonnet-4.5 is inconclusive, gpt-5.4 against opus-4.6-a is worse", () => {
    const close = compare("sonnet-4.5", "opus-4.6-a");
    expect([close.verdict, close.better, close.worse, close.pairs]).toEqual(["inconclusive", 4, 2, 50]);
    expectClose(close.findings?.pValue, 0.6875, 1e-12);
    const worse = compare("opus-4.6-a", "gpt-5.4");
    expect([worse.verdict, worse.better, worse.worse, worse.pairs]).toEqual(["worse", 2, 12, 50]);
    expectClose(worse.findings?.pValue, 0.0129, 4e-3);
  });
});
