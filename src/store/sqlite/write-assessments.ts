import type { Database } from "better-sqlite3";
import { invalidInput } from "../../errors.ts";
import type { Assessment } from "../../model/assessment.ts";
import type { RowWriter } from "./write-rows.ts";

interface Target {
  readonly traceId: Uint8Array | null;
  readonly spanId: Uint8Array | null;
}

interface SpanNames {
  readonly trace: number;
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
}

export interface AssessmentWriter {
  /** False: its trace was deleted, and it was left out. One already stored with this id stays as it is. */
  add(project: number, item: Assessment): boolean;
  /** Gives a span that has just arrived the assessments that knew only its answer's id. */
  join(project: number, responseId: string, span: SpanNames): void;
}

const SAME_TARGET = `trace_id IS @traceId AND span_id IS @spanId AND session_id IS @sessionId AND turn IS @turn
  AND (@traceId IS NOT NULL OR response_id IS @responseId)`;

export function assessmentWriter(db: Database, rows: RowWriter): AssessmentWriter {
  const insert =
    db.prepare(`INSERT OR IGNORE INTO assessment (id, project, kind, name, value, rationale, quote,
    source, source_id, trace_id, span_id, session_id, turn, response_id, created_us,
      sampling_rate, superseded_by)
    VALUES (@id, @project, @kind, @name, @value, @rationale, @quote, @source, @sourceId, @traceId, @spanId,
      @sessionId, @turn, @responseId, @createdUs, @samplingRate, @supersededBy)`);
  const siblings = db.prepare<[object], { id: string; created_us: number }>(
    `SELECT id, created_us FROM assessment WHERE project = @project AND kind = @kind AND name = @name
     AND source = @source AND source_id IS @sourceId AND ${SAME_TARGET} AND superseded_by IS NULL AND id <> @id
     ORDER BY created_us, id`,
  );
  const supersede = db.prepare("UPDATE assessment SET superseded_by = ? WHERE id = ?");
  const findSpan = db.prepare<[number, string], SpanNames>(
    `SELECT trace.id AS trace, trace.trace_id AS traceId, span.span_id AS spanId FROM span
     JOIN trace ON trace.id = span.trace WHERE span.project = ? AND span.response_id = ? ORDER BY span.id LIMIT 1`,
  );
  const waiting = db.prepare<[number, string], AssessmentKey>(
    `SELECT id, project, kind, name, source, source_id AS sourceId, response_id AS responseId,
     created_us AS createdUs FROM assessment
     WHERE project = ? AND response_id = ? AND trace_id IS NULL ORDER BY created_us, id`,
  );
  const target = db.prepare(
    "UPDATE assessment SET trace_id = ?, span_id = ?, superseded_by = NULL WHERE id = ?",
  );
  const markDirty = db.prepare("INSERT OR IGNORE INTO dirty_trace (trace) VALUES (?)");
  const findTrace = db
    .prepare<[number, Uint8Array], number>("SELECT id FROM trace WHERE project = ? AND trace_id = ?")
    .pluck();

  /** The newest of those with one key is current: by its time, then by arrival. */
  const supersedeOlder = (key: object, id: string, createdUs: number): void => {
    for (const sibling of siblings.all(key)) {
      if (sibling.created_us > createdUs) supersede.run(sibling.id, id);
      else supersede.run(id, sibling.id);
    }
  };

  return {
    add(project, item) {
      let { traceId, spanId } = targetOf(item);
      let trace: number | undefined;
      if (traceId) {
        if (rows.isDeleted(project, traceId)) return false;
        trace = findTrace.get(project, traceId);
      } else if (item.responseId !== null) {
        const span = findSpan.get(project, item.responseId);
        if (span) ({ trace, traceId, spanId } = span);
      }
      if (item.sessionId !== null) rows.session(project, item.sessionId);
      const { supersededBy, ...rest } = item;
      const value = item.value === null ? null : JSON.stringify(item.value);
      const { turn = null, samplingRate = null } = item;
      const row = { ...rest, turn, samplingRate, project, traceId, spanId, value };
      if (insert.run({ ...row, supersededBy }).changes === 0) return true;
      if (supersededBy === null) supersedeOlder(row, item.id, item.createdUs);
      if (trace !== undefined) markDirty.run(trace);
      return true;
    },
    join(project, responseId, span) {
      for (const item of waiting.all(project, responseId)) {
        target.run(span.traceId, span.spanId, item.id);
        const key = { ...item, traceId: span.traceId, spanId: span.spanId, sessionId: null, turn: null };
        supersedeOlder(key, item.id, item.createdUs);
      }
    },
  };
}

interface AssessmentKey {
  readonly id: string;
  readonly project: number;
  readonly kind: string;
  readonly name: string;
  readonly source: string;
  readonly sourceId: string | null;
  readonly responseId: string;
  readonly createdUs: number;
}

function targetOf(item: Assessment): Target {
  const { traceId, spanId, sessionId, responseId } = item;
  if (traceId !== null && !/^[0-9a-f]{32}$/.test(traceId))
    throw invalidInput("An assessment's trace id must be 32 lower-case hex digits");
  if (spanId !== null && !/^[0-9a-f]{16}$/.test(spanId))
    throw invalidInput("An assessment's span id must be 16 lower-case hex digits");
  if (spanId !== null && traceId === null) throw invalidInput("An assessment of a span must name its trace");
  if (traceId !== null && sessionId !== null)
    throw invalidInput("An assessment is about a trace or a session, not both");
  if (item.turn !== undefined && sessionId === null)
    throw invalidInput("An assessment of a turn must name its session");
  if (traceId === null && sessionId === null && responseId === null)
    throw invalidInput("An assessment must name a trace, a session or an answer's id");
  return {
    traceId: traceId === null ? null : Buffer.from(traceId, "hex"),
    spanId: spanId === null ? null : Buffer.from(spanId, "hex"),
  };
}
