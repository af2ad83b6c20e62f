import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide } from "../../src/statistics/decide.ts";
import type { Verdict } from "../../src/statistics/decision.ts";
import { type RandomStream, randomStream, shuffle } from "../../src/statistics/random.ts";
import type { ScorePair } from "../../src/statistics/score-pairs.ts";
import { pair, swapArms } from "./rows.ts";

const score = fc.oneof(
  fc.constantFrom(0, 1),
  fc.integer({ min: 0, max: 10 }).map((x) => x / 10),
);
const binaryScore = fc.constantFrom(0, 1);

/** Rows of any shape: with and without clusters, repeats, missing scores. */
const rowsOf = (value: fc.Arbitrary<number>): fc.Arbitrary<ScorePair[]> =>
  fc
    .record({ clustered: fc.boolean(), gaps: fc.boolean(), repeats: fc.boolean() })
    .chain(({ clustered, gaps, repeats }) =>
      fc.array(
        fc
          .record({
            example: fc.nat(repeats ? 9 : 1_000_000),
            cluster: fc.nat(5),
            baseline: fc.option(value, { freq: gaps ? 6 : 1_000_000 }),
            candidate: fc.option(value, { freq: gaps ? 6 : 1_000_000 }),
          })
          .map((row) =>
            pair(row.example, row.baseline, row.candidate, clustered ? `c${row.example % 7}` : null),
          ),
        { maxLength: 24 },
      ),
    );

const rows = fc.oneof(rowsOf(score), rowsOf(binaryScore));

const options = fc.record({
  seed: fc.constantFrom("a", "b"),
  alpha: fc.constantFrom(0.05, 0.2, 0.01),
  margin: fc.constantFrom(null, 0.1, 0.5),
  bounds: fc.constantFrom([0, 1] as const, null),
});

const MIRROR: Readonly<Record<Verdict, Verdict>> = {
  better: "worse",
  worse: "better",
  equivalent: "equivalent",
  inconclusive: "inconclusive",
};

describe("any comparison", () => {
  test("has an interval that holds the estimate and excludes 0 exactly when p <= alpha", () => {
    fc.assert(
      fc.property(rows, options, (data, opts) => {
        const { findings, alphaUsed, verdictOnScored } = decide(data, opts);
        if (findings === null) return;
        const low = findings.interval.low ?? -Infinity;
        const high = findings.interval.high ?? Infinity;
        expect(low).toBeLessThanOrEqual(findings.difference);
        expect(high).toBeGreaterThanOrEqual(findings.difference);
        expect(low > 0 || high < 0).toBe(findings.pValue <= alphaUsed);
        expect(verdictOnScored === "better").toBe(low > 0);
        expect(verdictOnScored === "worse").toBe(high < 0);
      }),
      { numRuns: 400 },
    );
  });

  test("mirrors when the arms are swapped, and does not mind the order of the rows", () => {
    fc.assert(
      fc.property(rows, options, fc.string(), (data, opts, order) => {
        const decision = decide(data, opts);
        expect(decide(shuffle(data, randomStream(order, "order")), opts)).toEqual(decision);
        const mirrored = decide(swapArms(data), opts);
        expect(mirrored.verdict).toBe(MIRROR[decision.verdict]);
        expect(mirrored.findings?.pValue).toBe(decision.findings?.pValue);
        if (decision.findings)
          expect(mirrored.findings?.difference).toBeCloseTo(-decision.findings.difference, 12);
        if (decision.bounds)
          expect(mirrored.bounds?.worst.difference).toBeCloseTo(-decision.bounds.best.difference, 12);
      }),
      { numRuns: 300 },
    );
  });

  test("counts every row, and a verdict that changes at a bound is inconclusive", () => {
    fc.assert(
      fc.property(rows, options, (data, opts) => {
        const decision = decide(data, opts);
        const examples = new Set(data.map((row) => row.exampleId)).size;
        expect(decision.pairs + decision.missing.pairs).toBe(examples);
        expect(decision.better + decision.worse + decision.tied).toBe(decision.pairs);
        if (decision.changesAtBound) expect(decision.verdict).toBe("inconclusive");
        else expect(decision.verdict).toBe(decision.verdictOnScored);
        const { bounds, findings } = decision;
        if (bounds && findings && decision.missing.pairs === 0)
          expect([
            bounds.worst.difference <= findings.difference,
            bounds.best.difference >= findings.difference,
          ]).toEqual([true, true]);
      }),
    );
  });
});

describe("where no difference is, one is called at most alpha of the time", () => {
  type Draw = (random: RandomStream) => ScorePair[];

  /** Share of `runs` in which a difference is called at .05. */
  function calledShare(draw: Draw, runs: number): number {
    const random = randomStream("null", "simulation");
    let called = 0;
    for (let run = 0; run < runs; run += 1) {
      const { verdict } = decide(draw(random), { seed: `run ${run}`, bounds: [0, 1] });
      if (verdict === "better" || verdict === "worse") called += 1;
    }
    return called / runs;
  }

  /** Four standard errors of a share of .05. */
  const tolerance = (runs: number) => 4 * Math.sqrt((0.05 * 0.95) / runs);

  const binary: Draw = (random) =>
    Array.from({ length: 60 }, (_, i) =>
      pair(i, random.uniform() < 0.7 ? 1 : 0, random.uniform() < 0.7 ? 1 : 0),
    );

  const graded =
    (examples: number): Draw =>
    (random) =>
      Array.from({ length: examples }, (_, i) => {
        const ease = random.uniform() / 2;
        return pair(i, ease + random.uniform() / 2, ease + random.uniform() / 2);
      });

  /** Sessions of one to eight turns, all of which share one swing in favour of one arm. */
  const sessions: Draw = (random) =>
    Array.from({ length: 14 }, (_, s) => {
      const swing = (random.uniform() - 0.5) * 0.8;
      return Array.from({ length: 1 + random.below(8) }, (_, t) =>
        pair(s * 10 + t, 0.5, 0.5 + swing + (random.uniform() - 0.5) / 10, `s${s}`),
      );
    }).flat();

  test.each([
    ["binary, unclustered", binary, 1_500, 0.02],
    ["graded, all flips", graded(12), 1_000, 0.03],
    ["graded, Monte Carlo", graded(40), 150, 0.005],
    ["graded sessions of unequal size", sessions, 800, 0.03],
  ] as const)("%s", (_, draw, runs, least) => {
    const share = calledShare(draw, runs);
    expect(share).toBeLessThanOrEqual(0.05 + tolerance(runs));
    expect(share).toBeGreaterThan(least); // a test that never rejects would be valid too
  });

  test("the same sessions taken for independent turns would be called far too often", () => {
    const share = calledShare((random) => sessions(random).map((row) => ({ ...row, cluster: null })), 40);
    expect(share).toBeGreaterThan(0.15);
  });
});

describe("a difference that is there", () => {
  test("is called about as often as the power calculation says", () => {
    // Connor: 155 pairs show a difference of .1 at discordance .2 with a chance of .8; the exact test a little less
    const random = randomStream("power", "simulation");
    let called = 0;
    for (let run = 0; run < 600; run += 1) {
      const data = Array.from({ length: 155 }, (_, i) => {
        const u = random.uniform();
        return u < 0.15 ? pair(i, 0, 1) : u < 0.2 ? pair(i, 1, 0) : pair(i, 1, 1);
      });
      if (decide(data, { seed: "power", bounds: [0, 1] }).verdict === "better") called += 1;
    }
    expect(called / 600).toBeGreaterThan(0.7);
    expect(called / 600).toBeLessThan(0.86);
  });
});
