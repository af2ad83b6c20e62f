import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "../../context.ts";
import { AppError } from "../../errors.ts";
import { jobAnswer } from "../../jobs/answer.ts";
import { resumeJob } from "../../jobs/resume.ts";
import type { Answer } from "../../model/answer.ts";
import type { JobState } from "../../model/job.ts";

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

/** What nobody works on before somebody lets it go on. */
const RESTS: ReadonlySet<JobState> = new Set(["waiting", "interrupted"]);
const FAILS: ReadonlySet<JobState> = new Set(["failed", "cancelled"]);

/**
 * Asks searches to end, and lets a job that nobody runs go on to its end: also one that only now begins to wait, which it
 * may do without having heard that it is to end.
 * @param ended what has ended; undefined while it has not.
 * @returns what `ended` gives; undefined when that takes longer than one call, or answers that somebody has to give first.
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
  const stateOf = async () => (await jobs.get(projectId, jobId))?.state ?? "failed";
  for (const id of ids)
    if (await optimizations.get(projectId, id)) await optimizations.requestStop(projectId, id);
  const first = await stateOf();
  let goesOn = RESTS.has(first) || FAILS.has(first);
  if (goesOn) await resumeJob(context, jobId);
  for (const until = Date.now() + PATIENCE_S * 1_000; Date.now() < until; await sleep(POLL_MS)) {
    const state = await stateOf();
    const now = await ended();
    if (now !== undefined) return now;
    if (FAILS.has(state))
      throw new AppError("conflict", `The ${what}'s job is ${state}`, {
        hint: `manage_job with ${jobId} and resume lets it go on; then call finish_optimization again.`,
      });
    if (!RESTS.has(state)) continue;
    if (goesOn) return undefined;
    goesOn = true;
    await resumeJob(context, jobId);
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
