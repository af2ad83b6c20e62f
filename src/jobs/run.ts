import type { Logger } from "pino";
import { AppError } from "../errors.ts";
import type { Job, JobState } from "../model/job.ts";
import type { Json } from "../model/json.ts";
import type { JobProgress } from "../store/job-store.ts";
import type { Store } from "../store/store.ts";
import { findRunner } from "./kinds.ts";
import { type JobRunner, Parked } from "./runner.ts";

/** A job whose process died is free again after this long. */
export const LEASE_MS = 30_000;

export interface RunJob {
  readonly store: Store;
  readonly jobId: string;
  readonly log: Logger;
  /** Aborted when this process should stop: the job is left to whoever starts it again. */
  readonly signal: AbortSignal;
  readonly leaseMs?: number | undefined;
  /** By kind; tests give their own. */
  readonly runnerOf?: ((kind: string) => Promise<JobRunner | undefined>) | undefined;
}

/** `taken`: somebody else has the job, or it has ended. `lost`: it was taken over, or this process was stopped. */
export type RunOutcome = "taken" | "lost" | "waiting" | "done" | "failed" | "cancelled";

const CANCELLED = Symbol("cancelled");
const LOST = Symbol("lost");

/** Whether a parked job has questions left; the last answer may have come while it was being parked. */
async function stillWaits({ store, jobId }: RunJob, projectId: string): Promise<boolean> {
  const { items, total } = await store.records.ledger.listTasks({
    projectId,
    jobId,
    state: "open",
    limit: 200,
  });
  return total > items.length || items.some(({ callKey }) => callKey !== null);
}

/** Takes a job and works on it until it has ended or waits, holding it by heartbeats. */
export async function runJob(options: RunJob): Promise<RunOutcome> {
  const { store, log, leaseMs = LEASE_MS } = options;
  const job = await store.records.jobs.claim(options.jobId, leaseMs);
  if (!job) return "taken";
  const stop = new AbortController();
  const onStop = () => stop.abort(LOST);
  options.signal.addEventListener("abort", onStop);
  if (options.signal.aborted) onStop();
  const heart = startHeart({ store, job, leaseMs, log, stop });
  try {
    const runner = await (options.runnerOf ?? findRunner)(job.kind);
    if (!runner) throw new AppError("invalid_input", "No work of this kind is known to this version");
    const result = await runner(job, {
      store,
      log,
      signal: stop.signal,
      progress: (done, total, partial) => heart.note(done, total, partial),
    });
    await heart.end();
    if (stop.signal.reason === LOST) return "lost";
    const state = result instanceof Parked ? "waiting" : "done";
    const final = result instanceof Parked ? result.result : result;
    const ended = stop.signal.reason === CANCELLED ? "cancelled" : state;
    const outcome = await finish(options, job, ended, final, null);
    // Nobody else would wake it.
    return outcome === "waiting" && !(await stillWaits(options, job.projectId))
      ? await runJob(options)
      : outcome;
  } catch (error) {
    await heart.end();
    if (stop.signal.reason === LOST) return "lost";
    if (stop.signal.reason === CANCELLED)
      return await finish(options, job, "cancelled", heart.partial(), null);
    // What its reader can mend is told as the job's error; only a defect of ours needs its place in the code.
    if (error instanceof AppError && error.code !== "internal")
      log.info({ code: error.code, job: job.id, kind: job.kind }, "the job failed");
    else log.error({ err: error, job: job.id, kind: job.kind }, "the job failed");
    return await finish(options, job, "failed", heart.partial(), describe(error));
  } finally {
    options.signal.removeEventListener("abort", onStop);
  }
}

const describe = (error: unknown): string =>
  error instanceof AppError
    ? error.describe()
    : "internal: A defect of Evalwright. The job log has the cause.";

async function finish(
  { store }: RunJob,
  job: Job,
  state: JobState & ("waiting" | "done" | "failed" | "cancelled"),
  result: Json,
  error: string | null,
): Promise<RunOutcome> {
  try {
    await store.records.jobs.finish(job.id, job.epoch, state, result, error);
    return state;
  } catch (cause) {
    if (cause instanceof AppError && cause.code === "conflict") return "lost";
    throw cause;
  }
}

interface Heart {
  note(done: number, total: number | null, partial?: Json): void;
  partial(): Json;
  /** Resolves when no beat is under way. */
  end(): Promise<void>;
}

function startHeart(options: {
  store: Store;
  job: Job;
  leaseMs: number;
  log: Logger;
  stop: AbortController;
}): Heart {
  const { store, job, leaseMs, log, stop } = options;
  // What an earlier run of it came to stands until this one says more.
  let progress: JobProgress = { done: job.done, total: job.total, result: job.result };
  let heldUntil = Date.now() + leaseMs;
  let beating: Promise<void> = Promise.resolve();
  let ended = false;

  async function beat(): Promise<void> {
    if (ended) return;
    const sent = Date.now();
    try {
      const { cancelRequested } = await store.records.jobs.beat(job.id, job.epoch, progress, leaseMs);
      heldUntil = sent + leaseMs;
      if (cancelRequested) stop.abort(CANCELLED);
    } catch (error) {
      const isConflict = error instanceof AppError && error.code === "conflict";
      // A busy store is no reason to stop while the lease lasts.
      if (isConflict || Date.now() >= heldUntil) stop.abort(LOST);
      else log.warn({ err: error, job: job.id }, "a heartbeat failed");
    }
  }
  const timer = setInterval(
    () => {
      beating = beating.then(beat);
    },
    Math.min(1_000, Math.ceil(leaseMs / 4)),
  );
  return {
    note(done, total, partial) {
      progress = { done, total, result: partial ?? progress.result };
    },
    partial: () => progress.result,
    async end() {
      clearInterval(timer);
      ended = stop.signal.reason === LOST;
      await beating;
      await beat(); // the last progress; finds out whether the job is still ours
      ended = true;
    },
  };
}
