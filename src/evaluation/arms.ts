import type { Context } from "../context.ts";
import type { Evaluation, ResultRow } from "../model/evaluation.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import type { ScorePair } from "../statistics/score-pairs.ts";
import { rowsOf } from "./find.ts";
import { isMissing } from "./run-record.ts";
import { type ExampleValue, mean, takeRow } from "./values.ts";

export const MEASURES = ["durationMs", "costUsd", "inputTokens", "outputTokens", "steps"] as const;
const MAX_IDS = 30;

type ByExample = ReadonlyMap<string, ExampleValue>;

export interface Arm {
  readonly byJudge: ReadonlyMap<string, ByExample>;
  readonly measures: ReadonlyMap<string, Map<string, number[]>>;
  /** The group of each example: what is drawn together counts as one. */
  readonly groups: ReadonlyMap<string, string>;
  /** Examples of which a run failed: what it took says nothing of what it would take to succeed. */
  readonly failed: ReadonlySet<string>;
}

export async function readArm(
  context: Pick<Context, "store" | "project">,
  { id }: Evaluation,
  judges: readonly ResolvedJudge[],
): Promise<Arm> {
  const byJudge = new Map(judges.map(({ name }) => [name, new Map<string, ExampleValue>()]));
  const measures = new Map(MEASURES.map((name) => [name, new Map<string, number[]>()]));
  const failed = new Set<string>();
  const groups = new Map<string, string>();
  const takeMeasures = ({ exampleId, group, run }: ResultRow): void => {
    groups.set(exampleId, group);
    if (run.status !== "ok" && !isMissing(run)) failed.add(exampleId);
    for (const name of MEASURES) {
      const value = run.status === "ok" ? run[name] : null;
      const of = measures.get(name);
      if (value !== null) of?.set(exampleId, [...(of.get(exampleId) ?? []), value]);
    }
  };
  for await (const row of rowsOf(context, id, true)) {
    for (const [name, examples] of byJudge) takeRow(examples, row, name);
    takeMeasures(row);
  }
  return { byJudge, measures, groups, failed };
}

export interface Pair {
  readonly id: string;
  readonly baseline: ExampleValue | undefined;
  readonly candidate: ExampleValue | undefined;
}

/** Examples of either side; those for which the question does not arise on one of them are left out. */
export function pairsOf(baseline: ByExample, candidate: ByExample): Pair[] {
  const ids = [...new Set([...baseline.keys(), ...candidate.keys()])].sort();
  const arises = (value: ExampleValue | undefined) =>
    !value || value.values.length > 0 || value.missing > 0 || value.notApplicable === 0;
  return ids
    .map((id) => ({ id, baseline: baseline.get(id), candidate: candidate.get(id) }))
    .filter((pair) => arises(pair.baseline) && arises(pair.candidate));
}

/** Pairs of which a side lacks the value of a measure because a run failed. */
export const failedPairs = (pairs: readonly Pair[]): number =>
  pairs.filter(({ baseline, candidate }) => (baseline?.failedRuns ?? 0) + (candidate?.failedRuns ?? 0) > 0)
    .length;

/** A lower-is-better measure is turned, so that larger is better for the test. */
export const signOf = ({ goal }: ResolvedJudge): 1 | -1 => (goal === "higher" ? 1 : -1);

export const scoreRows = (pairs: readonly Pair[], sign: 1 | -1): ScorePair[] =>
  pairs.map(({ id, baseline, candidate }) => {
    const value = (side: ExampleValue | undefined) => {
      const own = side ? mean(side.values) : null;
      // A mean over some of the repeats would hide that the others are missing.
      return own === null || (side?.missing ?? 0) > 0 ? null : own * sign;
    };
    return {
      exampleId: id,
      cluster: (baseline ?? candidate)?.group ?? null,
      baseline: value(baseline),
      candidate: value(candidate),
    };
  });

/** Passing: more than half of the repeats. */
function passes(value: ExampleValue | undefined): boolean | null {
  const known = value?.passes.filter((pass) => pass !== null) ?? [];
  return known.length === 0 ? null : known.filter(Boolean).length * 2 > known.length;
}

/** Examples that went from failing to passing and back; ids of the holdout are not told. */
export function flipsOf(pairs: readonly Pair[]) {
  const flips = pairs.map((pair) => ({ pair, before: passes(pair.baseline), after: passes(pair.candidate) }));
  const gained = flips.filter(({ before, after }) => before === false && after === true);
  const lost = flips.filter(({ before, after }) => before === true && after === false);
  const open = (found: typeof flips) =>
    found
      .filter(({ pair }) => (pair.baseline ?? pair.candidate)?.split !== "holdout")
      .map(({ pair }) => pair.id)
      .slice(0, MAX_IDS);
  return { gained: gained.length, lost: lost.length, gainedIds: open(gained), lostIds: open(lost) };
}
