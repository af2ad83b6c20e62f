import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { equivalence, nonInferiority } from "../../src/statistics/equivalence.ts";
import { contains } from "../../src/statistics/interval.ts";
import { tInterval } from "../../src/statistics/mean.ts";
import { pairedClusterTest } from "../../src/statistics/paired-clusters.ts";
import { randomStream } from "../../src/statistics/random.ts";
import { pGreater, pLess } from "../../src/statistics/shift-test.ts";
import { signFlipTest } from "../../src/statistics/sign-flip.ts";
import { expectClose } from "./relative.ts";

const singles = (values: readonly number[]) => values.map((sum) => ({ sum, size: 1 }));
const stream = () => randomStream("seed", "sign-flip");

/** Heights of 15 pairs of maize, crossed less self-fertilized, in eighths of an inch (Darwin 1876). */
const DARWIN = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];

/** Extra hours of sleep, second drug less first (Student 1908). */
const SLEEP = [1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4];

describe("sign-flip test", () => {
  test("Fisher's count for Darwin's maize: 863 of 32,768 flips reach the observed sum", () => {
    // R. A. Fisher, The Design of Experiments (1935), section 21
    const result = signFlipTest(singles(DARWIN), stream());
    expect(result.exact).toBe(true);
    expect(result.pValue(0)).toBe((2 * 863) / 32_768);
    expect(pGreater(result, 0)).toBe(863 / 32_768);
    expect(pLess(result, 0)).toBe(1 - 863 / 32_768);
    expectClose(result.estimate, 314 / 15, 1e-15);
    const t = tInterval(DARWIN); // 0.0039 to 41.86
    expect(Math.abs(result.interval(0.05).low - t.low)).toBeLessThan(1);
    expect(Math.abs(result.interval(0.05).high - t.high)).toBeLessThan(1);
  });

  test("Student's sleep data: 2 of 512 pairs of flips, since one difference is 0", () => {
    expect(signFlipTest(singles(SLEEP), stream()).pValue(0)).toBe(2 / 512); // scipy.stats.permutation_test: 0.00390625
  });

  test("Monte Carlo p values are near the exact ones and repeat with their seed", () => {
    const more = [...DARWIN, 0, 0, 0]; // zeros leave the exact p value as it is
    const drawn = signFlipTest(singles(more), stream());
    expect(drawn.exact).toBe(false);
    expect(Math.abs(drawn.pValue(0) - (2 * 863) / 32_768)).toBeLessThan(4 * Math.sqrt(0.05 / drawn.flips));
    expect(signFlipTest(singles(more), stream()).pValue(0)).toBe(drawn.pValue(0));
    expect(drawn.pValue(1e6)).toBe(1 / drawn.flips); // the observed flip counts: never 0
  });

  test("a cluster flips as a whole and weighs as many examples as it has", () => {
    const clusters = [
      { sum: 3, size: 3 },
      { sum: -1, size: 1 },
      { sum: 2, size: 4 },
    ];
    const result = signFlipTest(clusters, stream());
    expect(result.estimate).toBe(0.5);
    expect(result.pValue(0)).toBe(2 / 4); // |4| is reached by +3-1+2 and by +3+1+2 = 6, not by 0 or by 2
    expect(result.pValue(10)).toBe(1 / 4);
  });

  test("too few clusters for the level give no limits", () => {
    const { low, high } = signFlipTest(singles([1, 2, 3, 4, 5]), stream()).interval(0.05);
    expect([low, high]).toEqual([-Infinity, Infinity]);
    expect(signFlipTest(singles([1, 2, 3, 4, 5, 6]), stream()).interval(0.05).low).toBeGreaterThan(0);
  });

  const clusterSums = fc.array(
    fc.record({
      sum: fc.integer({ min: -40, max: 40 }).map((x) => x / 10),
      size: fc.integer({ min: 1, max: 5 }),
    }),
    { minLength: 1, maxLength: 9 },
  );

  /** The definition, by brute force: the share of all flips that are at least as extreme under the shift. */
  function bruteForce(clusters: readonly { sum: number; size: number }[], shift: number): number {
    const centred = clusters.map(({ sum, size }) => sum - shift * size);
    const observed = Math.abs(centred.reduce((a, b) => a + b, 0));
    let extreme = 0;
    for (let flip = 0; flip < 2 ** clusters.length; flip += 1) {
      const total = centred.reduce((sum, value, index) => sum + ((flip >> index) & 1 ? value : -value), 0);
      if (Math.abs(total) >= observed - 1e-9) extreme += 1;
    }
    return extreme / 2 ** clusters.length;
  }

  test("p values equal their definition at any shift", () => {
    fc.assert(
      fc.property(clusterSums, fc.integer({ min: -600, max: 600 }), (clusters, grid) => {
        const shift = grid === 0 ? 0 : grid / 97 + Math.PI / 1000; // off the lattice of ties, except at 0
        expectClose(signFlipTest(clusters, stream()).pValue(shift), bruteForce(clusters, shift), 1e-12);
      }),
    );
  });

  test("a shift is outside the interval exactly when its p value is at most alpha", () => {
    fc.assert(
      fc.property(
        clusterSums,
        fc.constantFrom(0.01, 0.05, 0.125, 0.3),
        fc.double({ min: -6, max: 6, noNaN: true }),
        (clusters, alpha, shift) => {
          const result = signFlipTest(clusters, stream());
          const interval = result.interval(alpha);
          for (const s of [0, shift, interval.low, interval.high].filter(Number.isFinite))
            expect(contains(interval, s)).toBe(result.pValue(s) > alpha);
          expect(contains(interval, result.estimate)).toBe(true);
        },
      ),
    );
  });
});

