import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import type { Job } from "../../src/model/job.ts";
import type { Json } from "../../src/model/json.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";

export const PROJECT = "jobs-test";
export const silent = pino({ level: "silent" });

export async function newStore(): Promise<{ store: Store; location: string; folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), "evalwright-jobs-"));
  const location = join(folder, "evalwright.db");
  const store = await openStore(location, silent);
  await store.records.ensureProject({ id: PROJECT, slug: PROJECT });
  return { store, location, folder };
}

let jobs = 0;

export async function newJob(store: Store, kind: string, input: Json = null): Promise<string> {
  const id = `job-${process.pid}-${jobs++}`;
  await store.records.jobs.create({ id, projectId: PROJECT, kind, input, unit: "bytes" });
  return id;
}

export async function jobNow(store: Store, id: string): Promise<Job> {
  const job = await store.records.jobs.get(PROJECT, id);
  if (!job) throw new Error("the job is gone");
  return job;
}

/** Waits until the job is as wanted; fails after 40 s with what it is instead. */
export async function waitForJob(store: Store, id: string, wanted: (job: Job) => boolean): Promise<Job> {
  const until = Date.now() + 40_000;
  for (;;) {
    const job = await jobNow(store, id);
    if (wanted(job)) return job;
    if (Date.now() > until) throw new Error(`the job is still ${job.state}: ${job.error}`);
    await sleep(20);
  }
}
