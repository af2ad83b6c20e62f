import type { Context } from "../context.ts";
import { AppError } from "../errors.ts";
import { jobAnswer } from "../jobs/answer.ts";
import { createJob, type JobTerms } from "../jobs/create.ts";
import { resumeJob } from "../jobs/resume.ts";
import type { Answer } from "../model/answer.ts";
import type { Budget } from "../model/ledger.ts";
import type { EvaluationJobInput } from "./job-input.ts";
import { planEvaluation, type RunEvaluation } from "./plan.ts";
import { preflight } from "./preflight.ts";
import { priceProblem } from "./unpriced.ts";

export interface StartEvaluation extends RunEvaluation {
  readonly budget?: Budget | undefined;
  readonly dryRun: boolean;
  readonly idempotencyKey?: string | undefined;
}

/** Seconds that the call waits for a short evaluation before it answers with the job's handle. */
const PATIENCE_S = 15;

export interface CreatedEvaluation {
  readonly jobId: string;
  readonly state: string;
  readonly plan: EvaluationJobInput;
}

/**
 * Creates the job of a planned evaluation, without starting it.
 * @param input the call's arguments: the same key with others is a conflict.
 */
export async function createPlanned(
  context: Pick<Context, "store" | "project">,
  plan: EvaluationJobInput,
  input: JobTerms,
): Promise<CreatedEvaluation> {
  const unpriced = await priceProblem(context, plan, input.budget);
  if (unpriced) throw unpriced;
  const job = await createJob(context, { kind: "evaluation", input: plan, unit: "rows" }, input);
  return { jobId: job.id, state: job.state, plan };
}

/** Creates the job of an evaluation, without starting it. */
const createEvaluation = async (
  context: Pick<Context, "store" | "project" | "now" | "allowCommands">,
  input: StartEvaluation,
): Promise<CreatedEvaluation> => createPlanned(context, await planEvaluation(context, input), input);

/** Starts a created evaluation and waits a little: its job as its reader sees it, the evaluation's id first. */
export async function answerCreated(
  context: Context,
  { jobId, state, plan }: CreatedEvaluation,
): Promise<Answer> {
  if (state === "queued" || state === "interrupted") await resumeJob(context, jobId);
  const answer = await jobAnswer(context, jobId, PATIENCE_S);
  const job = await context.store.records.jobs.get(context.project.id, jobId);
  if (!job) throw new AppError("not_found", "The job was deleted meanwhile");
  const evaluation = isEvaluation(job.input) ? job.input.evaluationId : plan.evaluationId;
  return { ...answer, data: { evaluation, ...answer.data } };
}

/** run_evaluation: a job that outlives this process; short ones answer at once. */
export async function startEvaluation(context: Context, input: StartEvaluation): Promise<Answer> {
  if (input.dryRun) return preflight(context, await planEvaluation(context, input), input.budget);
  return answerCreated(context, await createEvaluation(context, input));
}

const isEvaluation = (value: unknown): value is { evaluationId: string } =>
  typeof value === "object" &&
  value !== null &&
  "evaluationId" in value &&
  typeof value.evaluationId === "string";
