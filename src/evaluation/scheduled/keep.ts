import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import { hashOf } from "../../canonical.ts";
import { runJob } from "../../jobs/run.ts";
import type { Job } from "../../model/job.ts";
import { type JudgeSchedule, SCHEDULED_JUDGING } from "../../model/judge-schedule.ts";
import type { Store } from "../../store/store.ts";
import { pause } from "./lane.ts";
import { ScheduledJobInput } from "./restore.ts";
import { dayOf, scheduleRunner } from "./run-schedule.ts";

export interface Keeping {
  readonly store: Store;
  readonly log: Logger;
  readonly projectId: string;
  read(): Promise<JudgeSchedule | undefined>;
  readonly startedUs: number;
  /** A job that was cancelled before goes on: somebody asked for it anew. Microseconds. */
  askedUs(): Promise<number>;
  readonly leaving: AbortSignal;
  readonly signal: AbortSignal;
  tell(sentence: string): void;
}

const LOOK_MS = 2_000;
const AFTER_FAILURE_MS = 10_000;

/** The job to work on: the newest one until it has ended or its day is over, then the next, the same for every process. */
async function currentJob(keeping: Keeping): Promise<Job | "cancelled"> {
  const { store, projectId } = keeping;
  const { jobs, schedules } = store.records;
  const newest = (await schedules.get(projectId))?.jobId ?? null;
  const job = newest === null ? undefined : await jobs.get(projectId, newest);
  if (job?.state === "cancelled" && job.updatedUs >= (await keeping.askedUs())) return "cancelled";
  const day = dayOf(Date.now());
  const input = ScheduledJobInput.safeParse(job?.input);
  const isToday = input.success && input.data.day === day;
  const isOver =
    job?.state === "done" || ((job?.state === "cancelled" || job?.state === "failed") && !isToday);
  if (job && !isOver) {
    if (job.state === "cancelled" || job.state === "failed") await jobs.reopen(job.id);
    return job;
  }
  const next = { day, previous: job?.id ?? null };
  const made = await jobs.create(
    { id: randomUUID(), projectId, kind: SCHEDULED_JUDGING, input: next, unit: "verdicts" },
    { key: `scheduled:${day}:${job?.id ?? ""}`, argsHash: hashOf(next) },
  );
  await schedules.noteJob(projectId, made.id);
  return made;
}

/** Works on one day's job after the other until the schedule is switched off or this process should end. */
export async function keepSchedule(keeping: Keeping): Promise<void> {
  const { store, log, leaving, signal, tell } = keeping;
  const stops = [leaving, signal];
  let said = "";
  const sayOnce = (sentence: string): void => {
    if (said !== sentence) tell(sentence);
    said = sentence;
  };
  while (!stops.some(({ aborted }) => aborted) && (await keeping.read())) {
    const job = await currentJob(keeping);
    if (job === "cancelled") {
      sayOnce("its job was cancelled; `evalwright judge-schedule set`, or a new start with --judge, goes on");
      await pause(LOOK_MS, stops);
      continue;
    }
    const stop = new AbortController();
    const onStop = () => stop.abort();
    signal.addEventListener("abort", onStop);
    const host = { ...keeping, left: onStop };
    const outcome = await runJob({
      store,
      jobId: job.id,
      log,
      signal: stop.signal,
      runnerOf: async () => scheduleRunner(host),
    });
    signal.removeEventListener("abort", onStop);
    if (outcome === "taken") sayOnce("another collector does it; this one takes over when that one goes");
    else said = "";
    if (outcome === "failed")
      tell("its job failed (jobs.log in the data folder has the cause); it is tried again");
    if (outcome !== "done") await pause(outcome === "failed" ? AFTER_FAILURE_MS : LOOK_MS, stops);
  }
}
