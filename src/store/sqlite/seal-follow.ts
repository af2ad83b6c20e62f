import type { Database } from "better-sqlite3";
import { sealRows } from "./seal-rows.ts";
import { HEAD_COLUMNS } from "./span-columns.ts";
import type { EncodedSpan } from "./wire.ts";

const SESSION = HEAD_COLUMNS.indexOf("session_id");

/**
 * Seals the traces that spans have just been stored for, where their id or the session that they name is sealed, so
 * that no read sees them before the roll-up. Inside the transaction that stores them.
 */
export function arrivalSealer(db: Database): (project: number, spans: readonly EncodedSpan[]) => void {
  const any = db
    .prepare<[object], number>(
      `SELECT EXISTS (SELECT 1 FROM seal_trace WHERE project = @project)
       OR EXISTS (SELECT 1 FROM seal_session WHERE project = @project)`,
    )
    .pluck();
  const inherit = db.prepare(
    `INSERT OR IGNORE INTO seal_trace (project, trace_id, dataset)
     SELECT project, @traceId, dataset FROM seal_session WHERE project = @project AND session_id = @sessionId`,
  );
  const rows = sealRows(db);
  return (project, spans) => {
    if (any.get({ project }) !== 1) return;
    const traces = new Map<string, Set<string>>();
    for (const { traceId, head } of spans) {
      const named = traces.get(traceId) ?? new Set();
      const sessionId = head[SESSION];
      if (typeof sessionId === "string") named.add(sessionId);
      traces.set(traceId, named);
    }
    for (const [id, named] of traces) {
      const traceId = Buffer.from(id, "hex");
      for (const sessionId of named) inherit.run({ project, traceId, sessionId });
      rows.trace(project, traceId);
    }
  };
}

/** What a trace that changes its session takes along; inside the caller's write transaction. */
export interface MoveFollower {
  /** Before: a trace that was sealed with its session stays sealed. */
  leave(trace: number, from: number): void;
  /** After: its new session is sealed with it, or it with the session; who has opened it has opened the session. */
  enter(trace: number, from: number | null, to: number): void;
}

export function moveFollower(db: Database): MoveFollower {
  const any = db
    .prepare<[], number>("SELECT EXISTS (SELECT 1 FROM seal_trace) OR EXISTS (SELECT 1 FROM seal_session)")
    .pluck();
  const keep = db.prepare(`
    INSERT OR IGNORE INTO seal_trace (project, trace_id, dataset)
    SELECT t.project, t.trace_id, d.dataset FROM trace t JOIN sealed_session r ON r.session = @from AND r.whole = 1 JOIN (
      SELECT z.dataset FROM session s JOIN seal_session z ON z.project = s.project AND z.session_id = s.session_id
        WHERE s.id = @from
      UNION SELECT z.dataset FROM trace o JOIN seal_trace z ON z.project = o.project AND z.trace_id = o.trace_id
        WHERE o.session = @from) d
    WHERE t.id = @trace AND EXISTS (SELECT 1 FROM sealed_trace WHERE trace = @trace)`);
  const opened = db.prepare(`
    INSERT OR IGNORE INTO opened_session (project, session_id)
    SELECT s.project, s.session_id FROM session s JOIN trace t ON t.id = @trace
    WHERE s.id = @to AND EXISTS (
      SELECT 1 FROM opened_session o WHERE o.project = s.project AND o.session_id IN (
        lower(hex(t.trace_id)), (SELECT f.session_id FROM session f WHERE f.id = @from AND f.inferred = 1)))`);
  const rows = sealRows(db);
  return {
    leave(trace, from) {
      if (any.get() === 1) keep.run({ trace, from });
    },
    enter(trace, from, to) {
      opened.run({ trace, from, to });
      if (any.get() === 1) rows.place(trace);
    },
  };
}
