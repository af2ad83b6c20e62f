import type { Database } from "better-sqlite3";
import { z } from "zod";
import { AppError } from "../../errors.ts";
import { Assessment, AssessmentValue } from "../../model/assessment.ts";
import type { Idempotency } from "../store.ts";
import { idempotencyRecords } from "./idempotency.ts";
import { nameReader } from "./read-names.ts";
import { assessmentWriter } from "./write-assessments.ts";
import { rowWriter } from "./write-rows.ts";

const COLUMNS = `id, kind, name, value, rationale, quote, source, source_id AS sourceId,
  lower(hex(trace_id)) AS traceId, lower(hex(span_id)) AS spanId, session_id AS sessionId, turn,
  response_id AS responseId, created_us AS createdUs, sampling_rate AS samplingRate, superseded_by AS supersededBy`;

/** hex(NULL) is an empty text. */
const hexOrNull = z
  .string()
  .nullable()
  .transform((value) => value || null);
const Row = z.object({
  ...Assessment.shape,
  value: z
    .string()
    .nullable()
    .transform((value) => (value === null ? null : AssessmentValue.parse(JSON.parse(value)))),
  traceId: hexOrNull,
  spanId: hexOrNull,
  turn: z
    .int()
    .nullable()
    .transform((value) => value ?? undefined),
  samplingRate: z
    .number()
    .nullable()
    .transform((value) => value ?? undefined),
});

const Ids = z.array(z.string());

/** Adding assessments, as documented on TraceStore. */
export function assessmentOperations(db: Database) {
  const rows = rowWriter(db);
  const writer = assessmentWriter(db, rows);
  const records = idempotencyRecords(db);
  const add = db.transaction(
    (projectId: string, items: readonly Assessment[], idempotency: Idempotency | undefined) => {
      // Another process may have deleted what these name since the last call.
      rows.forget();
      const project = rows.project(projectId);
      const first = records.find(project, idempotency);
      if (first !== undefined) return { ids: Ids.parse(JSON.parse(first)), repeated: true };
      for (const item of items) if (!writer.add(project, item)) throw deleted();
      const ids = items.map((item) => item.id);
      records.remember(project, idempotency, JSON.stringify(ids));
      return { ids, repeated: false };
    },
  );
  return {
    addAssessments(projectId: string, items: readonly Assessment[], idempotency?: Idempotency) {
      return add.immediate(projectId, items, idempotency);
    },
  };
}

const deleted = () =>
  new AppError("not_found", "The trace of an assessment was deleted, so none of them was stored");

/** Reading assessments, as documented on TraceStore. */
export function assessmentReadOperations(db: Database) {
  const names = nameReader(db);
  const ofTrace = db.prepare<[object]>(
    `SELECT ${COLUMNS} FROM assessment WHERE project = @project AND superseded_by IS NULL
     AND trace_id = (SELECT trace_id FROM trace WHERE id = @trace)
     ORDER BY created_us, id LIMIT @limit`,
  );
  const ofTraceId = db.prepare<[object]>(
    `SELECT ${COLUMNS} FROM assessment WHERE project = @project AND superseded_by IS NULL
     AND trace_id = @traceId ORDER BY created_us, id LIMIT @limit`,
  );
  const ofSession = db.prepare<[object]>(
    `SELECT ${COLUMNS} FROM assessment WHERE project = @project AND superseded_by IS NULL
     AND session_id = @sessionId ORDER BY created_us, id LIMIT @limit`,
  );
  const ofSessionAndTraces = db.prepare<[object]>(
    `SELECT ${COLUMNS} FROM assessment WHERE project = @project AND superseded_by IS NULL
     AND (session_id = @sessionId OR trace_id IN (SELECT trace_id FROM trace WHERE session = @session))
     ORDER BY created_us, id LIMIT @limit`,
  );
  const sessionName = db.prepare<[number], string>("SELECT session_id FROM session WHERE id = ?").pluck();

  const ofOneTrace = (project: number, id: string, limit: number): unknown[] => {
    const trace = names.trace(project, id);
    if (trace !== undefined) return ofTrace.all({ project, trace, limit });
    const whole = /^[0-9a-f]{32}$/.test(id);
    return whole ? ofTraceId.all({ project, traceId: Buffer.from(id, "hex"), limit }) : [];
  };
  const ofOneSession = (project: number, id: string, traces: boolean, limit: number): unknown[] => {
    const session = names.session(project, id);
    if (session === undefined) return [];
    const key = { project, session, sessionId: sessionName.get(session) ?? id, limit };
    const { session: _, ...alone } = key;
    return traces ? ofSessionAndTraces.all(key) : ofSession.all(alone);
  };

  return {
    readAssessments(query: {
      projectId: string;
      traceId?: string;
      sessionId?: string;
      includeTraces?: boolean;
      limit: number;
    }): readonly Assessment[] {
      const project = names.project(query.projectId);
      if (project === undefined) return [];
      const limit = Math.max(1, Math.floor(query.limit));
      const found =
        query.traceId !== undefined
          ? ofOneTrace(project, query.traceId, limit)
          : ofOneSession(project, query.sessionId ?? "", query.includeTraces ?? false, limit);
      return found.map((row) => Row.parse(row));
    },
  };
}
