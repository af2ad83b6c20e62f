import { type App, contextFor } from "../app/app.ts";
import { AppError } from "../errors.ts";
import { findEvaluation } from "../evaluation/find.ts";
import type { Evaluation } from "../model/evaluation.ts";
import { jobError } from "./job-error.ts";

/** What a command that no client waits for has of a call. */
export const IDLE = { signal: new AbortController().signal, progress: () => undefined };

/**
 * What a job came to.
 * @param again the command that goes on with it.
 * @throws AppError `unavailable` when it waits for an assistant's answers or was stopped, else what it ended with.
 */
export async function endedEvaluation(app: App, jobId: string, again: string): Promise<Evaluation> {
  const job = await app.store.records.jobs.get(app.project.id, jobId);
  if (job?.state === "waiting")
    throw new AppError("unavailable", "Judges of this evaluation wait for answers of an assistant", {
      hint: `Configure a model endpoint (EVALWRIGHT_MODEL), use code judges, or let an assistant answer get_tasks; then: ${again}`,
    });
  if (job?.state !== "done") throw jobError("The evaluation", job, again);
  const context = await contextFor(app, undefined, IDLE);
  const result = job.result;
  const id = typeof result === "object" && result !== null && "evaluation" in result ? result.evaluation : "";
  return findEvaluation(context, String(id));
}
