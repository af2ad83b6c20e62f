import type { Database } from "better-sqlite3";
import { dayOf } from "./spend-sheet.ts";

interface Beat {
  readonly project: number;
  readonly passed: number;
}

/**
 * Adds the time since the last claim or beat, but no more than the lease held, to what the job has run; for a job that
 * uses the ledger also to its project and day. Call it before the lease is changed, in the same transaction.
 */
export function runningTime(db: Database): (job: string, epoch: number, now: number) => void {
  const find = db.prepare<[{ job: string; epoch: number; now: number }], Beat>(
    `SELECT project, max(0, min(@now, lease_until_us) - beat_us) AS passed FROM job
     WHERE id = @job AND epoch = @epoch AND state = 'running' AND beat_us IS NOT NULL`,
  );
  const add = db.prepare("UPDATE job SET active_us = active_us + ?, beat_us = ? WHERE id = ?");
  const uses = db
    .prepare<[number, string], number>(
      "SELECT 1 FROM spend WHERE project = ? AND scope = 'job' AND owner = ?",
    )
    .pluck();
  const addTo = db.prepare(
    `INSERT INTO spend (project, scope, owner, active_us) VALUES (?, ?, ?, ?)
     ON CONFLICT (project, scope, owner) DO UPDATE SET active_us = active_us + excluded.active_us`,
  );
  return (job, epoch, now) => {
    const beat = find.get({ job, epoch, now });
    if (!beat) return;
    add.run(beat.passed, now, job);
    if (uses.get(beat.project, job) === undefined) return;
    addTo.run(beat.project, "project", "", beat.passed);
    addTo.run(beat.project, "day", dayOf(now), beat.passed);
  };
}
