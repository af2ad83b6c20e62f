import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clip, contains } from "../../src/statistics/interval.ts";
import { betaInterval, exactInterval, wilsonInterval } from "../../src/statistics/proportions.ts";
import { expectClose } from "./relative.ts";

describe("Wilson interval", () => {
  test.each([
    [19, 38, 0.348499283643951, 0.651500716356049], // statsmodels tests/test_proportion.py, rtol 1e-12
    [18, 20, 0.6989663547715128, 0.972133518786232], // R binom, in statsmodels results_proportion.py
    [4, 20, 0.0806576625797981, 0.4160174322518935], // same
  ])("%d of %d", (successes, n, low, high) => {
    const interval = wilsonInterval(successes, n);
    expectClose(interval.low, low, 1e-12);
    expectClose(interval.high, high, 1e-12);
  });

  test("promptfoo issue 10325: 17 of 20 and 5 of 5; 84 of 200", () => {
    expect(wilsonInterval(17, 20).low).toBeCloseTo(0.64, 3);
    expect(wilsonInterval(17, 20).high).toBeCloseTo(0.948, 3);
    expect(wilsonInterval(5, 5).low).toBeCloseTo(0.566, 3);
    expect(wilsonInterval(84, 200).low).toBeCloseTo(0.353736, 6);
    expect(wilsonInterval(84, 200).high).toBeCloseTo(0.489279, 6);
  });

  test("all and none stay inside [0, 1] and touch its end", () => {
    expect(wilsonInterval(38, 38).high).toBe(1);
    expect(wilsonInterval(0, 77).low).toBe(0);
    expect(wilsonInterval(5, 5).high).toBe(1);
  });
});

describe("Beta(1, 1) posterior interval", () => {
  // sambowyer/bayes_evals, examples/basic_example.ipynb: 20 tool-use tasks (Bowyer et al., ICML 2025)
  test.each([
    ["claude-2.1", 20, 0.838902, 0.998795],
    ["mixtral", 12, 0.384354, 0.781803],
    ["gpt-4-1106", 18, 0.696226, 0.969511],
    ["llama-13b", 0, 0.001205, 0.161098],
  ])("%s: %d of 20", (_, successes, low, high) => {
    const interval = betaInterval(successes, 20);
    expect(interval.low).toBeCloseTo(low, 6);
    expect(interval.high).toBeCloseTo(high, 6);
  });
});

describe("exact interval", () => {
  test("Clopper and Pearson's 13 of 16 and none of 20", () => {
    // contingencytables (Fagerland et al. 2017), ClopperPearson_exact_CI_1x2: 0.5435 to 0.9595
    expect(exactInterval(13, 16).low).toBeCloseTo(0.5435, 4);
    expect(exactInterval(13, 16).high).toBeCloseTo(0.9595, 4);
    expectClose(exactInterval(0, 20).high, 1 - 0.025 ** (1 / 20), 1e-13);
  });
});

const counts = fc
  .integer({ min: 1, max: 3_000 })
  .chain((n) => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n)));

test("every interval of a proportion lies in [0, 1], holds the estimate, and mirrors", () => {
  fc.assert(
    fc.property(counts, fc.constantFrom(0.8, 0.95, 0.999), ([k, n], level) => {
      for (const method of [wilsonInterval, exactInterval, betaInterval]) {
        const interval = method(k, n, level);
        const mirrored = method(n - k, n, level);
        expect(clip(interval, 0, 1)).toEqual(interval);
        if (method !== betaInterval) expect(contains(interval, k / n)).toBe(true);
        expect(mirrored.low).toBeCloseTo(1 - interval.high, 10);
      }
    }),
  );
});
