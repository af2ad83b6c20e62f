import { withTrust } from "../calibration/judge-trust.ts";
import type { Context } from "../context.ts";
import { AppError, invalidInput, notFound } from "../errors.ts";
import { EvaluationSummary } from "../model/estimate.ts";
import type { Evaluation, ResultRow } from "../model/evaluation.ts";

/**
 * The evaluation with this id.
 * @throws AppError `not_found` with the newest ones.
 */
export async function findEvaluation(
  context: Pick<Context, "store" | "project">,
  id: string,
): Promise<Evaluation> {
  const { evaluations } = context.store.records;
  const found = await evaluations.get(context.project.id, id);
  if (found) return withTrust(context.store.records.versions, found);
  const { items } = await evaluations.list({ projectId: context.project.id, limit: 5 });
  if (items.length === 0) throw notFound("evaluation", id, "There is none yet: run_evaluation makes one.");
  throw new AppError("not_found", `No evaluation "${id.slice(0, 80)}" in this project`, {
    hint: `The newest: ${items.map((item) => item.id).join(", ")}.`,
  });
}

/**
 * What an ended evaluation came to.
 * @throws AppError `invalid_input` while it has not ended.
 */
export function summaryOf(evaluation: Evaluation): EvaluationSummary {
  const parsed = EvaluationSummary.safeParse(evaluation.summary);
  if (evaluation.endedUs !== null && parsed.success) return parsed.data;
  throw invalidInput(
    `Evaluation ${evaluation.id} has not ended`,
    `get_job with ${evaluation.jobId} shows how far it is; manage_job resumes it.`,
  );
}

/** All rows that may be seen, in order of example and repeat, a page at a time. */
export async function* rowsOf(
  context: Pick<Context, "store" | "project">,
  evaluationId: string,
  includeHoldout = false,
): AsyncGenerator<ResultRow> {
  let cursor: string | undefined;
  do {
    const page = await context.store.records.evaluations.readRows({
      projectId: context.project.id,
      evaluationId,
      includeHoldout,
      limit: 200,
      cursor,
    });
    yield* page.items;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
}
