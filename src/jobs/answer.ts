import type { Context } from "../context.ts";
import { notFound } from "../errors.ts";
import { progressTable } from "../evaluation/scheduled/progress-table.ts";
import type { Answer } from "../model/answer.ts";
import type { Job } from "../model/job.ts";
import { isJsonObject } from "../model/json.ts";
import { SCHEDULED_JUDGING } from "../model/judge-schedule.ts";
import { hintOf } from "./hint.ts";
import { isUnderWay, nextCalls } from "./next-calls.ts";

const POLL_MS = 250;

const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));

async function readJob(context: Pick<Context, "store" | "project">, id: string): Promise<Job> {
  const job = await context.store.records.jobs.get(context.project.id, id);
  if (!job) throw notFound("job", id, "Job ids come from the call that started the work.");
  return job;
}

/**
 * A job as its reader sees it: state, progress, and its result so far. Waits for the end up to `waitSeconds`,
 * reporting progress meanwhile. File names and reasons in a result may come from outside: they are untrusted.
 */
export async function jobAnswer(
  context: Pick<Context, "store" | "project" | "signal" | "progress">,
  id: string,
  waitSeconds: number,
): Promise<Answer> {
  const until = Date.now() + waitSeconds * 1_000;
  let job = await readJob(context, id);
  while (isUnderWay(job) && Date.now() < until && !context.signal.aborted) {
    await sleep(POLL_MS);
    job = await readJob(context, id);
    context.progress(job.done, job.total, job.unit);
  }
  const hint = hintOf(job);
  return {
    data: {
      jobId: job.id,
      kind: job.kind,
      state: job.state,
      done: job.done,
      ...(job.total === null ? {} : { total: job.total }),
      unit: job.unit,
      ...(job.error ? { error: job.error } : {}),
      ...(hint === undefined ? {} : { hint }),
    },
    untrusted:
      job.kind === SCHEDULED_JUDGING
        ? progressTable(job.result)
        : isJsonObject(job.result)
          ? job.result
          : undefined,
    next: nextCalls(job),
  };
}
