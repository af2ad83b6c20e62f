import type { Outcome, TrainRecord } from "../search/contract.ts";
import type { ShownCase } from "./case-text.ts";
import type { TrainingRecord } from "./training-record.ts";

/** An outcome that can be put into words. */
export interface ReflectiveOutcome extends Outcome {
  /** Of training cases; null for those of validation, which no proposer sees. */
  readonly record: TrainingRecord | null;
}

export interface ChosenCases {
  readonly failing: readonly ShownCase[];
  readonly passing: readonly ShownCase[];
  /** Cases without a score or a record: they say nothing. */
  readonly missing: number;
}

const PERFECT = 1 - 1e-9;

/** Repeats of a case are one: the worst is shown. Worst cases first. */
export function chooseCases(records: readonly TrainRecord<ReflectiveOutcome>[]): ChosenCases {
  const groups = Map.groupBy(records, ({ case: { exampleId } }) => exampleId);
  const cases = [...groups.values()].flatMap((repeats): ShownCase[] => {
    const scores = repeats.map(({ outcome }) => outcome.score);
    const scored = repeats.flatMap(({ outcome: { record, score } }) =>
      record === null || score === null ? [] : [{ record, score }],
    );
    const worst = scored.toSorted((a, b) => a.score - b.score)[0];
    return worst === undefined ? [] : [{ record: worst.record, scores, isFailing: worst.score < PERFECT }];
  });
  const score = ({ record }: ShownCase): number => record.score ?? 0;
  return {
    failing: cases.filter(({ isFailing }) => isFailing).toSorted((a, b) => score(a) - score(b)),
    passing: cases.filter(({ isFailing }) => !isFailing),
    missing: groups.size - cases.length,
  };
}
