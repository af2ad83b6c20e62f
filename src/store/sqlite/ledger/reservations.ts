import type { Database } from "better-sqlite3";
import { z } from "zod";
import type { CallRequest } from "../../ledger-store.ts";
import { type SpendSheet, spendSheets } from "./spend-sheet.ts";

const ReservationRow = z.object({
  id: z.number(),
  project: z.number(),
  key: z.string(),
  kind: z.string(),
  job: z.string(),
  epoch: z.number(),
  day: z.string(),
  calls: z.number(),
  tokens: z.number(),
  usd: z.number().nullable(),
  open: z.number(),
  lost: z.number(),
  swept: z.number(),
});
export type ReservationRow = z.infer<typeof ReservationRow>;

/** Calls in flight. Every method runs inside the caller's write transaction. */
export type ReservationRows = ReturnType<typeof reservationRows>;

export function reservationRows(db: Database) {
  const columns = Object.keys(ReservationRow.shape).map((column) => `r.${column}`);
  const byKey = db.prepare<[number, string]>(
    `SELECT ${columns.join(", ")} FROM reservation r WHERE project = ? AND key = ?`,
  );
  const byId = db.prepare<[number]>(`SELECT ${columns.join(", ")} FROM reservation r WHERE id = ?`);
  const alive = db.prepare<[string, number, number]>(
    "SELECT 1 FROM job WHERE id = ? AND epoch = ? AND state = 'running' AND lease_until_us > ?",
  );
  const add = db.prepare(
    `INSERT OR REPLACE INTO reservation (project, key, kind, job, epoch, day, calls, tokens, usd, lost)
     VALUES (@project, @key, @kind, @job, @epoch, @day, @calls, @tokens, @usd, @lost)`,
  );
  const remove = db.prepare("DELETE FROM reservation WHERE id = ?");
  const close = db.prepare("UPDATE reservation SET open = 0, lost = ? WHERE id = ?");
  return {
    byKey(project: number, key: string): ReservationRow | undefined {
      const row = byKey.get(project, key);
      return row === undefined ? undefined : ReservationRow.parse(row);
    },
    byId(id: number): ReservationRow | undefined {
      const row = byId.get(id);
      return row === undefined ? undefined : ReservationRow.parse(row);
    },
    isAlive: (row: ReservationRow, now: number): boolean => alive.get(row.job, row.epoch, now) !== undefined,
    /** Returns the id. Takes the place of a closed row of the call. */
    add(
      owner: { project: number; job: string; epoch: number; day: string; lost: number },
      { key, kind, estimate }: CallRequest,
    ): number {
      return Number(add.run({ ...owner, key, kind, ...estimate }).lastInsertRowid);
    },
    remove(id: number): void {
      remove.run(id);
    },
    /** Its call is no longer in flight; the row stays to remember how often its holders died. */
    close(row: ReservationRow, lost: number): void {
      close.run(lost, row.id);
    },
  };
}

/** Charges a call whose holder died at its estimate: nobody knows whether it was paid. */
export function chargeLost(row: ReservationRow, rows: ReservationRows, sheet: SpendSheet): void {
  sheet.hold(row.job, row.day, row, -1);
  sheet.charge(row.job, row.day, row, 1);
  rows.close(row, row.lost + 1);
}

/** Charges all that a job has in flight as lost: its holder has ended or is another one. */
export function jobLosses(db: Database): (job: string) => void {
  const open = db
    .prepare<[string], number>(
      `SELECT r.id FROM job JOIN reservation r ON r.project = job.project AND r.job = job.id
     WHERE job.id = ? AND r.open = 1 ORDER BY r.id`,
    )
    .pluck();
  const rows = reservationRows(db);
  const sheets = spendSheets(db);
  return (job) => {
    let sheet: SpendSheet | undefined;
    for (const id of open.all(job)) {
      const row = rows.byId(id);
      if (!row) continue;
      sheet ??= sheets(row.project);
      chargeLost(row, rows, sheet);
    }
    sheet?.save();
  };
}
