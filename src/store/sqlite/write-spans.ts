import type { Database } from "better-sqlite3";
import { spanMerger } from "./merge-span.ts";
import { CHAIN_COLUMNS, CONTENT_COLUMNS, HEAD_COLUMNS } from "./span-columns.ts";
import type { EncodedBatch, EncodedSpan } from "./wire.ts";
import type { AssessmentWriter } from "./write-assessments.ts";
import { idOf, type RowIds, type SpanPlace } from "./write-contents.ts";
import type { RowWriter } from "./write-rows.ts";

const COLUMNS = ["project", "trace", "span_id", "parent_span_id", ...HEAD_COLUMNS, ...CONTENT_COLUMNS];
const SESSION = HEAD_COLUMNS.indexOf("session_id");
const RESPONSE = HEAD_COLUMNS.indexOf("response_id");

/** Stores the spans of a batch whose contents are stored; spans of deleted traces are left out. */
export function spanWriter(
  db: Database,
  rows: RowWriter,
  assessments: AssessmentWriter,
): (project: number, batch: EncodedBatch, ids: RowIds, bytes: Buffer) => void {
  const find = db
    .prepare<[number, Uint8Array], number>("SELECT id FROM span WHERE trace = ? AND span_id = ?")
    .pluck();
  const insert = db.prepare(
    `INSERT INTO span (${COLUMNS.join(", ")}) VALUES (${COLUMNS.map(() => "?").join(", ")})
     ON CONFLICT (trace, span_id) DO NOTHING`,
  );
  const insertSource = db.prepare(
    "INSERT INTO span_source (span, resource, deflated, data) VALUES (?, ?, ?, ?)",
  );
  const insertSourceChain = db.prepare("INSERT INTO span_source_chain (span, n, chain) VALUES (?, ?, ?)");
  const occur = db.prepare(
    `INSERT OR IGNORE INTO occurrence (scope, content, span, part, role, direction, position)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const markDirty = db.prepare("INSERT OR IGNORE INTO dirty_trace (trace) VALUES (?)");
  const merge = spanMerger(db);

  /** The new row's id; undefined when the span is stored already. */
  const add = (
    span: EncodedSpan,
    spanId: Uint8Array,
    { project, trace, ids, bytes }: SpanPlace,
  ): number | undefined => {
    const parent = span.parentSpanId === null ? null : Buffer.from(span.parentSpanId, "hex");
    const content = span.content.map((ref, i) =>
      idOf(ref, CHAIN_COLUMNS.has(CONTENT_COLUMNS[i] ?? "") ? ids.chains : ids.contents),
    );
    const added = insert.run(project, trace, spanId, parent, ...span.head, ...content);
    if (added.changes === 0) return undefined;
    const id = Number(added.lastInsertRowid);
    if (span.hasSource) {
      const data = bytes.subarray(span.sourceAt, span.sourceAt + span.sourceLength);
      insertSource.run(id, idOf(span.resource, ids.contents), span.sourceDeflated, data);
      span.sourceChains.forEach((ref, n) => {
        insertSourceChain.run(id, n, idOf(ref, ids.chains));
      });
    }
    return id;
  };

  const store = (span: EncodedSpan, place: SpanPlace): void => {
    const spanId = Buffer.from(span.spanId, "hex");
    const { project, trace, ids } = place;
    const added = add(span, spanId, place);
    const id = added ?? find.get(trace, spanId);
    if (id === undefined) throw new RangeError("a span is neither new nor stored");
    if (added === undefined) merge(id, span, place);
    const sessionId = span.head[SESSION];
    if (typeof sessionId === "string") rows.session(project, sessionId);
    const scope = span.scopeSession === null ? -trace : rows.session(project, span.scopeSession);
    for (const { content, part, role, direction, position } of span.occurrences)
      occur.run(scope, idOf(content, ids.contents), id, part, role, direction, position);
    const responseId = span.head[RESPONSE];
    if (typeof responseId === "string") {
      const traceId = Buffer.from(span.traceId, "hex");
      assessments.join(project, responseId, { trace, traceId, spanId });
    }
  };

  return (project, batch, ids, bytes) => {
    const dirty = new Set<number>();
    for (const span of batch.spans) {
      const trace = rows.trace(project, span.traceId);
      if (trace === undefined) continue;
      store(span, { project, trace, ids, bytes });
      dirty.add(trace);
    }
    for (const trace of dirty) markDirty.run(trace);
  };
}
