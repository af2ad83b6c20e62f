import type { Database } from "better-sqlite3";
import type { DeletionCounts } from "../store.ts";
import { addCounts, noCounts } from "./delete-counts.ts";
import { occurrenceRemover } from "./delete-occurrences.ts";
import type { DerivedSweeper } from "./derived.ts";
import { traceHash } from "./trace-hash.ts";

interface Doomed {
  readonly project: number;
  readonly trace_id: Buffer;
  readonly session: number | null;
}

/**
 * Removes one trace with all that hangs on it, and marks its contents for the sweep; inside a transaction. What was
 * derived from its session may hold its text, and goes too.
 */
export function traceRemover(db: Database, derived: DerivedSweeper): (trace: number) => DeletionCounts {
  const head = db.prepare<[number], Doomed>("SELECT project, trace_id, session FROM trace WHERE id = ?");
  const forgetOccurrences = occurrenceRemover(db);
  const bury = db.prepare("INSERT OR IGNORE INTO deleted_trace (project, trace_hash) VALUES (?, ?)");
  const removeAssessments = db.prepare("DELETE FROM assessment WHERE project = ? AND trace_id = ?");
  const marks = [
    `INSERT OR IGNORE INTO sweep_content (content)
     SELECT v FROM (
       SELECT system AS v FROM span WHERE trace = @trace UNION SELECT input FROM span WHERE trace = @trace
       UNION SELECT output FROM span WHERE trace = @trace UNION SELECT tool_definitions FROM span WHERE trace = @trace
       UNION SELECT documents FROM span WHERE trace = @trace
       UNION SELECT r.resource FROM span s JOIN span_source r ON r.span = s.id WHERE s.trace = @trace
     ) WHERE v IS NOT NULL`,
    `WITH RECURSIVE up (id) AS (
       SELECT v FROM (
         SELECT input_messages AS v FROM span WHERE trace = @trace
         UNION SELECT output_messages FROM span WHERE trace = @trace
         UNION SELECT thread FROM span WHERE trace = @trace
         UNION SELECT c.chain FROM span s JOIN span_source_chain c ON c.span = s.id WHERE s.trace = @trace
       ) WHERE v IS NOT NULL
       UNION SELECT c.parent FROM up JOIN chain c ON c.id = up.id WHERE c.parent IS NOT NULL
     ) INSERT OR IGNORE INTO sweep_chain (chain) SELECT id FROM up`,
  ].map((text) => db.prepare(text));
  const removals = [
    "DELETE FROM span_source_chain WHERE span IN (SELECT id FROM span WHERE trace = @trace)",
    "DELETE FROM span_source WHERE span IN (SELECT id FROM span WHERE trace = @trace)",
    "DELETE FROM trace_facet WHERE trace = @trace",
    // What continued it now continues what it continued, so that the conversation holds together.
    `UPDATE trace_link SET predecessor = (SELECT predecessor FROM trace_link WHERE trace = @trace)
     WHERE predecessor = @trace AND EXISTS (SELECT 1 FROM trace_link WHERE trace = @trace)`,
    "DELETE FROM trace_link WHERE trace = @trace OR predecessor = @trace",
    "DELETE FROM dirty_trace WHERE trace = @trace",
    "DELETE FROM sealed_trace WHERE trace = @trace",
  ].map((text) => db.prepare(text));
  const removeSpans = db.prepare("DELETE FROM span WHERE trace = ?");
  const removeTrace = db.prepare("DELETE FROM trace WHERE id = ?");
  const leaveSession = sessionLeaver(db, derived);

  return (trace) => {
    const counts = noCounts();
    const row = head.get(trace);
    if (!row) return counts;
    bury.run(row.project, traceHash(row.trace_id));
    forgetOccurrences(trace, row.session);
    for (const mark of marks) mark.run({ trace });
    for (const removal of removals) removal.run({ trace });
    counts.spans += removeSpans.run(trace).changes;
    counts.traces += removeTrace.run(trace).changes;
    counts.assessments += removeAssessments.run(row.project, row.trace_id).changes;
    addCounts(counts, derived.trace(row.project, row.trace_id.toString("hex")));
    addCounts(counts, leaveSession(row.session));
    return counts;
  };
}

/**
 * Removes a session whose last trace is gone, with what was said about it; any other is to be rolled up again.
 * Either way, what was derived from it goes.
 */
function sessionLeaver(db: Database, derived: DerivedSweeper) {
  const used = db.prepare<[number], number>("SELECT 1 FROM trace WHERE session = ? LIMIT 1").pluck();
  const touch = db.prepare("INSERT OR IGNORE INTO dirty_session (session) VALUES (?)");
  const find = sessionFinder(db);
  const remove = sessionRemover(db, derived);
  return (session: number | null): Partial<DeletionCounts> => {
    if (session === null) return {};
    if (used.get(session) === undefined) return remove(session);
    touch.run(session);
    const row = find.get(session);
    return row ? derived.session(row.project, row.session_id) : {};
  };
}

const sessionFinder = (db: Database) =>
  db.prepare<[number], { project: number; session_id: string }>(
    "SELECT project, session_id FROM session WHERE id = ?",
  );

export function sessionRemover(db: Database, derived: DerivedSweeper) {
  const find = sessionFinder(db);
  const removeAssessments = db.prepare(
    "DELETE FROM assessment WHERE project = ? AND session_id = ? AND trace_id IS NULL",
  );
  const removals = [
    "DELETE FROM occurrence WHERE scope = ?",
    "DELETE FROM dirty_session WHERE session = ?",
    "DELETE FROM sealed_session WHERE session = ?",
    "DELETE FROM session WHERE id = ?",
  ].map((text) => db.prepare(text));
  return (session: number): Partial<DeletionCounts> => {
    const row = find.get(session);
    if (!row) return {};
    const assessments = removeAssessments.run(row.project, row.session_id).changes;
    for (const removal of removals) removal.run(session);
    return { ...derived.session(row.project, row.session_id), sessions: 1, assessments };
  };
}
