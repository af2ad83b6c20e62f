import type { Database } from "better-sqlite3";

/**
 * Withdraws the open tasks of a job and forgets their calls; a task whose call another job needs becomes that one's.
 * Returns how many were withdrawn; inside the caller's write transaction.
 */
export function taskWithdrawer(db: Database): (project: number, job: string) => number {
  const open = db.prepare<[number, string], { id: string; callKey: string | null }>(
    "SELECT id, call_key AS callKey FROM task WHERE project = ? AND job = ? AND state = 'open' ORDER BY seq",
  );
  const stopWaiting = db.prepare("DELETE FROM waiting_call WHERE project = ? AND job = ?");
  const heir = db
    .prepare<[number, string], string>(
      `SELECT w.job FROM waiting_call w JOIN job ON job.id = w.job
       WHERE w.project = ? AND w.key = ? AND job.state <> 'cancelled' ORDER BY job.created_us, job.id LIMIT 1`,
    )
    .pluck();
  const hand = [
    "UPDATE task SET job = @heir WHERE project = @project AND id = @id",
    "UPDATE call SET job = @heir WHERE project = @project AND key = @callKey",
  ].map((text) => db.prepare(text));
  const withdraw = db.prepare("UPDATE task SET state = 'withdrawn' WHERE project = ? AND id = ?");
  const forget = db.prepare("DELETE FROM call WHERE project = ? AND key = ? AND state = 'pending'");
  return (project, job) => {
    stopWaiting.run(project, job);
    let withdrawn = 0;
    for (const { id, callKey } of open.all(project, job)) {
      const next = callKey === null ? undefined : heir.get(project, callKey);
      if (next !== undefined) {
        for (const step of hand) step.run({ heir: next, project, id, callKey });
        continue;
      }
      withdraw.run(project, id);
      if (callKey !== null) forget.run(project, callKey);
      withdrawn += 1;
    }
    return withdrawn;
  };
}

/** `withdrawTasks` of LedgerStore, as documented there. */
export function withdrawOperation(db: Database) {
  const findProject = db.prepare<[string], number>("SELECT key FROM project WHERE id = ?").pluck();
  const withdraw = taskWithdrawer(db);
  const run = db.transaction((projectId: string, jobId: string): number => {
    const project = findProject.get(projectId);
    return project === undefined ? 0 : withdraw(project, jobId);
  });
  return {
    withdrawTasks: (projectId: string, jobId: string): number => run.immediate(projectId, jobId),
  };
}
