import { hashOf } from "../../canonical.ts";
import type { EvaluationJobInput, RunSource } from "../../evaluation/job-input.ts";
import type { TargetRef } from "../../model/evaluation.ts";
import type { OptimizationSetup } from "../../model/optimization.ts";

export interface HoldoutArm {
  readonly evaluationId: string;
  readonly note: string;
  /** Real path. */
  readonly repository: string;
  readonly target: TargetRef;
  readonly source: RunSource;
  /** Texts instead of the target's own, by name. */
  readonly prompts: Readonly<Record<string, string>>;
}

/** One arm of a look at the sealed examples, as an evaluation of its own. */
export const holdoutEvaluation = (
  { dataset, judges, primary, search }: Pick<OptimizationSetup, "dataset" | "judges" | "primary" | "search">,
  { evaluationId, note, repository, target, source, prompts }: HoldoutArm,
): EvaluationJobInput => ({
  evaluationId,
  note,
  repository,
  setup: {
    dataset,
    splits: ["holdout"],
    target,
    judges: [...judges],
    primary,
    // What was recorded happened once.
    repeats: source.kind === "recorded" ? 1 : search.repeats,
    seed: dataset.hash,
    prompts: Object.fromEntries(
      Object.entries(prompts).map(([name, text]) => [name, hashOf(text).slice(0, 12)]),
    ),
    reuse: null,
    pair: null,
  },
  source,
  prompts: { ...prompts },
});
