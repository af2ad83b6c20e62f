import type { Database } from "better-sqlite3";
import { AppError, notFound } from "../../errors.ts";
import type { Job, JobState } from "../../model/job.ts";
import type { Json } from "../../model/json.ts";
import type { Idempotency, JobProgress } from "../store.ts";
import { idempotencyRecords } from "./idempotency.ts";
import { JOB_COLUMNS, JobRow, toJob } from "./job-rows.ts";
import { nowUs, rowWriter } from "./write-rows.ts";

interface NewJob {
  readonly id: string;
  readonly projectId: string;
  readonly kind: string;
  readonly input: Json;
  readonly unit: string;
}

/** Jobs and their leases, as documented on JobStore. Each method is one atomic write. */
export function jobOperations(db: Database) {
  return { ...jobCreation(db), ...jobProgress(db) };
}

function jobCreation(db: Database) {
  const rows = rowWriter(db);
  const records = idempotencyRecords(db);
  const byId = jobReader(db);
  const insert = db.prepare(
    `INSERT INTO job (id, project, kind, state, input, unit, created_us, updated_us)
     VALUES (@id, @project, @kind, 'queued', @input, @unit, @now, @now)`,
  );
  const create = db.transaction((job: NewJob, idempotency: Idempotency | undefined): Job => {
    rows.forget();
    const project = rows.project(job.projectId);
    const known = records.find(project, idempotency);
    const first = known === undefined ? undefined : byId(known);
    if (first) return first;
    if (byId(job.id)) throw new AppError("conflict", "A job with this id exists already");
    const { id, kind, unit } = job;
    insert.run({ id, project, kind, unit, input: JSON.stringify(job.input), now: nowUs() });
    if (known === undefined) records.remember(project, idempotency, id);
    return existing(byId(id), id);
  });
  return {
    createJob: (job: NewJob, idempotency?: Idempotency): Job => create.immediate(job, idempotency),
  };
}

function jobProgress(db: Database) {
  const byId = jobReader(db);
  const claim = db.prepare(
    `UPDATE job SET state = 'running', epoch = epoch + 1, lease_until_us = @lease, updated_us = @now,
       cancel_requested = 0, error = NULL
     WHERE id = @id AND (state IN ('queued', 'waiting')
       OR (state = 'running' AND (lease_until_us IS NULL OR lease_until_us <= @now)))`,
  );
  const beat = db.prepare(
    `UPDATE job SET done = @done, total = @total, result = @result, lease_until_us = @lease, updated_us = @now
     WHERE id = @id AND epoch = @epoch AND state = 'running'`,
  );
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
  const claimJob = db.transaction((id: string, leaseMs: number): Job | undefined => {
    const job = existing(byId(id), id);
    const now = nowUs();
    return claim.run({ id, lease: leaseEnd(now, leaseMs), now }).changes === 1 ? byId(job.id) : undefined;
  });
  const beatJob = db.transaction((id: string, epoch: number, progress: JobProgress, leaseMs: number) => {
    const now = nowUs();
    const { done, total } = progress;
    const result = JSON.stringify(progress.result);
    const row = { id, epoch, done, total, result, lease: leaseEnd(now, leaseMs), now };
    if (beat.run(row).changes === 0) throw lost(byId(id), id);
    return { cancelRequested: byId(id)?.cancelRequested ?? false };
  });
  const finishJob = db.transaction(
    (id: string, epoch: number, state: JobState, result: Json, error: string | null) => {
      const row = { id, epoch, state: storedState(state), result: JSON.stringify(result), error };
      if (finish.run({ ...row, now: nowUs() }).changes === 0) throw lost(byId(id), id);
    },
  );
  const cancelJob = db.transaction((id: string) => {
    existing(byId(id), id);
    cancel.run({ id, now: nowUs() });
  });
  return {
    claimJob: (id: string, leaseMs: number): Job | undefined => claimJob.immediate(id, leaseMs),
    beatJob: (id: string, epoch: number, progress: JobProgress, leaseMs: number) =>
      beatJob.immediate(id, epoch, progress, leaseMs),
    finishJob: (id: string, epoch: number, state: JobState, result: Json, error: string | null): void =>
      finishJob.immediate(id, epoch, state, result, error),
    cancelJob: (id: string): void => cancelJob.immediate(id),
  };
}

/** As `jobOperations`: the reads. */
export function jobReadOperations(db: Database) {
  const byId = jobReader(db);
  const list = db.prepare<[string, number]>(
    `SELECT ${JOB_COLUMNS} FROM job JOIN project ON project.key = job.project WHERE project.id = ?
     ORDER BY job.created_us DESC, job.id DESC LIMIT ?`,
  );
  return {
    getJob(projectId: string, id: string): Job | undefined {
      const job = byId(id);
      return job?.projectId === projectId ? job : undefined;
    },
    listJobs: (projectId: string, limit: number): readonly Job[] =>
      list.all(projectId, Math.max(1, Math.floor(limit))).map((row) => toJob(JobRow.parse(row), nowUs())),
  };
}

function jobReader(db: Database): (id: string) => Job | undefined {
  const find = db.prepare<[string]>(
    `SELECT ${JOB_COLUMNS} FROM job JOIN project ON project.key = job.project WHERE job.id = ?`,
  );
  return (id) => {
    const row = find.get(id);
    return row === undefined ? undefined : toJob(JobRow.parse(row), nowUs());
  };
}

const leaseEnd = (now: number, leaseMs: number): number => now + Math.round(leaseMs * 1000);

function existing(job: Job | undefined, id: string): Job {
  if (!job) throw notFound("job", id);
  return job;
}

function storedState(state: JobState): JobState {
  if (state !== "interrupted") return state;
  throw new AppError(
    "invalid_input",
    "A job cannot end as interrupted; that is shown when its lease runs out",
  );
}

function lost(job: Job | undefined, id: string): AppError {
  if (!job) return notFound("job", id);
  return new AppError("conflict", "This job was taken over, ended or cancelled meanwhile", {
    hint: "Stop this run of it; the newest one goes on.",
  });
}
