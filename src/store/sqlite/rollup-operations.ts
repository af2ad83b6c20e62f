import type { Database } from "better-sqlite3";
import { rollUpTrace } from "../rollup.ts";
import { sessionInference } from "./inference.ts";
import { assertKnown, newestVersion, readVersion } from "./migrate.ts";
import { previewReader } from "./rollup-preview.ts";
import { type StoredSpan, spanReader } from "./rollup-read.ts";
import { traceWriter } from "./rollup-write.ts";
import { sessionRows } from "./sessions.ts";
import { traceMover } from "./sessions-move.ts";

export interface RollupOperations {
  /** Brings every roll-up up to date; returns when no mark is left. Throws what SQLite throws when busy or full. */
  settle(): void;
  /**
   * Works for about `maxMs` milliseconds. A trace that is large and still growing is left for later, in proportion
   * to what its last roll-up took, so that streaming it costs a bounded share of the time.
   */
  settleSome(maxMs: number): { remaining: number };
  /** Whether anything waits to be rolled up. */
  isDirty(): boolean;
  /** Brings one trace and the sessions that it touches up to date. */
  settleTrace(trace: number): void;
}

/** A write transaction goes on to the next trace for this long; other processes wait meanwhile. */
const TRANSACTION_MS = 50;
/** A trace that took t waits for 10 t before settleSome takes it again. */
const BACKOFF = 10;
/** Quicker traces never wait. */
const CHEAP_MS = 5;
const MAX_REMEMBERED = 1000;

interface TraceHead {
  project: number;
  session: number | null;
  session_inferred: number;
}

/**
 * Roll-ups of what the marks (dirty_trace, dirty_session) name. Marks are made by whoever writes spans, in the same
 * transaction, and deleted with the roll-up, so that a kill loses neither. Several processes may settle at once.
 */
export function rollupOperations(db: Database): RollupOperations {
  const settleOne = traceSettler(db);
  const sessions = sessionRows(db);
  const newest = newestVersion();
  const nextTraces = db
    .prepare<[number], number>("SELECT trace FROM dirty_trace WHERE trace > ? ORDER BY trace LIMIT 200")
    .pluck();
  const nextSessions = db.prepare<[], number>("SELECT session FROM dirty_session LIMIT 200").pluck();
  const unmarkSession = db.prepare("DELETE FROM dirty_session WHERE session = ?");
  const count = db
    .prepare<[], number>("SELECT (SELECT count(*) FROM dirty_trace) + (SELECT count(*) FROM dirty_session)")
    .pluck();
  const any = db
    .prepare<[], number>("SELECT EXISTS (SELECT 1 FROM dirty_trace) OR EXISTS (SELECT 1 FROM dirty_session)")
    .pluck();
  const waiting = new Map<number, number>();

  /** Runs `step` over the list in write transactions of bounded length; returns how many it did. */
  const inTransactions = (list: readonly number[], until: number, step: (id: number) => void): number => {
    let done = 0;
    const chunk = db.transaction(() => {
      assertKnown(readVersion(db), newest);
      const end = Math.min(until, performance.now() + TRANSACTION_MS);
      do {
        const id = list[done++];
        if (id !== undefined) step(id);
      } while (done < list.length && performance.now() < end);
    });
    while (done < list.length && (done === 0 || performance.now() < until)) chunk.immediate();
    return done;
  };

  const timed = (trace: number) => {
    const begun = performance.now();
    settleOne(trace);
    const took = performance.now() - begun;
    waiting.delete(trace);
    if (took < CHEAP_MS) return;
    waiting.set(trace, performance.now() + BACKOFF * took);
    for (const oldest of waiting.keys()) {
      if (waiting.size <= MAX_REMEMBERED) break;
      waiting.delete(oldest);
    }
  };

  const isDue = (trace: number) => (waiting.get(trace) ?? 0) <= performance.now();

  const settleTraces = (until: number, due: (trace: number) => boolean) => {
    let after = -1;
    while (performance.now() < until) {
      const batch = nextTraces.all(after);
      after = batch.at(-1) ?? after;
      if (batch.length === 0) return;
      inTransactions(batch.filter(due), until, timed);
    }
  };

  const settleSessions = (until: number) => {
    for (let batch = nextSessions.all(); batch.length > 0; batch = nextSessions.all()) {
      inTransactions(batch, until, (session) => {
        sessions.rollUp(session);
        unmarkSession.run(session);
      });
      if (performance.now() >= until) return;
    }
  };

  return {
    settle() {
      // Other processes may add marks for ever: what was there when it began is what it answers for.
      settleTraces(Number.POSITIVE_INFINITY, () => true);
      settleSessions(Number.POSITIVE_INFINITY);
    },
    settleSome(maxMs) {
      const until = performance.now() + maxMs;
      settleTraces(until, isDue);
      settleSessions(until);
      return { remaining: count.get() ?? 0 };
    },
    isDirty: () => any.get() === 1,
    settleTrace(trace) {
      inTransactions([trace], Number.POSITIVE_INFINITY, timed);
      settleSessions(Number.POSITIVE_INFINITY);
    },
  };
}

/** Rolls one marked trace up and takes its mark away; inside the caller's write transaction. */
function traceSettler(db: Database): (trace: number) => void {
  const head = db.prepare<[number], TraceHead>(
    "SELECT project, session, session_inferred FROM trace WHERE id = ?",
  );
  const marked = db.prepare<[number], number>("SELECT 1 FROM dirty_trace WHERE trace = ?").pluck();
  const unmark = db.prepare("DELETE FROM dirty_trace WHERE trace = ?");
  const readSpans = spanReader(db);
  const previews = previewReader(db);
  const write = traceWriter(db);
  const sessions = sessionRows(db);
  const move = traceMover(db, sessions);
  const inference = sessionInference(db, sessions, (trace, session, inferred) =>
    move(trace.id, trace.session, session, inferred),
  );
  return (trace) => {
    // Another process may have settled it since it was listed.
    if (marked.get(trace) === undefined) return;
    const row = head.get(trace);
    const spans = row ? readSpans(trace) : [];
    const rollup = rollUpTrace<StoredSpan>(spans, previews);
    if (row && rollup) {
      write(trace, row.project, rollup);
      const before = row.session;
      const wasNamed = before !== null && row.session_inferred === 0;
      const named = rollup.sessionId === null ? null : sessions.ensure(row.project, rollup.sessionId, false);
      const leaves = named === null && wasNamed;
      const changed = leaves || (named !== null && (named !== before || !wasNamed));
      if (changed) move(trace, before, named, false);
      else move.keep(trace, before);
      inference.place(trace, spans, changed);
    }
    unmark.run(trace);
  };
}
