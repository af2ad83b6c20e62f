import type { Context } from "../context.ts";
import { invalidInput } from "../errors.ts";
import { judgesFor } from "../judges/judges-for.ts";
import { judgeSurroundings } from "../judges/save.ts";
import type { Evaluation } from "../model/evaluation.ts";
import { workingFolder } from "../project.ts";
import { findRepository } from "../targets/repository.ts";
import { assertSameExamples } from "./comparable.ts";
import { findEvaluation } from "./find.ts";
import type { EvaluationJobInput } from "./job-input.ts";
import { newEvaluationId } from "./plan.ts";

export interface PlanPairs {
  /** Evaluation ids. */
  readonly baseline: string;
  readonly candidate: string;
  /** Of level pair; the first one decides. */
  readonly judges: readonly string[];
}

/** The evaluation that ran the agent: its runs are recorded under its id. */
const runsOf = ({ id, setup }: Evaluation): string => setup.reuse ?? id;

/**
 * A judging of two evaluations' answers to the same examples, as an evaluation of its own: its rows hold the verdicts of
 * judges of pairs from the candidate's side. Holdout examples stay out of it: a question would show them.
 * @throws AppError `refused` when the two are not of the same examples, `invalid_input` for a judge of single answers.
 */
export async function planPairs(
  context: Pick<Context, "store" | "project">,
  input: PlanPairs,
): Promise<EvaluationJobInput> {
  const [baseline, candidate] = await Promise.all([
    findEvaluation(context, input.baseline),
    findEvaluation(context, input.candidate),
  ]);
  assertSameExamples(baseline, candidate);
  const { root } = await findRepository(workingFolder());
  const { versions } = context.store.records;
  const judges = await judgesFor(versions, context.project.id, input.judges, await judgeSurroundings(root));
  const single = judges.find(({ level }) => level !== "pair");
  if (single)
    throw invalidInput(
      `Judge ${single.name} judges single answers, not pairs`,
      "Name preference, or a saved judge of level pair; others judge in run_evaluation.",
    );
  const { setup } = candidate;
  const splits = setup.splits.filter((split) => split !== "holdout");
  if (splits.length === 0)
    throw invalidInput(
      "Both evaluations are of holdout examples only",
      "These are never shown to a judge here.",
    );
  return {
    evaluationId: newEvaluationId(),
    note: null,
    repository: root,
    setup: {
      ...setup,
      splits,
      judges: [...judges],
      primary: judges[0]?.name ?? "",
      repeats: Math.min(baseline.setup.repeats, setup.repeats),
      reuse: null,
      pair: { baseline: baseline.id, candidate: candidate.id },
    },
    prompts: {},
    source: { kind: "pair", baseline: runsOf(baseline), candidate: runsOf(candidate) },
  };
}
