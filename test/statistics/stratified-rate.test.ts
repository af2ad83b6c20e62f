import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { wilsonInterval } from "../../src/statistics/proportions.ts";
import { rateDifference } from "../../src/statistics/rate-difference.ts";
import { stratifiedRate } from "../../src/statistics/stratified-rate.ts";

describe("the rate of a stratified sample of a finite population", () => {
  test("television survey: .60 with a bound of .14 (Scheaffer, Mendenhall and Ott, Elementary Survey Sampling, chapter 5)", () => {
    const { estimate, standardError } = stratifiedRate([
      { size: 155, looked: 20, positive: 16 },
      { size: 62, looked: 8, positive: 2 },
      { size: 93, looked: 12, positive: 6 },
    ]);
    expect(estimate).toBeCloseTo(0.6, 12);
    expect(standardError ** 2).toBeCloseTo(0.0045, 4);
    expect(2 * standardError).toBeCloseTo(0.135, 3);
  });

  test("what was all looked at is known", () => {
    const { estimate, interval } = stratifiedRate([
      { size: 4, looked: 4, positive: 1 },
      { size: 6, looked: 6, positive: 2 },
    ]);
    expect(estimate).toBeCloseTo(0.3, 12);
    expect(interval.low).toBeCloseTo(0.3, 12);
    expect(interval.high).toBeCloseTo(0.3, 12);
  });

  test("a small part of many: Wilson's interval, nearly", () => {
    const { interval } = stratifiedRate([{ size: 1_000_000, looked: 200, positive: 84 }]);
    const wilson = wilsonInterval(84, 200);
    expect(interval.low).toBeCloseTo(wilson.low, 2);
    expect(interval.high).toBeCloseTo(wilson.high, 2);
  });

  test("never outside of what the items looked at allow, and around the estimate", () => {
    const stratum = fc
      .tuple(fc.nat(60), fc.nat(60), fc.nat(60))
      .map((sizes) => sizes.sort((a, b) => a - b))
      .map(([positive = 0, looked = 0, size = 0]) => ({ positive, looked, size: size + 1 }));
    fc.assert(
      fc.property(fc.array(stratum, { minLength: 1, maxLength: 5 }), (strata) => {
        const total = strata.reduce((sum, { size }) => sum + size, 0);
        const seen = strata.reduce((sum, { positive }) => sum + positive, 0);
        const others = strata.reduce((sum, { looked, positive }) => sum + looked - positive, 0);
        const { estimate, interval } = stratifiedRate(strata);
        expect(interval.low).toBeGreaterThanOrEqual(seen / total - 1e-9);
        expect(interval.high).toBeLessThanOrEqual(1 - others / total + 1e-9);
        expect(interval.low).toBeLessThanOrEqual(estimate + 1e-9);
        expect(interval.high).toBeGreaterThanOrEqual(estimate - 1e-9);
      }),
    );
  });
});

describe("the difference of two rates", () => {
  const rate = (successes: number, n: number) => (level: number) => ({
    estimate: successes / n,
    interval: wilsonInterval(successes, n, level),
  });

  // Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10.
  test.each([
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
  ])("%i/%i - %i/%i", (a, m, b, n, low, high) => {
    const { interval } = rateDifference(rate(b, n), rate(a, m));
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  test("the p value and the interval agree", () => {
    const both = fc
      .tuple(fc.nat(40), fc.nat(40))
      .map(([a, b]) => [Math.min(a, b), Math.max(a, b) + 1] as const);
    fc.assert(
      fc.property(both, both, ([a, m], [b, n]) => {
        const { interval, pValue } = rateDifference(rate(a, m), rate(b, n));
        expect(pValue <= 0.05).toBe(interval.low > 0 || interval.high < 0);
      }),
    );
  });
});
