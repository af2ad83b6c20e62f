import type { Database } from "better-sqlite3";
import { AppError } from "../../../errors.ts";
import type { CallRequest, Holder, Reservation, Settlement } from "../../ledger-store.ts";
import { derivedNotes } from "../derived.ts";
import { holderCheck } from "../holder.ts";
import { nowUs } from "../write-rows.ts";
import { answerOperation } from "./answers.ts";
import { askOperation } from "./ask.ts";
import { budgetChecks, budgetOperations } from "./budgets.ts";
import { callRows } from "./calls.ts";
import { decisionOperations } from "./decisions.ts";
import { findAnswerOperation } from "./find-answer.ts";
import { knownCalls } from "./known-calls.ts";
import { type ReservationRow, reservationRows } from "./reservations.ts";
import { dayOf, spendSheets } from "./spend-sheet.ts";
import { withdrawOperation } from "./withdraw.ts";

/** The writes of LedgerStore, as documented there. Each is one transaction. */
export function ledgerOperations(db: Database) {
  const reserve = reserveOperation(db);
  const settle = settleOperation(db);
  return {
    ...budgetOperations(db),
    ...decisionOperations(db),
    ...askOperation(db),
    ...answerOperation(db),
    ...withdrawOperation(db),
    ...findAnswerOperation(db),
    reserveCalls: (holder: Holder, requests: readonly CallRequest[]): readonly Reservation[] =>
      reserve.immediate(holder, requests),
    settleCalls: (holder: Holder, settlements: readonly Settlement[]): void =>
      settle.immediate(holder, settlements),
  };
}

function reserveOperation(db: Database) {
  const checkHolder = holderCheck(db);
  const sheets = spendSheets(db);
  const checks = budgetChecks(db);
  const calls = callRows(db);
  const reservations = reservationRows(db);
  const derived = derivedNotes(db);
  const know = knownCalls(db, calls, reservations);
  return db.transaction((holder: Holder, requests: readonly CallRequest[]): readonly Reservation[] => {
    const now = nowUs();
    const { jobId: job, epoch } = holder;
    const { project, activeUs } = checkHolder(holder, now);
    const day = dayOf(now);
    const sheet = sheets(project);
    const check = checks({ project, jobId: job, day, activeUs }, sheet);
    const answers = requests.map((request): Reservation => {
      const { reservation, lost } = know({ project, job, epoch, now, sheet }, request);
      if (reservation) return reservation;
      const refusal = check(request.estimate);
      if (refusal) return refusal;
      const reservationId = reservations.add({ project, job, epoch, day, lost }, request);
      sheet.hold(job, day, request.estimate, 1);
      derived.note(project, request.sources, "call", request.key);
      return { state: "reserved", reservationId, lost };
    });
    sheet.save();
    return answers;
  });
}

function settleOperation(db: Database) {
  const checkHolder = holderCheck(db);
  const sheets = spendSheets(db);
  const calls = callRows(db);
  const reservations = reservationRows(db);

  const record = (row: ReservationRow, { outcome, spent }: Settlement): void => {
    // What it was made from has been deleted meanwhile: the answer would be a copy that nobody sweeps.
    if (row.swept === 1) return;
    if (outcome.state === "answered") calls.answer(row, outcome.answer, spent);
    else if (outcome.state === "failed") calls.fail(row, outcome.error);
  };
  return db.transaction((holder: Holder, settlements: readonly Settlement[]) => {
    const { project } = checkHolder(holder, nowUs());
    const sheet = sheets(project);
    for (const settlement of settlements) {
      const row = reservations.byId(settlement.reservationId);
      if (!row || !isHeld(row, project, holder)) throw notHeld();
      sheet.hold(row.job, row.day, row, -1);
      const released = settlement.outcome.state === "released";
      if (!released) {
        sheet.charge(row.job, row.day, settlement.spent, 0);
        record(row, settlement);
      }
      if (released && row.lost > 0) reservations.close(row, row.lost);
      else reservations.remove(row.id);
    }
    sheet.save();
  });
}

const isHeld = (row: ReservationRow, project: number, { jobId, epoch }: Holder): boolean =>
  row.open === 1 && row.project === project && row.job === jobId && row.epoch === epoch;

const notHeld = (): AppError =>
  new AppError("conflict", "A reservation was settled before, or charged as lost when its lease ran out", {
    hint: "Reserve the call again; its answer is there if it was recorded.",
  });
