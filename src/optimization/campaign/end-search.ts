import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "../../context.ts";
import { AppError } from "../../errors.ts";
import { jobAnswer } from "../../jobs/answer.ts";
import { resumeJob } from "../../jobs/resume.ts";
import type { Answer } from "../../model/answer.ts";

/** Seconds that a call waits for searches to end, and for a look. */
export const PATIENCE_S = 15;
const POLL_MS = 250;

export interface Searching {
  readonly jobId: string;
  /** What the job is of, as errors name it: `campaign`, `switch`. */
  readonly what: string;
  /** Campaigns that are to end at their next step; those that have not begun are left out. */
  readonly optimizations: readonly string[];
}

/**
 * Asks searches to end, and lets a job that nobody runs go on to its end.
 * @param ended what has ended; undefined while it has not.
 * @returns what `ended` gives; undefined when that takes longer than one call.
 * @throws AppError `conflict` when the job failed or was cancelled.
 */
export async function endSearch<Ended>(
  context: Context,
  { jobId, what, optimizations: ids }: Searching,
  ended: () => Promise<Ended | undefined>,
): Promise<Ended | undefined> {
  const before = await ended();
  if (before !== undefined) return before;
  const { optimizations, jobs } = context.store.records;
  const projectId = context.project.id;
  for (const id of ids)
    if (await optimizations.get(projectId, id)) await optimizations.requestStop(projectId, id);
  const job = await jobs.get(projectId, jobId);
  if (job && job.state !== "running" && job.state !== "queued") await resumeJob(context, jobId);
  for (const until = Date.now() + PATIENCE_S * 1_000; Date.now() < until; await sleep(POLL_MS)) {
    const now = await ended();
    if (now !== undefined) return now;
    const state = (await jobs.get(projectId, jobId))?.state;
    if (state === "failed" || state === "cancelled")
      throw new AppError("conflict", `The ${what}'s job is ${state}`, {
        hint: `manage_job with ${jobId} and resume lets it go on; then call finish_optimization again.`,
      });
  }
  return undefined;
}

/** What a call answers whose searches have not ended yet: their job as it is, which may wait for answers. */
export async function stoppingAnswer(
  context: Context,
  jobId: string,
  named: { readonly optimization: string } | { readonly match: string },
): Promise<Answer> {
  const answer = await jobAnswer(context, jobId, 0);
  const [optimization = ""] = Object.values(named);
  const why = "when the search has ended";
  return {
    ...answer,
    data: { ...named, stopping: true, ...answer.data },
    next: [...(answer.next ?? []), { tool: "finish_optimization", arguments: { optimization }, why }],
  };
}
