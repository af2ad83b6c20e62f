import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "../context.ts";
import { AppError } from "../errors.ts";
import { runJob } from "../jobs/run.ts";
import type { Job } from "../model/job.ts";
import { progressBar } from "./progress-bar.ts";

/** What a person sees of a job while it is worked on. */
export interface JobView {
  show(job: Job): void | Promise<void>;
  clear(): void;
}

function barOf(unit: string): JobView {
  const bar = progressBar();
  return {
    show: ({ done, total }) => bar.show(done, total, `${done} of ${total} ${unit}`),
    clear: () => bar.clear(),
  };
}

/** Short: whoever resumes after a kill should not wait long. */
const LEASE_MS = 5_000;
const PATIENCE_MS = 35_000;

/**
 * Works on the job in this process; Ctrl-C leaves it where it is, to be resumed.
 * @param shown what its progress is shown by; a unit: by a bar.
 */
export async function workOnJob(
  { store, project, log }: Pick<Context, "store" | "project" | "log">,
  jobId: string,
  shown: JobView | string,
): Promise<void> {
  const stop = new AbortController();
  const onStop = () => stop.abort();
  process.once("SIGINT", onStop).once("SIGTERM", onStop);
  const view = typeof shown === "string" ? barOf(shown) : shown;
  const look = async () => {
    const job = await store.records.jobs.get(project.id, jobId);
    if (job) await view.show(job);
  };
  let looking: Promise<void> | undefined;
  const timer = setInterval(() => {
    looking ??= look()
      .catch(() => undefined)
      .finally(() => {
        looking = undefined;
      });
  }, 500);
  try {
    const run = () => runJob({ store, jobId, log, signal: stop.signal, leaseMs: LEASE_MS });
    let outcome = await run();
    // A process that was killed holds the job until its lease runs out.
    for (
      const until = Date.now() + PATIENCE_MS;
      outcome === "taken" && Date.now() < until;
      outcome = await run()
    ) {
      const job = await store.records.jobs.get(project.id, jobId);
      if (job?.state !== "running" && job?.state !== "interrupted") break;
      await sleep(250);
    }
    await looking;
    await look();
    if (outcome === "taken")
      throw new AppError("conflict", "Another process works on this job, or it has ended");
  } finally {
    clearInterval(timer);
    await looking;
    view.clear();
    process.off("SIGINT", onStop).off("SIGTERM", onStop);
  }
}
