import type { Database } from "better-sqlite3";
import { z } from "zod";
import type { SourceRef } from "../ledger-store.ts";
import type { DeletionCounts } from "../store.ts";
import { addCounts, noCounts } from "./delete-counts.ts";

const DerivedKind = z.enum(["call", "task", "example", "result"]);
/** What keeps copies of traces; each kind has its remover. */
export type DerivedKind = z.infer<typeof DerivedKind>;

const DerivedRow = z.object({ kind: DerivedKind, ref: z.string() });

type RemovedCopies = Partial<Pick<DeletionCounts, "calls" | "tasks" | "examples" | "results">>;
/** Removes one copy with all that hangs on it, and counts what it removed; inside the caller's transaction. */
export type DerivedRemover = (project: number, ref: string) => RemovedCopies;

/** Where copies came from. Every method runs inside the caller's write transaction. */
export interface DerivedNotes {
  /** Notes a copy under each of its sources. Call it in the transaction that writes the copy. */
  note(project: number, sources: readonly SourceRef[], kind: DerivedKind, ref: string): void;
  /** The copy is gone. */
  forget(project: number, kind: DerivedKind, ref: string): void;
}

const traceSource = (traceId: string): string => `trace:${traceId.toLowerCase()}`;
const sessionSource = (sessionId: string): string => `session:${sessionId}`;

export function derivedNotes(db: Database): DerivedNotes {
  const add = db.prepare("INSERT OR IGNORE INTO derived (project, source, kind, ref) VALUES (?, ?, ?, ?)");
  const forget = db.prepare("DELETE FROM derived WHERE project = ? AND kind = ? AND ref = ?");
  return {
    note(project, sources, kind, ref) {
      for (const source of sources) {
        const name = "traceId" in source ? traceSource(source.traceId) : sessionSource(source.sessionId);
        add.run(project, name, kind, ref);
      }
    },
    forget(project, kind, ref) {
      forget.run(project, kind, ref);
    },
  };
}

/** Removes what was derived from something that is being deleted; inside the deletion's transaction. */
export interface DerivedSweeper {
  trace(project: number, traceId: string): RemovedCopies;
  session(project: number, sessionId: string): RemovedCopies;
  /** Whatever the source. */
  all(project: number): RemovedCopies;
}

export function derivedSweeper(
  db: Database,
  removers: Readonly<Record<DerivedKind, DerivedRemover>>,
): DerivedSweeper {
  const bySource = db.prepare<[number, string]>(
    "SELECT kind, ref FROM derived WHERE project = ? AND source = ?",
  );
  const byProject = db.prepare<[number]>("SELECT DISTINCT kind, ref FROM derived WHERE project = ?");
  const { forget } = derivedNotes(db);
  const remove = (project: number, rows: readonly unknown[]): RemovedCopies => {
    const total = noCounts();
    for (const row of rows) {
      const { kind, ref } = DerivedRow.parse(row);
      addCounts(total, removers[kind](project, ref));
      forget(project, kind, ref);
    }
    return total;
  };
  return {
    trace: (project, traceId) => remove(project, bySource.all(project, traceSource(traceId))),
    session: (project, sessionId) => remove(project, bySource.all(project, sessionSource(sessionId))),
    all: (project) => remove(project, byProject.all(project)),
  };
}

/**
 * A trace leaves a session: what was derived from the session may hold its text, so that the trace is from now on a
 * source of it too.
 */
export function derivedFollower(db: Database): (trace: number, session: number) => void {
  const follow = db.prepare(`
    INSERT OR IGNORE INTO derived (project, source, kind, ref)
    SELECT d.project, 'trace:' || lower(hex(t.trace_id)), d.kind, d.ref
    FROM trace t JOIN session s ON s.id = ?
      JOIN derived d ON d.project = t.project AND d.source = 'session:' || s.session_id
    WHERE t.id = ?`);
  return (trace, session) => {
    follow.run(session, trace);
  };
}
