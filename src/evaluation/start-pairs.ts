import type { Context } from "../context.ts";
import type { Answer } from "../model/answer.ts";
import type { Budget } from "../model/ledger.ts";
import { compare, comparisonAnswer } from "./comparisons.ts";
import { type PlanPairs, planPairs } from "./plan-pairs.ts";
import { preflight } from "./preflight.ts";
import { answerCreated, createPlanned } from "./start.ts";

export interface StartPairs extends PlanPairs {
  readonly budget?: Budget | undefined;
  readonly dryRun: boolean;
  readonly idempotencyKey?: string | undefined;
}

/** run_judges over two evaluations: a job; when it ends at once, the comparison that its first judge decides. */
export async function startPairs(context: Context, input: StartPairs): Promise<Answer> {
  const plan = await planPairs(context, input);
  if (input.dryRun) return preflight(context, plan, input.budget);
  const job = await answerCreated(context, await createPlanned(context, plan, input));
  if (job.data["state"] !== "done") return job;
  const { baseline, candidate } = input;
  const comparison = await compare(context, { baseline, candidate, primary: plan.setup.primary });
  const { data, ...rest } = comparisonAnswer(comparison);
  const { evaluation = null, jobId = null } = job.data;
  return { ...rest, data: { jobId, evaluation, state: "done", ...data } };
}
