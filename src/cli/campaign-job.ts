import type { Context } from "../context.ts";
import { AppError } from "../errors.ts";
import type { Job } from "../model/job.ts";
import type { JsonObject } from "../model/json.ts";
import { findOptimization } from "../optimization/campaign/find.ts";
import { findMatch, isMatchId } from "../optimization/match/find.ts";
import { silentView } from "./campaign-view.ts";
import { jobError } from "./job-error.ts";
import type { OptimizeOptions } from "./optimize-options.ts";
import { reopenJob } from "./reopen-job.ts";
import { type JobView, workOnJob } from "./work-on-job.ts";

/** What a campaign or a model switch came to. */
export interface Outcome {
  readonly data: JsonObject;
  /** For a person, where it is more than the data. */
  readonly shown?: JsonObject;
  /** What a person may do next. */
  readonly hint?: string;
  readonly exitCode: number;
}

type Reading = Pick<Context, "store" | "project">;

/** @throws AppError `not_found`. */
export async function readJob({ store, project }: Reading, jobId: string): Promise<Job> {
  const job = await store.records.jobs.get(project.id, jobId);
  if (job) return job;
  throw new AppError("not_found", `No job "${jobId.slice(0, 80)}" in this project`, {
    hint: "evalwright call list_records kind=optimization shows the campaigns.",
  });
}

/** The job that is meant by its own id, a campaign's (op-...) or a model switch's (ma-...). */
export async function findJob(context: Reading, id: string): Promise<Job> {
  if (isMatchId(id)) return readJob(context, (await findMatch(context, id)).jobId);
  if (id.startsWith("op-")) return readJob(context, (await findOptimization(context, id)).jobId);
  return readJob(context, id);
}

/** Lets a job that did not end go on, with its new limits; those of `--stop` propose nothing more. */
export async function reopenCampaigns(
  context: Reading,
  { id: jobId }: Job,
  campaigns: readonly string[],
  options: OptimizeOptions,
): Promise<void> {
  const { optimizations } = context.store.records;
  if (options.stop)
    for (const id of campaigns)
      if (await optimizations.get(context.project.id, id))
        await optimizations.requestStop(context.project.id, id);
  await reopenJob(context, jobId, options);
}

/** @throws AppError `unavailable` when it waits for an assistant or was stopped, else what it ended with. */
function checkEnded(job: Job, campaignJobId: string): void {
  if (job.state === "done") return;
  const again = `evalwright optimize --resume ${campaignJobId}`;
  if (job.state === "waiting")
    throw new AppError("unavailable", "The campaign waits for answers of an assistant", {
      hint: `It answers with get_tasks, then try_candidate or submit_answers. Unattended: --proposer model, and judges that are code or have an endpoint. Then: ${again}`,
    });
  throw jobError("The campaign", job, again);
}

/**
 * Works on a job to its end, unless it has ended before.
 * @param resumedBy the job that `--resume` is told.
 * @throws AppError when it did not end: as `checkEnded`.
 */
export async function workToEnd(
  context: Context,
  {
    job,
    shown,
    resumedBy,
  }: { readonly job: Job; readonly shown: string | JobView; readonly resumedBy: string },
): Promise<Job> {
  if (job.state !== "done") await workOnJob(context, job.id, shown);
  const ended = await readJob(context, job.id);
  checkEnded(ended, resumedBy);
  return ended;
}

/** The same for a look, which may have failed before. */
export async function lookToEnd(
  context: Context,
  { look, quiet, resumedBy }: { readonly look: Job; readonly quiet: boolean; readonly resumedBy: string },
): Promise<Job> {
  await context.store.records.jobs.reopen(look.id);
  return workToEnd(context, { job: look, shown: quiet ? silentView : "rows", resumedBy });
}
