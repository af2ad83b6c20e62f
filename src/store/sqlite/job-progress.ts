import type { Database } from "better-sqlite3";
import { AppError, notFound } from "../../errors.ts";
import type { Job, JobState } from "../../model/job.ts";
import type { Json } from "../../model/json.ts";
import type { JobProgress } from "../job-store.ts";
import { takenOver } from "./holder.ts";
import { existing, jobReader } from "./job-rows.ts";
import { jobLosses } from "./ledger/reservations.ts";
import { runningTime } from "./ledger/running-time.ts";
import { taskWithdrawer } from "./ledger/withdraw.ts";
import { ownMark } from "./process-mark.ts";
import { nowUs } from "./write-rows.ts";

/** The life of a job after its creation, as documented on JobStore. */
export function jobProgress(db: Database) {
  return { ...claiming(db), ...beating(db), ...ending(db) };
}

function claiming(db: Database) {
  const byId = jobReader(db);
  const loseInFlight = jobLosses(db);
  const claim = db.prepare(
    `UPDATE job SET state = 'running', epoch = epoch + 1, lease_until_us = @lease, updated_us = @now, beat_us = @now,
       process = @process, cancel_requested = 0, error = NULL
     WHERE id = @id AND (state IN ('queued', 'waiting')
       OR (state = 'running' AND (lease_until_us IS NULL OR lease_until_us <= @now)))`,
  );
  const reopen = db.prepare(
    `UPDATE job SET state = 'queued', error = NULL, cancel_requested = 0, updated_us = @now
     WHERE id = @id AND (state IN ('failed', 'cancelled', 'waiting')
       OR (state = 'running' AND (lease_until_us IS NULL OR lease_until_us <= @now)))`,
  );
  const release = leaseOfDead(db);
  const claimJob = db.transaction((id: string, leaseMs: number): Job | undefined => {
    release(existing(byId(id), id));
    const now = nowUs();
    const row = { id, lease: leaseEnd(now, leaseMs), process: ownMark(), now };
    if (claim.run(row).changes === 0) return undefined;
    loseInFlight(id);
    return byId(id);
  });
  const reopenJob = db.transaction((id: string) => {
    release(existing(byId(id), id));
    reopen.run({ id, now: nowUs() });
  });
  return {
    claimJob: (id: string, leaseMs: number): Job | undefined => claimJob.immediate(id, leaseMs),
    reopenJob: (id: string): void => reopenJob.immediate(id),
  };
}

function beating(db: Database) {
  const byId = jobReader(db);
  const addTime = runningTime(db);
  const beat = db.prepare(
    `UPDATE job SET done = @done, total = @total, result = @result, lease_until_us = @lease, updated_us = @now
     WHERE id = @id AND epoch = @epoch AND state = 'running'`,
  );
  const beatJob = db.transaction((id: string, epoch: number, progress: JobProgress, leaseMs: number) => {
    const now = nowUs();
    const { done, total } = progress;
    const result = JSON.stringify(progress.result);
    addTime(id, epoch, now);
    const row = { id, epoch, done, total, result, lease: leaseEnd(now, leaseMs), now };
    if (beat.run(row).changes === 0) throw lost(byId(id), id);
    return { cancelRequested: byId(id)?.cancelRequested ?? false };
  });
  return {
    beatJob: (id: string, epoch: number, progress: JobProgress, leaseMs: number) =>
      beatJob.immediate(id, epoch, progress, leaseMs),
  };
}

function ending(db: Database) {
  const byId = jobReader(db);
  const addTime = runningTime(db);
  const end = jobEnd(db);
  const finish = db.prepare(
    `UPDATE job SET state = @state, result = @result, error = @error, lease_until_us = NULL, updated_us = @now
     WHERE id = @id AND epoch = @epoch AND state = 'running'`,
  );
  // A job that nobody runs is cancelled at once: nobody would read the request.
  const cancel = db.prepare(
    `UPDATE job SET cancel_requested = 1, updated_us = @now,
       state = CASE WHEN state = 'running' AND lease_until_us > @now THEN state ELSE 'cancelled' END
     WHERE id = @id AND state IN ('queued', 'waiting', 'running')`,
  );
  const finishJob = db.transaction(
    (id: string, epoch: number, state: JobState, result: Json, error: string | null) => {
      const now = nowUs();
      addTime(id, epoch, now);
      const row = { id, epoch, state: storedState(state), result: JSON.stringify(result), error, now };
      if (finish.run(row).changes === 0) throw lost(byId(id), id);
      end(id);
    },
  );
  const release = leaseOfDead(db);
  const cancelJob = db.transaction((id: string) => {
    release(existing(byId(id), id));
    if (cancel.run({ id, now: nowUs() }).changes === 1) end(id);
  });
  return {
    finishJob: (id: string, epoch: number, state: JobState, result: Json, error: string | null): void =>
      finishJob.immediate(id, epoch, state, result, error),
    cancelJob: (id: string): void => cancelJob.immediate(id),
  };
}

/** Takes the lease from a job whose process has died. */
function leaseOfDead(db: Database): (job: Job) => void {
  const expire = db.prepare(
    "UPDATE job SET lease_until_us = @now WHERE id = @id AND state = 'running' AND lease_until_us > @now",
  );
  return ({ id, state }) => {
    if (state === "interrupted") expire.run({ id, now: nowUs() });
  };
}

/** What a job leaves in the ledger when it stops running; nothing while it runs. */
function jobEnd(db: Database): (id: string) => void {
  const find = db.prepare<[string], { project: number; state: string }>(
    "SELECT project, state FROM job WHERE id = ?",
  );
  const loseInFlight = jobLosses(db);
  const withdraw = taskWithdrawer(db);
  return (id) => {
    const job = find.get(id);
    if (!job || job.state === "running") return;
    loseInFlight(id);
    if (job.state === "cancelled") withdraw(job.project, id);
  };
}

const leaseEnd = (now: number, leaseMs: number): number => now + Math.round(leaseMs * 1000);

function storedState(state: JobState): JobState {
  if (state !== "interrupted") return state;
  throw new AppError(
    "invalid_input",
    "A job cannot end as interrupted; that is shown when its lease runs out",
  );
}

const lost = (job: Job | undefined, id: string): AppError => (job ? takenOver() : notFound("job", id));
