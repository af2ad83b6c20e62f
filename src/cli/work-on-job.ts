import { setTimeout as sleep } from "node:timers/promises";
import type { App } from "../app/app.ts";
import { AppError } from "../errors.ts";
import { runJob } from "../jobs/run.ts";
import { progressBar } from "./progress-bar.ts";

/** Short: whoever resumes after a kill should not wait long. */
const LEASE_MS = 5_000;
const PATIENCE_MS = 35_000;

/** Works on the job in this process, with a bar; Ctrl-C leaves it where it is, to be resumed. */
export async function workOnJob(app: App, jobId: string, unit: string): Promise<void> {
  const stop = new AbortController();
  const onStop = () => stop.abort();
  process.once("SIGINT", onStop).once("SIGTERM", onStop);
  const bar = progressBar();
  const timer = setInterval(() => {
    app.store.records.jobs.get(app.project.id, jobId).then(
      (job) => job && bar.show(job.done, job.total, `${job.done} of ${job.total} ${unit}`),
      () => undefined,
    );
  }, 500);
  try {
    const run = () =>
      runJob({ store: app.store, jobId, log: app.log, signal: stop.signal, leaseMs: LEASE_MS });
    let outcome = await run();
    // A process that was killed holds the job until its lease runs out.
    for (
      const until = Date.now() + PATIENCE_MS;
      outcome === "taken" && Date.now() < until;
      outcome = await run()
    ) {
      const job = await app.store.records.jobs.get(app.project.id, jobId);
      if (job?.state !== "running" && job?.state !== "interrupted") break;
      await sleep(250);
    }
    bar.clear();
    if (outcome === "taken")
      throw new AppError("conflict", "Another process works on this job, or it has ended");
  } finally {
    clearInterval(timer);
    bar.clear();
    process.off("SIGINT", onStop).off("SIGTERM", onStop);
  }
}
