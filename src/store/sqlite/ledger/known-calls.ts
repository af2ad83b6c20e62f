import type { Database } from "better-sqlite3";
import type { CallRequest, Reservation, SourceRef } from "../../ledger-store.ts";
import { rowWriter } from "../write-rows.ts";
import type { CallRows } from "./calls.ts";
import { chargeLost, type ReservationRows } from "./reservations.ts";
import type { SpendSheet } from "./spend-sheet.ts";

export interface Asker {
  readonly project: number;
  readonly job: string;
  readonly epoch: number;
  readonly now: number;
  readonly sheet: SpendSheet;
}

export interface KnownCall {
  /** What can be said without running it; undefined: it is free to be run. */
  readonly reservation: Reservation | undefined;
  /** How often a holder of it has died. */
  readonly lost: number;
}

const SOURCE_DELETED: Reservation = { state: "failed", error: "What this was made from has been deleted" };

/**
 * What is known of a call, as the job that asks sees it: recorded, waited for, or in flight. A dead holder's
 * reservation is charged and taken away. Runs inside the caller's write transaction.
 */
export function knownCalls(db: Database, calls: CallRows, reservations: ReservationRows) {
  const { isDeleted } = rowWriter(db);
  const isGone = (project: number, source: SourceRef): boolean =>
    "traceId" in source && isDeleted(project, Buffer.from(source.traceId, "hex"));
  return ({ project, job, epoch, now, sheet }: Asker, { key, sources }: CallRequest): KnownCall => {
    const recorded = calls.find(project, key, job);
    if (recorded?.state === "pending") calls.wait(project, key, job);
    if (recorded) return { reservation: recorded, lost: 0 };
    if (sources.some((source) => isGone(project, source))) return { reservation: SOURCE_DELETED, lost: 0 };
    const row = reservations.byKey(project, key);
    if (!row) return { reservation: undefined, lost: 0 };
    if (row.open === 0) return { reservation: undefined, lost: row.lost };
    const isOwn = row.job === job && row.epoch === epoch;
    if (isOwn || reservations.isAlive(row, now)) return { reservation: { state: "busy" }, lost: row.lost };
    chargeLost(row, reservations, sheet);
    return { reservation: undefined, lost: row.lost + 1 };
  };
}
