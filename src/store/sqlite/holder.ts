import type { Database } from "better-sqlite3";
import { z } from "zod";
import { AppError, notFound } from "../../errors.ts";
import type { Holder } from "../ledger-store.ts";

const JobRow = z.object({
  project: z.number(),
  state: z.string(),
  epoch: z.number(),
  active_us: z.number(),
  beat_us: z.number().nullable(),
  lease_until_us: z.number().nullable(),
});

export interface HeldJob {
  /** The project's key. */
  readonly project: number;
  /** How long the job has run until now, in microseconds. */
  readonly activeUs: number;
}

/**
 * Checks that a holder still has its job; call it first in each write transaction of a job. Throws `conflict` when a
 * newer run took the job over or it has ended, `not_found` when the project has no such job.
 */
export function holderCheck(db: Database): (holder: Holder, now: number) => HeldJob {
  const find = db.prepare<[string, string]>(
    `SELECT job.project, job.state, job.epoch, job.active_us, job.beat_us, job.lease_until_us
     FROM job JOIN project ON project.key = job.project WHERE job.id = ? AND project.id = ?`,
  );
  return (holder, now) => {
    const found = find.get(holder.jobId, holder.projectId);
    if (found === undefined) throw notFound("job", holder.jobId);
    const row = JobRow.parse(found);
    if (row.epoch !== holder.epoch || row.state !== "running") throw takenOver();
    const sinceBeat = Math.min(now, row.lease_until_us ?? now) - (row.beat_us ?? now);
    return { project: row.project, activeUs: row.active_us + Math.max(0, sinceBeat) };
  };
}

export const takenOver = (): AppError =>
  new AppError("conflict", "This job was taken over, ended or cancelled meanwhile", {
    hint: "Stop this run of it; the newest one goes on.",
  });
