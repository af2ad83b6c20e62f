import type { Database } from "better-sqlite3";
import { AppError } from "../../errors.ts";
import type { Job } from "../../model/job.ts";
import type { Json } from "../../model/json.ts";
import type { Idempotency } from "../store.ts";
import { idempotencyRecords } from "./idempotency.ts";
import { jobProgress } from "./job-progress.ts";
import { existing, JOB_COLUMNS, JobRow, jobReader, toJob } from "./job-rows.ts";
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
