import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { eValue, logEValue } from "../../src/statistics/e-value.ts";
import { contains } from "../../src/statistics/interval.ts";
import { mcnemarChiSquare, mcnemarExact, mcnemarMidP } from "../../src/statistics/mcnemar.ts";
import { pairedBinaryTest } from "../../src/statistics/paired-binary.ts";
import { pairedScoreTest } from "../../src/statistics/paired-score.ts";
import { randomStream } from "../../src/statistics/random.ts";
import { signFlipTest } from "../../src/statistics/sign-flip.ts";
import { expectClose } from "./relative.ts";

const of = (better: number, worse: number) => ({ better, worse });

describe("McNemar's test", () => {
  // statsmodels, Vassar and R, as in statsmodels/stats/tests/test_nonparametric.py
  test.each([
    [121, 59, 4e-6, 6],
    [70, 59, 0.378688, 6],
    [80, 59, 0.089452, 6],
    [30, 60, 0.00206, 5],
    [10, 30, 0.002221, 6],
    [10, 10, 1, 6],
  ])("exact p of %d and %d discordant pairs", (b, c, p, digits) => {
    expect(mcnemarExact(of(b, c))).toBeCloseTo(p, digits);
    expect(mcnemarExact(of(c, b))).toBe(mcnemarExact(of(b, c)));
  });

  test("chi-square with and without continuity correction (same source)", () => {
    const corrected = mcnemarChiSquare(of(121, 59), { continuity: true });
    expect(corrected.statistic).toBeCloseTo(20.67222, 5);
    expectClose(corrected.pValue, 5.450095e-6, 1e-6);
    const plain = mcnemarChiSquare(of(121, 59), { continuity: false });
    expect(plain.statistic).toBeCloseTo(21.35556, 5);
    expectClose(plain.pValue, 3.815136e-6, 1e-6);
    expectClose(mcnemarChiSquare(of(70, 59), { continuity: true }).statistic, 0.7751938, 1e-7);
    expectClose(mcnemarChiSquare(of(70, 59), { continuity: true }).pValue, 0.3786151, 1e-6);
    expect(mcnemarChiSquare(of(0, 0), { continuity: true })).toEqual({ statistic: 0, pValue: 1 });
  });

  test("Cavo et al. 2012, 6 and 16 of 161 (contingencytables, Fagerland et al. 2017)", () => {
    expect(mcnemarExact(of(6, 16))).toBeCloseTo(0.052479, 6);
    expect(mcnemarMidP(of(6, 16))).toBeCloseTo(0.03469, 6);
    expect(mcnemarChiSquare(of(6, 16), { continuity: false }).pValue).toBeCloseTo(0.033006, 6);
    expect(mcnemarChiSquare(of(6, 16), { continuity: true }).pValue).toBeCloseTo(0.055009, 6);
  });

  // Recomputed from published per-item results: JudgeBench judges (350 pairs), LLMBar prompts, tau2-bench airline agents
  test.each([
    ["o1-mini / GRM-Gemma-2B", 83, 61, 0.079757],
    ["o1-mini / internlm2-7b", 73, 51, 0.058876],
    ["LLMBar GPTInst", 0, 12, 0.000488],
    ["LLMBar GPTOut", 6, 3, 0.508],
    ["LLMBar Natural", 1, 3, 0.625],
    ["Opus-4.6 / Sonnet-4.5", 4, 2, 0.6875],
    ["GPT-5.4 / Opus-4.6", 2, 12, 0.012939],
    ["ToolOrchestra / GPT-5.4", 12, 12, 1],
  ])("%s: %d and %d", (_, b, c, p) => {
    expect(mcnemarExact(of(b, c))).toBeCloseTo(p, String(p).length > 6 ? 6 : 3);
  });

  test("mid-p, the smallest p values and no discordant pair", () => {
    expect(mcnemarMidP(of(73, 51))).toBeCloseTo(0.048662, 6);
    expectClose(mcnemarExact(of(2, 34)), 1.94e-8, 0.003);
    expect([mcnemarExact(of(0, 0)), mcnemarMidP(of(0, 0))]).toEqual([1, 1]);
    expect(mcnemarMidP(of(10, 10))).toBeCloseTo(1 - 0.17619705 / 2, 7); // C(20, 10) / 2^20
  });
});

describe("Tango's score interval", () => {
  test("Cavo et al. 2012: -0.0621 (-0.1240, -0.0054) (contingencytables)", () => {
    const score = pairedScoreTest({ better: 6, worse: 16, pairs: 161 }, 0);
    expect(score.estimate).toBeCloseTo(-0.0621, 4);
    expect(score.interval(0.05).low).toBeCloseTo(-0.124, 4);
    expect(score.interval(0.05).high).toBeCloseTo(-0.0054, 4);
    expectClose(score.pValue(0), mcnemarChiSquare(of(6, 16), { continuity: false }).pValue, 1e-12);
  });

  test("without discordant pairs it is ±z²/(n + z²)", () => {
    const square = 1.959963984540054 ** 2;
    const { low, high } = pairedScoreTest({ better: 0, worse: 0, pairs: 50 }, 0).interval(0.05);
    expectClose(high, square / (50 + square), 1e-12);
    expect(low).toBe(-high);
  });
});

