import { expect, it } from "vitest";
import { estimateMean, scaleOf } from "../../src/evaluation/estimate-mean.ts";
import type { ExampleValue } from "../../src/evaluation/values.ts";

const examples = (values: readonly number[]): ExampleValue[] =>
  values.map((value, i) => ({
    exampleId: `e${i}`,
    group: `e${i}`,
    split: "train",
    synthetic: false,
    tags: {},
    session: null,
    values: [value],
    passes: [null],
    missing: 0,
    failedRuns: 0,
    notApplicable: 0,
  }));

// Mean 100, standard error 100 (n 3: sd 173.2 / sqrt 3), t(.975, 2) = 4.3027: 100 -+ 430.27.
const LONG_TAIL = [0, 0, 300];

it("what a run takes has no interval below zero, and says that it was cut", () => {
  const { interval } = estimateMean(examples(LONG_TAIL), scaleOf({ bounded: false, builtin: "latency" }));
  expect(interval?.low).toBe(0);
  expect(interval?.high).toBeCloseTo(530.27, 1);
  expect(interval?.method).toBe("t, cut at the scale's end");
});

it("a measure that may be negative keeps its limits", () => {
  const { interval } = estimateMean(examples(LONG_TAIL), scaleOf({ bounded: false, builtin: "mine" }));
  expect(interval?.low).toBeCloseTo(-330.27, 1);
  expect(interval?.method).toBe("t");
});

it("a measure that happens to be 0 or 1 is no proportion", () => {
  const { interval } = estimateMean(examples([1, 1, 1, 0]), scaleOf({ bounded: false, builtin: "steps" }));
  // Mean .75, standard error .25, t(.975, 3) = 3.1824.
  expect(interval?.low).toBe(0);
  expect(interval?.high).toBeCloseTo(1.5456, 3);
});

it("an estimate stands inside its interval, also where all or none passed", () => {
  const scale = scaleOf({ bounded: true, builtin: null });
  const all = estimateMean(examples(Array.from({ length: 50 }, () => 1)), scale).interval;
  // Beta(51, 1): the lower limit is .025^(1/51).
  expect(all?.low).toBeCloseTo(0.025 ** (1 / 51), 6);
  expect(all?.high).toBe(1);
  const none = estimateMean(examples(Array.from({ length: 50 }, () => 0)), scale).interval;
  expect(none?.low).toBe(0);
  expect(none?.high).toBeCloseTo(1 - 0.025 ** (1 / 51), 6);
});
