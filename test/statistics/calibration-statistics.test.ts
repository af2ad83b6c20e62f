import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clusteredStandardError } from "../../src/statistics/clustered-mean.ts";
import { clusteredProportion } from "../../src/statistics/clustered-proportion.ts";
import { cohenKappa } from "../../src/statistics/cohen-kappa.ts";
import { gwet } from "../../src/statistics/gwet.ts";
import { wilsonInterval } from "../../src/statistics/proportions.ts";
import { tableAgreement } from "../../src/statistics/table-agreement.ts";

describe("agreement from a cross-table alone", () => {
  test("DevAI, agent-as-a-judge against people: .8661, .7301, .7344", () => {
    const result = tableAgreement([
      [142, 28],
      [21, 175],
    ]);
    expect(result.agreement).toBeCloseTo(0.8661, 4);
    expect(result.kappa).toBeCloseTo(0.7301, 4);
    expect(result.ac1).toBeCloseTo(0.7344, 4);
  });

  test("AgentRewardBench's side effects, 106 labelled twice: agreement .9623, kappa .6473, AC1 .9578", () => {
    // Two of the tables with these margins and 4 disagreements give the published kappa; they mirror each other.
    const tables = Array.from({ length: 15 }, (_, both) =>
      Array.from({ length: 5 }, (__, first) => [
        [both, first],
        [4 - first, 102 - both],
      ]),
    ).flat();
    const published = tables.map(tableAgreement).filter(({ kappa }) => Math.abs(kappa - 0.6473) < 0.00006);
    expect(published.length).toBeGreaterThan(0);
    for (const { agreement, ac1 } of published) {
      expect(agreement).toBeCloseTo(0.9623, 4);
      expect(ac1).toBeCloseTo(0.9578, 3);
    }
  });

  test("is what cohenKappa and gwet give, for any table", () => {
    const cell = fc.integer({ min: 1, max: 20 });
    const table3 = fc.array(fc.tuple(cell, cell, cell), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(table3, (table) => {
        const units = table.flatMap((row, i) =>
          row.flatMap((count, j) =>
            Array.from({ length: count }, () => [0, 1, 2].map((k) => (k === i ? 1 : 0) + (k === j ? 1 : 0))),
          ),
        );
        const result = tableAgreement(table);
        expect(result.kappa).toBeCloseTo(cohenKappa(table).kappa, 10);
        expect(result.ac1).toBeCloseTo(gwet(units).coefficient, 10);
      }),
      { numRuns: 30 },
    );
  });
});

const unit = (hit: boolean, cluster: string, weight = 1) => ({ hit, cluster, weight });

describe("a share of clustered or weighted units", () => {
  test("independent units of one weight: plain Wilson, 18 of 20 (statsmodels, R binom)", () => {
    const units = Array.from({ length: 20 }, (_, i) => unit(i >= 2, `c${i}`, 3));
    const { estimate, interval } = clusteredProportion(units);
    expect(estimate).toBe(0.9);
    expect(interval.low).toBeCloseTo(0.6989663547715128, 12);
    expect(interval.high).toBeCloseTo(0.972133518786232, 12);
  });

  test("50 tasks of 4 trials each (tau-bench airline): as many effective trials as the design effect leaves", () => {
    // The numbers of tasks with 0 to 4 passes that give the published pass^1..4 = .42, .2733, .22, .20 (arXiv 2406.12045).
    const passes = [14, 12, 10, 4, 10].flatMap((tasks, passed) => new Array<number>(tasks).fill(passed));
    const clusters = passes.map((passed) => [0, 1, 2, 3].map((i) => (i < passed ? 1 : 0)));
    const units = clusters.flatMap((cluster, c) => cluster.map((value) => unit(value === 1, `t${c}`)));
    const { estimate, interval } = clusteredProportion(units);
    const n = units.length;
    const error = clusteredStandardError(clusters);
    expect(estimate).toBe(0.42);
    expect(error).toBeCloseTo(0.0522162, 7);
    const wilson = wilsonInterval(
      (estimate ** 2 * (1 - estimate)) / error ** 2,
      (estimate * (1 - estimate)) / error ** 2,
    );
    expect(interval.low).toBeCloseTo(wilson.low, 10);
    expect(interval.high - interval.low).toBeGreaterThan(
      wilsonInterval(estimate * n, n).high - wilsonInterval(estimate * n, n).low,
    );
  });

  test("weights are chances turned over: half drawn at 1 in 10 and at 1 in 1", () => {
    const units = [
      ...Array.from({ length: 50 }, (_, i) => unit(i < 25, `a${i}`, 10)),
      ...Array.from({ length: 50 }, (_, i) => unit(true, `b${i}`, 1)),
    ];
    const { estimate, interval } = clusteredProportion(units);
    expect(estimate).toBeCloseTo((250 + 50) / 550, 12);
    expect(interval.low < estimate && estimate < interval.high).toBe(true);
  });

  test("all alike is no certainty: the clusters count, not the units", () => {
    const units = Array.from({ length: 30 }, (_, i) => unit(true, `c${i % 3}`));
    expect(clusteredProportion(units).interval).toEqual(wilsonInterval(3, 3));
    expect(clusteredProportion([]).estimate).toBeNaN();
  });
});
