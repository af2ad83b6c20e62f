import type { Context } from "../context.ts";
import { invalidInput, notFound } from "../errors.ts";
import type { Answer } from "../model/answer.ts";
import { SCHEDULED_JUDGING } from "../model/judge-schedule.ts";
import type { Budget } from "../model/ledger.ts";
import { jobAnswer } from "./answer.ts";
import { resumeJob } from "./resume.ts";

export interface ManageJob {
  readonly jobId: string;
  readonly action: "cancel" | "resume";
  /** Resume: ask again what failed. */
  readonly retryFailed: boolean;
  /** Resume: the job's budget from now on, what was spent included. */
  readonly budget?: Budget | undefined;
}

/**
 * Cancels a job (its open questions are withdrawn, what was answered is kept) or lets an interrupted, waiting, failed or
 * cancelled one go on where it was.
 * @throws AppError `not_found`; `invalid_input` for a job that is done.
 */
export async function manageJob(context: Context, input: ManageJob): Promise<Answer> {
  const { jobs, ledger } = context.store.records;
  const projectId = context.project.id;
  const job = await jobs.get(projectId, input.jobId);
  if (!job) throw notFound("job", input.jobId, "Job ids come from the call that started the work.");
  if (job.state === "done")
    throw invalidInput("This job is done", "get_job shows its result; start a new one for new work.");
  if (input.action === "cancel") {
    await jobs.requestCancel(job.id);
    await ledger.withdrawTasks(projectId, job.id);
    return jobAnswer(context, job.id, 5);
  }
  if (job.kind === SCHEDULED_JUDGING) await resumeJob(context, job.id);
  if (input.budget) await ledger.setBudget(projectId, { scope: "job", jobId: job.id }, input.budget);
  if (input.retryFailed) await ledger.forgetFailures(projectId, job.id);
  if (job.state !== "running") await resumeJob(context, job.id);
  return jobAnswer(context, job.id, 10);
}
