import type { Database } from "better-sqlite3";
import { AppError, notFound } from "../../errors.ts";
import type { Holder } from "../ledger-store.ts";

/**
 * Refuses the writes of a run of a job that is not the newest; inside the caller's write transaction. Returns the
 * project's key. Throws `not_found` for a job that the project does not have, `conflict` when it was taken over,
 * ended or cancelled.
 */
export function holderCheck(db: Database): (holder: Holder) => number {
  const find = db.prepare<[string, string], { project: number; state: string; epoch: number }>(
    `SELECT job.project, job.state, job.epoch FROM job JOIN project ON project.key = job.project
     WHERE project.id = ? AND job.id = ?`,
  );
  return ({ projectId, jobId, epoch }) => {
    const job = find.get(projectId, jobId);
    if (!job) throw notFound("job", jobId);
    if (job.state === "running" && job.epoch === epoch) return job.project;
    throw new AppError("conflict", "This job was taken over, ended or cancelled meanwhile", {
      hint: "Stop this run of it; the newest one goes on.",
    });
  };
}
