import type { Database } from "better-sqlite3";
import { chainAppender } from "./append-chain.ts";
import { compressText, expandText } from "./compress.ts";
import { mergeHead } from "./merge-head.ts";
import { mergeSource, NO_SOURCE, parseSourceData } from "./source-data.ts";
import { CHAIN_COLUMNS, CONTENT_COLUMNS, HEAD_COLUMNS } from "./span-columns.ts";
import type { Cell, EncodedSpan } from "./wire.ts";
import { idOf, type SpanPlace } from "./write-contents.ts";

const MERGED = ["parent_span_id", ...HEAD_COLUMNS, ...CONTENT_COLUMNS];
const INPUT = CONTENT_COLUMNS.indexOf("input_messages");
const OUTPUT = CONTENT_COLUMNS.indexOf("output_messages");
const THREAD = CONTENT_COLUMNS.indexOf("thread");

interface SourceRow {
  readonly resource: number | null;
  readonly deflated: number;
  readonly data: Uint8Array;
}

/** Brings a second version of a stored span into its row, field by field. */
export function spanMerger(db: Database): (id: number, span: EncodedSpan, place: SpanPlace) => void {
  const readHead = db.prepare<[number], Cell[]>(`SELECT ${HEAD_COLUMNS.join(", ")} FROM span WHERE id = ?`);
  const readContent = db.prepare<[number], (number | null)[]>(
    `SELECT ${CONTENT_COLUMNS.join(", ")} FROM span WHERE id = ?`,
  );
  const readParent = db
    .prepare<[number], Uint8Array | null>("SELECT parent_span_id FROM span WHERE id = ?")
    .pluck();
  const update = db.prepare(
    `UPDATE span SET ${MERGED.map((column) => `${column} = ?`).join(", ")} WHERE id = ?`,
  );
  const appendChain = chainAppender(db);
  const mergeSourceRow = sourceMerger(db);
  readHead.raw();
  readContent.raw();

  return (id, span, place) => {
    const head = mergeHead(readHead.get(id) ?? [], span.head, span.stub);
    const oldContent = readContent.get(id) ?? [];
    const added = span.content.map((ref, i) =>
      idOf(ref, CHAIN_COLUMNS.has(CONTENT_COLUMNS[i] ?? "") ? place.ids.chains : place.ids.contents),
    );
    const content = oldContent.map((value, i) =>
      span.stub ? (value ?? added[i] ?? null) : (added[i] ?? value),
    );
    content[THREAD] = appendChain(place.project, content[INPUT] ?? null, content[OUTPUT] ?? null);
    const oldParent = readParent.get(id) ?? null;
    const newParent = span.parentSpanId === null ? null : Buffer.from(span.parentSpanId, "hex");
    const parent = span.stub ? (oldParent ?? newParent) : (newParent ?? oldParent);
    update.run(parent, ...head, ...content, id);
    if (span.hasSource) mergeSourceRow(id, span, place);
  };
}

function sourceMerger(db: Database): (id: number, span: EncodedSpan, place: SpanPlace) => void {
  const read = db.prepare<[number], SourceRow>(
    "SELECT resource, deflated, data FROM span_source WHERE span = ?",
  );
  const write = db.prepare(
    "INSERT OR REPLACE INTO span_source (span, resource, deflated, data) VALUES (?, ?, ?, ?)",
  );
  const countChains = db
    .prepare<[number], number>("SELECT coalesce(max(n) + 1, 0) FROM span_source_chain WHERE span = ?")
    .pluck();
  const addChain = db.prepare("INSERT INTO span_source_chain (span, n, chain) VALUES (?, ?, ?)");

  return (id, span, { ids, bytes }) => {
    const data = bytes.subarray(span.sourceAt, span.sourceAt + span.sourceLength);
    const added = { resource: idOf(span.resource, ids.contents), deflated: span.sourceDeflated, data };
    const old = read.get(id);
    // A sender's retry says the same again.
    if (old && old.resource === added.resource && Buffer.compare(old.data, data) === 0) return;
    const offset = countChains.get(id) ?? 0;
    const merged = mergeSource(parseRow(old), parseRow(added), span.stub, offset);
    const packed = compressText(JSON.stringify(merged));
    const resource = span.stub
      ? (old?.resource ?? added.resource)
      : (added.resource ?? old?.resource ?? null);
    write.run(id, resource, packed.deflated, packed.data);
    span.sourceChains.forEach((ref, n) => {
      addChain.run(id, offset + n, idOf(ref, ids.chains));
    });
  };
}

const parseRow = (row: SourceRow | undefined) =>
  row && row.data.length > 0 ? parseSourceData(expandText(row.data, row.deflated)) : NO_SOURCE;
