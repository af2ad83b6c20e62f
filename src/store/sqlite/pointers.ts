import type { Database } from "better-sqlite3";
import { z } from "zod";
import { AppError } from "../../errors.ts";
import type { Pointer, PointerMove, PointerStore } from "../pointer-store.ts";
import type { Idempotency } from "../store.ts";
import type { VersionedKind } from "../version-store.ts";
import { idempotencyRecords } from "./idempotency.ts";
import { nowUs, rowWriter } from "./write-rows.ts";

type NewMove = Parameters<PointerStore["move"]>[0];

const MoveRow = z.object({
  pointer: z.string(),
  from: z.string().nullable(),
  to: z.string().nullable(),
  note: z.string().nullable(),
  movedUs: z.number(),
});
const Moved = MoveRow.extend({ moved: z.boolean() });

const MOST_LISTED = 2_000;

const KEY = "project = @project AND kind = @kind AND name = @name AND pointer = @pointer";

/** The write of PointerStore, as documented there. */
export function pointerOperations(db: Database) {
  const rows = rowWriter(db);
  const records = idempotencyRecords(db);
  const current = db.prepare<[object], string>(`SELECT value FROM pointer WHERE ${KEY}`).pluck();
  const put = db.prepare(
    `INSERT INTO pointer (project, kind, name, pointer, value, moved_us)
     VALUES (@project, @kind, @name, @pointer, @value, @now)
     ON CONFLICT (project, kind, name, pointer) DO UPDATE SET value = excluded.value, moved_us = excluded.moved_us`,
  );
  const drop = db.prepare(`DELETE FROM pointer WHERE ${KEY}`);
  const note = db.prepare(
    `INSERT INTO pointer_move (project, kind, name, pointer, was, became, note, moved_us)
     VALUES (@project, @kind, @name, @pointer, @from, @value, @note, @now)`,
  );
  const apply = (project: number, move: NewMove): z.infer<typeof Moved> => {
    const { kind, name, pointer, value, expected, note: words } = move;
    const key = { project, kind, name, pointer };
    const from = current.get(key) ?? null;
    if (expected !== undefined && expected !== from) throw movedMeanwhile();
    const now = nowUs();
    if (from !== value) {
      note.run({ ...key, from, value, note: words, now });
      if (value === null) drop.run(key);
      else put.run({ ...key, value, now });
    }
    return { pointer, from, to: value, note: words, movedUs: now, moved: from !== value };
  };
  const move = db.transaction((wanted: NewMove, idempotency: Idempotency | undefined) => {
    rows.forget();
    const project = rows.project(wanted.projectId);
    const known = records.find(project, idempotency);
    if (known !== undefined) return Moved.parse(JSON.parse(known));
    const moved = apply(project, wanted);
    records.remember(project, idempotency, JSON.stringify(moved));
    return moved;
  });
  return {
    movePointer: (wanted: NewMove, idempotency?: Idempotency): PointerMove & { moved: boolean } =>
      move.immediate(wanted, idempotency),
  };
}

const movedMeanwhile = (): AppError =>
  new AppError("conflict", "It was moved meanwhile: it does not stand where it was expected", {
    hint: "Read where it stands now, and decide again.",
  });

/** The reads of PointerStore. */
export function pointerReadOperations(db: Database) {
  const listed = db.prepare<[object], Pointer>(
    `SELECT p.name, p.pointer, p.value, p.moved_us AS movedUs
     FROM pointer p JOIN project ON project.key = p.project
     WHERE project.id = @projectId AND p.kind = @kind AND (@name IS NULL OR p.name = @name)
     ORDER BY p.name, p.pointer LIMIT ${MOST_LISTED}`,
  );
  const moves = db.prepare(
    `SELECT m.pointer, m.was AS "from", m.became AS "to", m.note, m.moved_us AS movedUs
     FROM pointer_move m JOIN project ON project.key = m.project
     WHERE project.id = @projectId AND m.kind = @kind AND m.name = @name ORDER BY m.id DESC LIMIT @limit`,
  );
  return {
    listPointers: (projectId: string, kind: VersionedKind, name?: string): readonly Pointer[] =>
      listed.all({ projectId, kind, name: name ?? null }),
    listPointerMoves: (
      projectId: string,
      kind: VersionedKind,
      name: string,
      limit: number,
    ): readonly PointerMove[] => moves.all({ projectId, kind, name, limit }).map((row) => MoveRow.parse(row)),
  };
}
