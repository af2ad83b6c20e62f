import type { Context } from "../context.ts";
import { notFound } from "../errors.ts";
import type { Answer, NextCall } from "../model/answer.ts";
import type { Job } from "../model/job.ts";
import { isJsonObject } from "../model/json.ts";

const POLL_MS = 250;

const ENDED = new Set(["done", "failed", "cancelled", "interrupted", "waiting"]);

const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));

async function readJob(context: Pick<Context, "store" | "project">, id: string): Promise<Job> {
  const job = await context.store.records.jobs.get(context.project.id, id);
  if (!job) throw notFound("job", id, "Job ids come from the call that started the work.");
  return job;
}

/** What its reader will want next: to wait, to answer, or to see what an evaluation came to. */
function nextCalls(job: Job): NextCall[] {
  if (job.state === "waiting")
    return [{ tool: "get_tasks", arguments: { jobId: job.id }, why: "questions wait for you" }];
  if (!ENDED.has(job.state))
    return [{ tool: "get_job", arguments: { jobId: job.id, waitSeconds: 20 }, why: "it is still running" }];
  const judge = isJsonObject(job.result) ? job.result["judge"] : undefined;
  const { sample = 1, labels = "" } = isJsonObject(job.result) ? job.result : {};
  if (job.state === "done" && job.kind === "label_sample" && typeof judge === "string")
    return [
      {
        tool: "calibrate_judge",
        arguments: { judge, labels, sample },
        why: "when these items have feedback of that name from people",
      },
    ];
  if (job.state === "done" && job.kind === "calibration" && typeof judge === "string")
    return [
      { tool: "get_record", arguments: { kind: "judge", id: judge }, why: "the judge with its newest card" },
    ];
  const { evaluation, baseline, candidate, primary } = isJsonObject(job.result) ? job.result : {};
  if (job.state !== "done" || typeof evaluation !== "string") return [];
  if (typeof baseline === "string" && typeof candidate === "string" && typeof primary === "string")
    return [
      {
        tool: "compare_evaluations",
        arguments: { baseline, candidate, primary },
        why: "the verdict on the pairs that were judged",
      },
    ];
  return [
    {
      tool: "get_record",
      arguments: { kind: "evaluation", id: evaluation, failing: true },
      why: "estimates with intervals, and the rows that fail",
    },
  ];
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
  while (!ENDED.has(job.state) && Date.now() < until && !context.signal.aborted) {
    await sleep(POLL_MS);
    job = await readJob(context, id);
    context.progress(job.done, job.total, job.unit);
  }
  return {
    data: {
      jobId: job.id,
      kind: job.kind,
      state: job.state,
      done: job.done,
      ...(job.total === null ? {} : { total: job.total }),
      unit: job.unit,
      ...(job.error ? { error: job.error } : {}),
      ...(job.state === "interrupted"
        ? { hint: "Its process died. Repeat the call that started it; it goes on where it was." }
        : {}),
      ...(job.state === "queued"
        ? { hint: "No process has taken it yet. If it stays so, manage_job with action resume starts one." }
        : {}),
      ...(job.state === "waiting"
        ? { hint: "It waits for your answers: get_tasks, then submit_answers." }
        : {}),
      ...(job.state === "failed" ? { hint: "manage_job with action resume goes on where it was." } : {}),
    },
    untrusted: isJsonObject(job.result) ? job.result : undefined,
    next: nextCalls(job),
  };
}
