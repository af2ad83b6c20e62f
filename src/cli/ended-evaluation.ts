import type { Context } from "../context.ts";
import { AppError } from "../errors.ts";
import { findEvaluation } from "../evaluation/find.ts";
import type { Evaluation } from "../model/evaluation.ts";
import { jobError } from "./job-error.ts";

/**
 * What a job came to.
 * @param again the command that goes on with it.
 * @throws AppError `unavailable` when it waits for an assistant's answers or was stopped, else what it ended with.
 */
export async function endedEvaluation(context: Context, jobId: string, again: string): Promise<Evaluation> {
  const job = await context.store.records.jobs.get(context.project.id, jobId);
  if (job?.state === "waiting")
    throw new AppError("unavailable", "Judges of this evaluation wait for answers of an assistant", {
      hint: `Configure a model endpoint (EVALWRIGHT_MODEL), use code judges, or let an assistant answer get_tasks; then: ${again}`,
    });
  if (job?.state !== "done") throw jobError("The evaluation", job, again);
  const result = job.result;
  const id = typeof result === "object" && result !== null && "evaluation" in result ? result.evaluation : "";
  return findEvaluation(context, String(id));
}
