import type { Database } from "better-sqlite3";
import { z } from "zod";
import { notFound } from "../../errors.ts";
import { type Job, JobState } from "../../model/job.ts";
import { hasEnded } from "./process-mark.ts";
import { nowUs } from "./write-rows.ts";

export const JOB_COLUMNS = `job.id, project.id AS projectId, job.kind, job.state, job.input, job.done, job.total,
  job.unit, job.result, job.error, job.created_us AS createdUs, job.updated_us AS updatedUs, job.epoch,
  job.lease_until_us AS leaseUntilUs, job.process, job.cancel_requested AS cancelRequested`;

export const JobRow = z.object({
  id: z.string(),
  projectId: z.string(),
  kind: z.string(),
  state: JobState,
  input: z.string(),
  done: z.number(),
  total: z.number().nullable(),
  unit: z.string(),
  result: z.string(),
  error: z.string().nullable(),
  createdUs: z.number(),
  updatedUs: z.number(),
  epoch: z.number(),
  leaseUntilUs: z.number().nullable(),
  process: z.string().nullable(),
  cancelRequested: z.number(),
});

/** A job as it stands at `now` (microseconds): running with its lease run out or its process dead is `interrupted`. */
export function toJob({ process, ...row }: z.infer<typeof JobRow>, now: number): Job {
  const expired = row.leaseUntilUs === null || row.leaseUntilUs <= now;
  const isInterrupted = row.state === "running" && (expired || hasEnded(process));
  return {
    ...row,
    state: isInterrupted ? "interrupted" : row.state,
    input: JSON.parse(row.input),
    result: JSON.parse(row.result),
    cancelRequested: row.cancelRequested === 1,
  };
}

/** Finds a job, of whatever project, by its id. */
export function jobReader(db: Database): (id: string) => Job | undefined {
  const find = db.prepare<[string]>(
    `SELECT ${JOB_COLUMNS} FROM job JOIN project ON project.key = job.project WHERE job.id = ?`,
  );
  return (id) => {
    const row = find.get(id);
    return row === undefined ? undefined : toJob(JobRow.parse(row), nowUs());
  };
}

/** Throws `not_found` for a job that is not there. */
export function existing(job: Job | undefined, id: string): Job {
  if (!job) throw notFound("job", id);
  return job;
}
