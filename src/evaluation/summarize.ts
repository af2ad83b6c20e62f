import { EXEMPT, NOT_CALIBRATED } from "../calibration/card-words.ts";
import type { EvaluationSummary, JudgeSummary, Measure, Slice } from "../model/estimate.ts";
import type { EvaluationSetup, ResultRow, ResultRun } from "../model/evaluation.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import type { SpendTotals } from "../model/ledger.ts";
import { passAtK, passHatK } from "../statistics/pass-at-k.ts";
import { estimateMean, scaleOf } from "./estimate-mean.ts";
import { type ExampleValue, isUnmeasured, mean, takeRow } from "./values.ts";

const MAX_SLICES = 40;
/** A slice of fewer examples says nothing. */
const LEAST_OF_SLICE = 3;

interface Tally {
  readonly judge: ResolvedJudge;
  readonly examples: Map<string, ExampleValue>;
  readonly unscored: Record<string, number>;
  readonly errors: Record<string, number>;
  readonly labels: Record<string, number>;
  rows: number;
  scored: number;
  notApplicable: number;
  failedRuns: number;
}

const count = (counts: Record<string, number>, key: string): void => {
  counts[key] = (counts[key] ?? 0) + 1;
};

function takeVerdict(tally: Tally, row: ResultRow): void {
  takeRow(tally.examples, row, tally.judge.name);
  const verdict = row.verdicts[tally.judge.name];
  tally.rows += 1;
  if (!verdict) {
    count(tally.unscored, "pending");
    return;
  }
  if (verdict.state === "scored") tally.scored += 1;
  else if (isUnmeasured(verdict)) count(tally.unscored, "run_failed");
  else if (verdict.state === "not_applicable") tally.notApplicable += 1;
  else count(verdict.state === "error" ? tally.errors : tally.unscored, verdict.reason ?? verdict.state);
  if (verdict.reason === "run_failed") tally.failedRuns += 1;
  if (verdict.label !== null) count(tally.labels, verdict.label);
}

/** The mean if all that is missing were worst, and best. */
function boundsOf({ judge, examples }: Tally): JudgeSummary["bounds"] {
  if (!judge.bounded) return null;
  const filled = (value: number) =>
    mean(
      [...examples.values()].flatMap(({ values, missing }) => {
        const all = [...values, ...Array.from({ length: missing }, () => value)];
        return mean(all) ?? [];
      }),
    );
  const [low, high] = [filled(0), filled(1)];
  return low === null || high === null ? null : { low, high };
}

function passAt({ examples }: Tally, repeats: number): JudgeSummary["passAt"] {
  if (repeats < 2) return [];
  const tasks = [...examples.values()].flatMap(({ passes }) =>
    passes.length === repeats && passes.every((pass) => pass !== null)
      ? [{ runs: repeats, passed: passes.filter(Boolean).length }]
      : [],
  );
  if (tasks.length === 0) return [];
  return Array.from({ length: repeats }, (_, i) => ({
    k: i + 1,
    any: passAtK(tasks, i + 1),
    all: passHatK(tasks, i + 1),
  }));
}

function judgeSummary(tally: Tally, repeats: number): JudgeSummary {
  const { judge, examples } = tally;
  const values = [...examples.values()];
  const estimate = estimateMean(values, scaleOf(judge));
  const passes = values.flatMap((example) => example.passes).filter((pass) => pass !== null);
  return {
    judge: judge.name,
    goal: judge.goal,
    bounded: judge.bounded,
    rows: tally.rows,
    scored: tally.scored,
    notApplicable: tally.notApplicable,
    unscored: tally.unscored,
    errors: tally.errors,
    failedRuns: tally.failedRuns,
    mean: estimate.mean,
    interval: estimate.interval,
    bounds: boundsOf(tally),
    passRate: passes.length === 0 ? null : passes.filter(Boolean).length / passes.length,
    passAt: passAt(tally, repeats),
    examples: estimate.examples,
    clusters: estimate.clusters,
    labels: tally.labels,
    calibration: judge.kind === "code" ? EXEMPT : NOT_CALIBRATED,
  };
}

