import type { Database } from "better-sqlite3";

interface Place {
  readonly project: number;
  readonly session: number | null;
  /** The session is sealed with every trace that it gets. */
  readonly whole: number;
  /** The trace has a seal of its own. */
  readonly own: number;
  /** And that one seals its session with it. */
  readonly spreads: number;
}

/** Which rows the seals of a project come to. Every method runs inside the caller's write transaction. */
export interface SealRows {
  session(project: number, sessionId: string): void;
  trace(project: number, traceId: Uint8Array): void;
  /** A trace has arrived, or is in another session now. */
  place(trace: number): void;
}

/**
 * A trace with a seal of its own seals its session whole, since later turns send the earlier ones again. The one
 * exception is a run's trace in a session that its sender named: an agent that gives every session one name would lose
 * all it ever did. There the trace is sealed, and the session as one: its previews come from all its traces.
 */
export function sealRows(db: Database): SealRows {
  const findSession = db
    .prepare<[number, string], number>("SELECT id FROM session WHERE project = ? AND session_id = ?")
    .pluck();
  const findTrace = db
    .prepare<[number, Uint8Array], number>("SELECT id FROM trace WHERE project = ? AND trace_id = ?")
    .pluck();
  const findPlace = db.prepare<[number], Place>(`
    SELECT t.project, t.session,
      coalesce(r.whole, 0) OR EXISTS (
        SELECT 1 FROM seal_session z WHERE z.project = t.project AND z.session_id = s.session_id) AS whole,
      EXISTS (SELECT 1 FROM seal_trace z WHERE z.project = t.project AND z.trace_id = t.trace_id) AS own,
      EXISTS (SELECT 1 FROM seal_trace z WHERE z.project = t.project AND z.trace_id = t.trace_id
        AND (z.dataset <> 0 OR s.inferred = 1)) AS spreads
    FROM trace t LEFT JOIN session s ON s.id = t.session LEFT JOIN sealed_session r ON r.session = t.session
    WHERE t.id = ?`);
  const sealTrace = db.prepare("INSERT OR IGNORE INTO sealed_trace (trace, project) VALUES (?, ?)");
  const sealSession = db.prepare(
    `INSERT INTO sealed_session (session, project, whole) VALUES (@session, @project, @whole)
     ON CONFLICT (session) DO UPDATE SET whole = max(whole, excluded.whole) WHERE excluded.whole > whole`,
  );
  const sealTraces = db.prepare(
    "INSERT OR IGNORE INTO sealed_trace (trace, project) SELECT id, project FROM trace WHERE session = ?",
  );

  const whole = (project: number, session: number): void => {
    // Its traces are sealed already when it was whole before.
    if (sealSession.run({ session, project, whole: 1 }).changes > 0) sealTraces.run(session);
  };
  const place = (trace: number): void => {
    const row = findPlace.get(trace);
    if (!row || (row.whole === 0 && row.own === 0)) return;
    const { project, session } = row;
    sealTrace.run(trace, project);
    if (session === null) return;
    if (row.whole === 1 || row.spreads === 1) whole(project, session);
    else sealSession.run({ session, project, whole: 0 });
  };
  return {
    session(project, sessionId) {
      const session = findSession.get(project, sessionId);
      if (session !== undefined) whole(project, session);
    },
    trace(project, traceId) {
      const trace = findTrace.get(project, traceId);
      if (trace !== undefined) place(trace);
    },
    place,
  };
}