describe("intervals when few pairs differ", () => {
  const range = 1;
  const run = (clusters: readonly (readonly number[])[], limit: number | null = range) =>
    pairedClusterTest(clusters, { random: stream(), range: limit });

  test("no difference at all still leaves room for one", () => {
    const clusters = Array.from({ length: 20 }, () => [0, 0, 0]);
    const { low, high } = run(clusters).interval(0.05);
    expect(high).toBeGreaterThan(0.15); // Tango's z² / (C + z²) is .16: the clusters count, not the 60 examples
    expect(low).toBe(-high);
    expect(run(clusters, null).interval(0.05).high).toBe(Infinity);
  });

  test("a rare loss does not make an interval without losses beyond it", () => {
    const clusters = Array.from({ length: 60 }, (_, index) => [index === 0 ? -0.5 : 0]);
    const interval = run(clusters).interval(0.05);
    expect(interval.low).toBeLessThan(-0.03);
    expect(interval.high).toBeGreaterThan(0.01);
  });

  test("the widening never changes the verdict about 0", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.constantFrom(-1, 1, 1)), {
            minLength: 1,
            maxLength: 3,
          }),
          { minLength: 2, maxLength: 15 },
        ),
        fc.constantFrom(0.05, 0.2),
        (clusters, alpha) => {
          const result = run(clusters);
          expect(contains(result.interval(alpha), 0)).toBe(result.pValue > alpha);
          expect(contains(result.interval(alpha), result.shifts.estimate)).toBe(true);
        },
      ),
    );
  });
});

describe("equivalence and non-inferiority", () => {
  const narrow = signFlipTest(singles(DARWIN.map((d) => (d - 314 / 15) / 1_000)), stream());

  test("equivalent exactly when the 1 - 2 alpha interval lies within the margin", () => {
    const { interval } = equivalence(narrow, 1, 0.05);
    expect(interval.level).toBeCloseTo(0.9, 12);
    const half = Math.max(-interval.low, interval.high);
    const wide = equivalence(narrow, half * 1.001, 0.05);
    expect(wide.equivalent).toBe(true);
    expect(wide.pValue).toBeLessThanOrEqual(0.05);
    const tight = equivalence(narrow, half * 0.999, 0.05);
    expect(tight.equivalent).toBe(false);
    expect(tight.pValue).toBeGreaterThan(0.05);
  });

  test("non-inferiority looks at the lower side only", () => {
    const shifted = signFlipTest(singles(DARWIN.map((d) => d / 1_000)), stream()); // clearly above -0.01
    expect(nonInferiority(shifted, 0.01, 0.05).nonInferior).toBe(true);
    expect(equivalence(shifted, 0.01, 0.05).equivalent).toBe(false);
    const worse = signFlipTest(singles(DARWIN.map((d) => -d / 1_000)), stream());
    const result = nonInferiority(worse, 0.01, 0.05);
    expect(result.nonInferior).toBe(false);
    expect(result.pValue).toBeGreaterThan(0.05);
    expect(result.lowerLimit).toBe(worse.interval(0.1).low);
  });
});
