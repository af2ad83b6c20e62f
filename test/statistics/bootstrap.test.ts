import { describe, expect, test } from "vitest";
import { bootstrap } from "../../src/statistics/bootstrap.ts";
import { clusteredStandardError } from "../../src/statistics/clustered-mean.ts";
import { mean } from "../../src/statistics/mean.ts";
import { randomStream } from "../../src/statistics/random.ts";
import { expectClose } from "./relative.ts";

const random = () => randomStream("seed", "bootstrap");

/** Spatial ability of 26 children: Efron and Tibshirani (1993), table 14.1, measure A. */
const SPATIAL = [
  48, 36, 20, 29, 42, 42, 20, 42, 22, 41, 45, 14, 6, 0, 33, 28, 34, 4, 32, 24, 47, 41, 24, 26, 30, 41,
];

const populationVariance = (values: readonly number[]) => {
  const centre = mean(values);
  return mean(values.map((value) => (value - centre) ** 2));
};

describe("bootstrap", () => {
  test("BCa and percentile intervals of Efron and Tibshirani's variance", () => {
    // the book, with 2,000 draws: estimate 171.5, 90 % BCa (115.8, 259.6), percentile (100.8, 233.9);
    // scipy.stats.bootstrap with 200,000: BCa (115.8, 261.4), percentile (97.9, 235.8)
    const options = { random: random(), level: 0.9, draws: 20_000 };
    const bca = bootstrap(SPATIAL, populationVariance, options);
    expect(bca.estimate).toBeCloseTo(171.5, 1);
    expect(bca.method).toBe("bca");
    expect(Math.abs(bca.interval.low - 115.8)).toBeLessThan(2.5);
    expect(Math.abs(bca.interval.high - 261.4)).toBeLessThan(4);
    const percentile = bootstrap(SPATIAL, populationVariance, { ...options, method: "percentile" });
    expect(Math.abs(percentile.interval.low - 97.9)).toBeLessThan(2.5);
    expect(Math.abs(percentile.interval.high - 235.8)).toBeLessThan(2.5);
  });

  test("drawing clusters gives the clustered standard error, which drawing examples misses", () => {
    const clusters = Array.from({ length: 60 }, (_, c) =>
      [0, 0, 0, 0].map((_, i) => (i < (c * 7) % 5 ? 1 : 0)),
    );
    const overall = (units: readonly (readonly number[])[]) => mean(units.flat());
    const clustered = bootstrap(clusters, overall, { random: random(), method: "percentile" });
    const width = clustered.interval.high - clustered.interval.low;
    expectClose(width, 2 * 1.96 * clusteredStandardError(clusters), 0.08);
    const examples = bootstrap(clusters.flat(), mean, { random: random(), method: "percentile" });
    expect(examples.interval.high - examples.interval.low).toBeLessThan(0.8 * width);
  });

  test("repeats with its seed", () => {
    const once = bootstrap(SPATIAL, mean, { random: random() });
    expect(bootstrap(SPATIAL, mean, { random: random() })).toEqual(once);
    expect(once.draws).toBe(2_000);
  });

  test("draws without a value are counted, and equal draws fall back to percentiles", () => {
    const rateOfClass = (units: readonly { seen: boolean; hit: number }[]) =>
      mean(units.filter((unit) => unit.seen).map((unit) => unit.hit));
    const units = Array.from({ length: 6 }, (_, i) => ({ seen: i < 2, hit: i % 2 }));
    const { undefinedDraws, draws } = bootstrap(units, rateOfClass, { random: random() });
    expectClose(undefinedDraws / draws, (4 / 6) ** 6, 0.25);
    const constant = bootstrap([1, 1, 1], mean, { random: random() });
    expect(constant).toMatchObject({ method: "percentile", interval: { low: 1, high: 1 } });
  });

  test("fewer than 2,000 draws or two units are refused", () => {
    expect(() => bootstrap(SPATIAL, mean, { random: random(), draws: 100 })).toThrow(/2000 draws/);
    expect(() => bootstrap([1], mean, { random: random() })).toThrow(/two units/);
  });
});
