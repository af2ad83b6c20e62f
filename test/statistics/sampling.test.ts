import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { neymanAllocation } from "../../src/statistics/allocation.ts";
import { ppiMean } from "../../src/statistics/ppi.ts";
import { wilsonInterval } from "../../src/statistics/proportions.ts";
import { randomStream } from "../../src/statistics/random.ts";
import { type PhaseStratum, twoPhaseRate } from "../../src/statistics/two-phase-rate.ts";

describe("Neyman allocation", () => {
  test("television survey: 155, 62 and 93 households of deviation 5, 15 and 10 (Scheaffer et al., chapter 5)", () => {
    // Shares N s / sum N s are .294, .353 and .353.
    const [a = 0, b = 0, c = 0] = neymanAllocation(
      [
        { size: 155, deviation: 5 },
        { size: 62, deviation: 15 },
        { size: 93, deviation: 10 },
      ],
      58,
    );
    expect(a).toBe(17);
    expect(Math.abs(b - c)).toBeLessThanOrEqual(1);
    expect(a + b + c).toBe(58);
  });

  test("never more than there are, at least two of each, and together what was asked for", () => {
    const stratum = fc.record({
      size: fc.integer({ min: 0, max: 300 }),
      deviation: fc.double({ min: 0, max: 0.5, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc.array(stratum, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 400 }),
        (strata, n) => {
          const counts = neymanAllocation(strata, n);
          const all = strata.reduce((sum, { size }) => sum + size, 0);
          const least = strata.reduce((sum, { size }) => sum + Math.min(2, size), 0);
          for (const [i, { size }] of strata.entries()) {
            expect(counts[i]).toBeLessThanOrEqual(size);
            expect(counts[i]).toBeGreaterThanOrEqual(Math.min(2, size));
          }
          expect(counts.reduce((sum, count) => sum + count, 0)).toBe(Math.min(all, Math.max(n, least)));
        },
      ),
    );
  });
});

describe("the rate of a sample in two phases", () => {
  test("everything was looked at: plain Wilson of the whole", () => {
    const { estimate, interval } = twoPhaseRate([
      { size: 12, looked: 12, positive: 12 },
      { size: 8, looked: 8, positive: 6 },
    ]);
    expect(estimate).toBeCloseTo(0.9, 12);
    const wilson = wilsonInterval(18, 20);
    expect(interval.low).toBeCloseTo(wilson.low, 10);
    expect(interval.high).toBeCloseTo(wilson.high, 10);
  });

  test("a stratum of which nothing is known widens the interval by its share", () => {
    const known = { size: 50, looked: 50, positive: 50 };
    const { estimate, interval } = twoPhaseRate([known, { size: 50, looked: 0, positive: 0 }]);
    expect(estimate).toBeCloseTo(0.75, 12);
    expect(interval.low).toBeLessThan(0.5);
    expect(interval.high).toBe(1);
  });

  test("covers the truth 95 times in 100, with strata that are few, lopsided and looked at unequally", () => {
    const random = randomStream("two-phase", "coverage");
    const shares = [0.6, 0.3, 0.1];
    const rates = [0.95, 0.5, 0.1];
    const truth = shares.reduce((sum, share, i) => sum + share * (rates[i] ?? 0), 0);
    let covered = 0;
    let total = 0;
    const runs = 2_000;
    for (let run = 0; run < runs; run += 1) {
      const sizes = [0, 0, 0];
      for (let i = 0; i < 500; i += 1) {
        const at = random.uniform();
        const stratum = at < 0.6 ? 0 : at < 0.9 ? 1 : 2;
        sizes[stratum] = (sizes[stratum] ?? 0) + 1;
      }
      const counts = neymanAllocation(
        sizes.map((size, i) => ({ size, deviation: [0.3, 0.5, 0.4][i] ?? 0 })),
        60,
      );
      const strata = sizes.map((size, i): PhaseStratum => {
        const looked = counts[i] ?? 0;
        let positive = 0;
        for (let k = 0; k < looked; k += 1) positive += random.uniform() < (rates[i] ?? 0) ? 1 : 0;
        return { size, looked, positive };
      });
      const { estimate, interval } = twoPhaseRate(strata);
      total += estimate;
      if (interval.low <= truth && truth <= interval.high) covered += 1;
    }
    expect(covered / runs).toBeGreaterThan(0.93);
    expect(covered / runs).toBeLessThan(0.985);
    expect(Math.abs(total / runs - truth)).toBeLessThan(0.005);
  });
});

describe("prediction-powered inference over clusters", () => {
  const sessions = (count: number, size: number, name: string) =>
    Array.from({ length: count * size }, (_, i) => `${name}${Math.floor(i / size)}`);
  const values = (n: number, shift: number) =>
    Array.from({ length: n }, (_, i) => ((Math.floor(i / 5) + shift) % 3 === 0 ? 1 : 0));

  test("values alike within a session widen the interval; singletons change nothing", () => {
    const data = { human: values(100, 0), judge: values(100, 0), judgeOnly: values(400, 1) };
    const plain = ppiMean(data);
    const clustered = ppiMean({
      ...data,
      clusters: { human: sessions(20, 5, "h"), judgeOnly: sessions(80, 5, "j") },
    });
    expect(clustered.standardError).toBeGreaterThan(1.5 * plain.standardError);
    const alone = ppiMean({
      ...data,
      clusters: { human: sessions(100, 1, "h"), judgeOnly: sessions(400, 1, "j") },
    });
    expect(alone.standardError).toBeCloseTo(plain.standardError, 10);
  });

  test("never a larger standard error than people alone", () => {
    const bit = fc.integer({ min: 0, max: 1 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(bit, bit, fc.nat(4)), { minLength: 6, maxLength: 40 }),
        fc.array(fc.tuple(bit, fc.nat(4)), { minLength: 6, maxLength: 40 }),
        (labelled, others) => {
          const data = {
            human: labelled.map(([y]) => y),
            judge: labelled.map(([, f]) => f),
            judgeOnly: others.map(([f]) => f),
            clusters: {
              human: labelled.map(([, , c]) => `h${c}`),
              judgeOnly: others.map(([, c]) => `j${c}`),
            },
          };
          const people = ppiMean(data, { lambda: 0 }).standardError;
          if (Number.isFinite(people))
            expect(ppiMean(data).standardError).toBeLessThanOrEqual(people + 1e-12);
        },
      ),
    );
  });
});
