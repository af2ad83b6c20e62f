import { describe, expect, test } from "vitest";
import {
  clusteredStandardError,
  clusteredTInterval,
  designEffect,
  intraclassCorrelation,
} from "../../src/statistics/clustered-mean.ts";
import { tInterval } from "../../src/statistics/mean.ts";
import { passAtK, passHatK } from "../../src/statistics/pass-at-k.ts";
import { studentTQuantile } from "../../src/statistics/student-t.ts";
import { expectClose } from "./relative.ts";

/**
 * tau-bench airline, gpt-4o, 50 tasks of 4 runs: how many tasks passed 0, 1, 2, 3 and 4 times. It is the only
 * distribution with the published pass^1 .. pass^4 of .420, .273, .220 and .200 (sierra-research/tau-bench, README).
 */
const TAU = [14, 12, 10, 4, 10];
const tasks = TAU.flatMap((count, passed) => Array.from({ length: count }, () => ({ runs: 4, passed })));
const runs = tasks.map(({ passed }) => [0, 1, 2, 3].map((run) => (run < passed ? 1 : 0)));

describe("means", () => {
  test("Student's sleep data: t interval of the paired difference", () => {
    // R documentation of `sleep`: t.test(extra ~ group, paired = TRUE) gives 0.7001142 to 2.4598858
    const interval = tInterval([1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4]);
    expect(interval.low).toBeCloseTo(0.7001142, 7);
    expect(interval.high).toBeCloseTo(2.4598858, 7);
  });

  test("one value says nothing of its spread", () => {
    expect(tInterval([3])).toEqual({ low: -Infinity, high: Infinity, level: 0.95 });
    expect(clusteredTInterval([[1, 2, 3]]).high).toBe(Infinity);
  });

  test("tau-bench airline: four runs of a task are not four independent tasks", () => {
    const independent = clusteredStandardError(
      runs.flat().map((value) => [value]),
      { smallSample: true },
    );
    expect(independent).toBeCloseTo(0.0349874, 7);
    expect(clusteredStandardError(runs, { smallSample: false })).toBeCloseTo(0.0516914, 7);
    expect(clusteredStandardError(runs)).toBeCloseTo(0.0522162, 7);
    expect(intraclassCorrelation(runs)).toBeCloseTo(0.40458, 5);
    expect(designEffect(runs)).toBeCloseTo(2.2138, 4);
    const interval = clusteredTInterval(runs);
    expectClose(interval.high - 0.42, studentTQuantile(0.975, 49) * clusteredStandardError(runs), 1e-12);
  });

  test("clusters of one reduce to the usual standard error", () => {
    const values = [1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4];
    const clustered = clusteredTInterval(values.map((value) => [value]));
    expectClose(clustered.low, tInterval(values).low, 1e-12);
  });
});

describe("repeated runs", () => {
  test("pass^k gives tau-bench's published table", () => {
    expect([1, 2, 3, 4].map((k) => passHatK(tasks, k).toFixed(3))).toEqual([
      "0.420",
      "0.273",
      "0.220",
      "0.200",
    ]);
    expect(passHatK(tasks, 2)).toBeCloseTo(0.273333, 6);
  });

  test("pass@k is the unbiased estimate of Chen et al. 2021", () => {
    // 1 - C(n - c, k) / C(n, k): 1 - C(7, 5) / C(10, 5) = 1 - 21 / 252
    expectClose(passAtK([{ runs: 10, passed: 3 }], 5), 1 - 21 / 252, 1e-14);
    expect(passAtK([{ runs: 10, passed: 6 }], 5)).toBe(1);
    expect(passAtK(tasks, 1)).toBeCloseTo(0.42, 12);
    expectClose(passAtK(tasks, 4), 36 / 50, 1e-12);
    expectClose(passAtK([{ runs: 5_000, passed: 1 }], 2_500), 0.5, 1e-12);
  });

  test("k above the runs of a task is refused, not guessed", () => {
    expect(() => passHatK([...tasks, { runs: 3, passed: 3 }], 4)).toThrow(/1 of 51 have fewer/);
    expect(() => passAtK(tasks, 0)).toThrow(/k = 0/);
  });
});
