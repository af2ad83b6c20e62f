import type { Database } from "better-sqlite3";
import { z } from "zod";
import { AppError } from "../../../errors.ts";
import type { Holder, NewTask, Reservation, TaskRequest } from "../../ledger-store.ts";
import { derivedNotes } from "../derived.ts";
import { holderCheck } from "../holder.ts";
import { nowUs } from "../write-rows.ts";
import { callRows } from "./calls.ts";
import { knownCalls } from "./known-calls.ts";
import { reservationRows } from "./reservations.ts";
import { spendSheets } from "./spend-sheet.ts";

/** `ask` of LedgerStore, as documented there: one transaction. */
export function askOperation(db: Database) {
  const checkHolder = holderCheck(db);
  const sheets = spendSheets(db);
  const calls = callRows(db);
  const know = knownCalls(db, calls, reservationRows(db));
  const derived = derivedNotes(db);
  const add = taskAdder(db);
  const ask = db.transaction((holder: Holder, items: readonly TaskRequest[]): readonly Reservation[] => {
    const now = nowUs();
    const { jobId: job, epoch } = holder;
    const { project } = checkHolder(holder, now);
    const sheet = sheets(project);
    const answers = items.map(({ call, task, sources = [] }): Reservation => {
      if (!call) {
        if (add({ project, job, callKey: null }, task, now)) derived.note(project, sources, "task", task.id);
        return { state: "pending" };
      }
      const { reservation } = know({ project, job, epoch, now, sheet }, call);
      if (reservation) return reservation;
      const { key, kind } = call;
      add({ project, job, callKey: key }, task, now);
      calls.pend({ project, key, kind, job });
      calls.wait(project, key, job);
      derived.note(project, [...call.sources, ...sources], "call", key);
      return { state: "pending" };
    });
    sheet.save();
    return answers;
  });
  return {
    askTasks: (holder: Holder, items: readonly TaskRequest[]): readonly Reservation[] =>
      ask.immediate(holder, items),
  };
}

const Existing = z.object({ job: z.string(), state: z.string(), callKey: z.string().nullable() });

interface TaskOwner {
  readonly project: number;
  readonly job: string;
  readonly callKey: string | null;
}

/** Adds a task. False: it is a check that its job has asked before. A withdrawn one gives its id free. */
function taskAdder(db: Database): (owner: TaskOwner, task: NewTask, now: number) => boolean {
  const find = db.prepare<[number, string]>(
    "SELECT job, state, call_key AS callKey FROM task WHERE project = ? AND id = ?",
  );
  const remove = db.prepare("DELETE FROM task WHERE project = ? AND id = ? AND state = 'withdrawn'");
  const insert = db.prepare(
    `INSERT INTO task (project, id, job, call_key, kind, rubric, item, labels, code, is_check, known, repeats, created_us)
     VALUES (@project, @id, @job, @callKey, @kind, @rubric, @item, @labels, @code, @isCheck, @known, @repeats, @now)`,
  );
  return (owner, { check, labels, ...task }, now) => {
    const found = find.get(owner.project, task.id);
    const existing = found === undefined ? undefined : Existing.parse(found);
    if (existing && existing.state !== "withdrawn") {
      if (owner.callKey === null && existing.callKey === null && existing.job === owner.job) return false;
      throw new AppError("conflict", "A task with this id exists already");
    }
    remove.run(owner.project, task.id);
    const { known, repeats } = check ?? { known: null, repeats: null };
    const row = { ...owner, ...task, labels: JSON.stringify(labels), known, repeats, now };
    insert.run({ ...row, isCheck: check ? 1 : 0 });
    return true;
  };
}
