import type { ResultRow } from "../model/evaluation.ts";
import type { Verdict } from "../model/verdict.ts";

/** What all of one example's repeats came to for one judge. */
export interface ExampleValue {
  readonly exampleId: string;
  readonly group: string;
  readonly split: ResultRow["split"];
  readonly synthetic: boolean;
  readonly tags: Readonly<Record<string, string>>;
  readonly session: string | null;
  /** Scored values, one a repeat. */
  readonly values: number[];
  readonly passes: (boolean | null)[];
  /** Verdicts that should be there and are not: unscored and errors. */
  missing: number;
  /** Of the missing: measures of runs that failed. */
  failedRuns: number;
  notApplicable: number;
}

/** A measure of a run that failed: it may have failed a threshold, but it has no value, and 0 would be the best of all. */
export const isUnmeasured = ({ value, reason }: Verdict): boolean =>
  value === null && reason === "run_failed";

/** The number that is averaged and compared: the value, or else a verdict of pass or fail as 1 or 0. */
export const scoreOf = (verdict: Verdict): number | null => {
  const { value, pass } = verdict;
  return isUnmeasured(verdict) || pass === null ? value : (value ?? (pass ? 1 : 0));
};

/** Adds a row's verdict of one judge to its example. */
export function takeRow(examples: Map<string, ExampleValue>, row: ResultRow, judge: string): void {
  const known = examples.get(row.exampleId) ?? {
    exampleId: row.exampleId,
    group: row.group,
    split: row.split,
    synthetic: row.synthetic,
    tags: row.tags,
    session: row.run.sessionId,
    values: [],
    passes: [],
    missing: 0,
    failedRuns: 0,
    notApplicable: 0,
  };
  examples.set(row.exampleId, known);
  const verdict = row.verdicts[judge];
  const value = verdict?.state === "scored" ? scoreOf(verdict) : null;
  if (verdict && value !== null) {
    known.values.push(value);
    known.passes.push(verdict.pass);
  } else if (verdict && isUnmeasured(verdict)) {
    known.missing += 1;
    known.failedRuns += 1;
    if (verdict.pass !== null) known.passes.push(verdict.pass);
  } else if (verdict?.state === "not_applicable") known.notApplicable += 1;
  else known.missing += 1;
}

export const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