const INVENTED = "origin=synthetic";
const REAL = "origin=observed or imported";

/** What is invented is told apart in any case, however few there are. */
export const keepsApart = (slice: string, slices: { has(slice: string): boolean }): boolean =>
  (slice === INVENTED || slice === REAL) && slices.has(INVENTED);

/** What an example is sliced by: each of its tags, its split, and whether it was invented. */
export const slicesOf = ({
  tags,
  split,
  synthetic,
}: Pick<ExampleValue, "tags" | "split" | "synthetic">): string[] => [
  `split=${split}`,
  synthetic ? INVENTED : REAL,
  ...Object.entries(tags).map(([key, value]) => `${key}=${value.slice(0, 60)}`),
];

/** Slices of at least three examples that are not all of them, largest first; before them by origin, where some are invented. */
function slices({ judge, examples }: Tally): Slice[] {
  const groups = new Map<string, ExampleValue[]>();
  for (const example of examples.values())
    for (const slice of slicesOf(example)) groups.set(slice, [...(groups.get(slice) ?? []), example]);
  const apart = ([slice]: readonly [string, unknown]) => keepsApart(slice, groups);
  const others = [...groups]
    .filter((group) => !apart(group))
    .filter(([, group]) => group.length >= LEAST_OF_SLICE && group.length < examples.size)
    .sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1));
  return [...[...groups].filter(apart), ...others].slice(0, MAX_SLICES).map(([slice, group]) => {
    const estimate = estimateMean(group, scaleOf(judge));
    return {
      slice,
      judge: judge.name,
      n: estimate.examples,
      mean: estimate.mean,
      interval: estimate.interval,
    };
  });
}

export function measureOf(values: readonly number[]): Measure | null {
  const sorted = values.toSorted((a, b) => a - b);
  const average = mean(sorted);
  if (average === null) return null;
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? average;
  return {
    n: sorted.length,
    mean: average,
    p50: at(0.5),
    p95: at(0.95),
    total: sorted.reduce((a, b) => a + b, 0),
  };
}

const MEASURES = ["durationMs", "costUsd", "inputTokens", "outputTokens", "steps"] as const;
type MeasureName = (typeof MEASURES)[number];

/** Gathers an evaluation's rows, one at a time, into what reports show. */
export function createSummary(setup: EvaluationSetup) {
  const tallies = setup.judges.map(
    (judge): Tally => ({
      judge,
      examples: new Map(),
      unscored: {},
      errors: {},
      labels: {},
      rows: 0,
      scored: 0,
      notApplicable: 0,
      failedRuns: 0,
    }),
  );
  const runs: Record<string, number> = {};
  const measures: Record<MeasureName, number[]> = {
    durationMs: [],
    costUsd: [],
    inputTokens: [],
    outputTokens: [],
    steps: [],
  };
  const examples = new Set<string>();
  let rows = 0;
  const takeRun = (run: ResultRun): void => {
    count(runs, run.status);
    if (run.status !== "ok") return;
    for (const name of MEASURES) {
      const value = run[name];
      if (value !== null) measures[name].push(value);
    }
  };
  return {
    add(row: ResultRow): void {
      rows += 1;
      examples.add(row.exampleId);
      takeRun(row.run);
      for (const tally of tallies) takeVerdict(tally, row);
    },
    result(rest: {
      readonly spent: SpendTotals;
      readonly answerer: EvaluationSummary["answerer"];
      readonly notes: string[];
    }): EvaluationSummary {
      const primary = tallies.find(({ judge }) => judge.name === setup.primary);
      return {
        examples: examples.size,
        rows,
        repeats: setup.repeats,
        runs,
        judges: tallies.map((tally) => judgeSummary(tally, setup.repeats)),
        slices: primary ? slices(primary) : [],
        durationMs: measureOf(measures.durationMs),
        costUsd: measureOf(measures.costUsd),
        inputTokens: measureOf(measures.inputTokens),
        outputTokens: measureOf(measures.outputTokens),
        steps: measureOf(measures.steps),
        ...rest,
      };
    },
  };
}