describe("exact McNemar test with an interval", () => {
  test("where score interval and exact test disagree, the limit yields to the test", () => {
    const cavo = pairedBinaryTest({ better: 6, worse: 16, pairs: 161 });
    expect(cavo.pValue).toBeGreaterThan(0.05);
    expect(cavo.interval(0.05).high).toBe(0);
    const rare = pairedBinaryTest({ better: 13, worse: 0, pairs: 13 }); // p 2^-12, at a tenth look's alpha
    expect(rare.interval(0.05 / 110).low).toBeGreaterThan(0);
  });

  const tables = fc
    .integer({ min: 1, max: 400 })
    .chain((pairs) =>
      fc.tuple(
        fc.constant(pairs),
        fc.integer({ min: 0, max: pairs }),
        fc.double({ min: 0, max: 1, noNaN: true }),
      ),
    )
    .map(([pairs, discordant, share]) => {
      const better = Math.round(discordant * share);
      return { pairs, better, worse: discordant - better };
    });
  const alphas = fc.constantFrom(0.2, 0.05, 0.05 / 6, 0.05 / 110, 1e-6);

  test("the interval holds the estimate, excludes 0 just when p <= alpha, and mirrors", () => {
    fc.assert(
      fc.property(tables, alphas, (counts, alpha) => {
        const result = pairedBinaryTest(counts);
        const interval = result.interval(alpha);
        expect(contains(interval, result.shifts.estimate)).toBe(true);
        expect(contains(interval, 0)).toBe(result.pValue > alpha);
        expect(Math.abs(interval.low) <= 1 && Math.abs(interval.high) <= 1).toBe(true);
        const mirror = pairedBinaryTest({ pairs: counts.pairs, better: counts.worse, worse: counts.better });
        expect(mirror.interval(alpha).low).toBeCloseTo(-interval.high, 12);
      }),
      { numRuns: 500 },
    );
  });

  /** Chance of each table of `pairs`, by enumeration, for the coverage of the interval. */
  function coverage(pairs: number, discordance: number, difference: number): number {
    const toBetter = (discordance + difference) / 2;
    const toWorse = (discordance - difference) / 2;
    let covered = 0;
    let all = 0;
    for (let better = 0, start = (1 - discordance) ** pairs; better <= pairs; better += 1) {
      let chance = start;
      for (let worse = 0; worse + better <= pairs; worse += 1) {
        all += chance;
        if (chance > 1e-9 && contains(pairedBinaryTest({ better, worse, pairs }).interval(0.05), difference))
          covered += chance;
        chance *= ((pairs - better - worse) / (worse + 1)) * (toWorse / (1 - discordance));
      }
      start *= ((pairs - better) / (better + 1)) * (toBetter / (1 - discordance));
    }
    expectClose(all, 1, 1e-9);
    return covered;
  }

  test.each([
    [20, 0.05, 0.02],
    [20, 0.4, 0],
    [40, 0.1, 0.1],
    [40, 0.2, -0.1],
    [40, 0.02, 0],
  ])(
    "covers a true difference in at least 95 %% of samples: n %d, discordance %d, difference %d",
    (n, d, delta) => {
      expect(coverage(n, d, delta)).toBeGreaterThanOrEqual(0.95);
    },
  );

  test("the exact sign-flip test of 0/1 scores is McNemar's exact test", () => {
    const differences = [1, 1, 1, 1, 1, 1, -1, 0, 0, 0, 0, 0];
    const flips = signFlipTest(
      differences.map((sum) => ({ sum, size: 1 })),
      randomStream("unused", "test"),
    );
    expectClose(flips.pValue(0), mcnemarExact(of(6, 1)), 1e-14);
  });
});

describe("e-value of discordant pairs", () => {
  // E = 2^(b+c) b! c! / (b+c+1)!, recomputed in exact arithmetic
  test.each([
    [2, 34, 2948068.5],
    [18, 1, 1379.705],
    [0, 12, 315.0769],
    [9, 1, 9.309],
    [14, 4, 4.5088],
    [4, 2, 0.6095],
    [12, 12, 0.248169],
  ])("of %d and %d", (b, c, expected) => expectClose(eValue(of(b, c)).eValue, expected, 1e-4));

  test("9 to 1 is not yet evidence at .05 although its fixed-sample p is .0215", () => {
    expect(eValue(of(9, 1), 0.05).rejected).toBe(false);
    expect(mcnemarExact(of(9, 1))).toBeCloseTo(0.0215, 4);
    expect(eValue(of(18, 1), 0.05).rejected).toBe(true);
  });

  test("large counts stay finite in logarithms", () => {
    expect(eValue(of(900_000, 100_000)).rejected).toBe(true);
    expect(Number.isFinite(logEValue(of(900_000, 100_000)))).toBe(true);
  });

  test("looking after each of 400 pairs rejects a true null at most alpha of the time", () => {
    const stream = randomStream("peeking", "test");
    let rejections = 0;
    for (let run = 0; run < 2_000; run += 1) {
      const counts = { better: 0, worse: 0 };
      for (let pair = 0; pair < 400; pair += 1) {
        counts[stream.below(2) === 0 ? "better" : "worse"] += 1;
        if (logEValue(counts) >= Math.log(20)) {
          rejections += 1;
          break;
        }
      }
    }
    expect(rejections / 2_000).toBeLessThanOrEqual(0.05);
    expect(rejections / 2_000).toBeGreaterThan(0.015); // .0335 by a longer simulation
  });
});
