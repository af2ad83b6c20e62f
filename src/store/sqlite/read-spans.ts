import type { Database } from "better-sqlite3";
import { isJsonObject } from "../../model/json.ts";
import type { Message, Part } from "../../model/message.ts";
import type { RetrievedDocument, Span } from "../../model/span.ts";
import type { Page, SpanOutline } from "../store.ts";
import { expandText } from "./compress.ts";
import { decodeCursor, encodeCursor } from "./page-cursor.ts";
import { contentReader, type RefReader, refReader, toRecord } from "./read-contents.ts";
import { nameReader } from "./read-names.ts";
import { NO_SOURCE, parseSourceData, restoreSource } from "./source-data.ts";
import { SPAN_COLUMN_LIST, SpanRow, toSpanHead } from "./span-rows.ts";

const MAX_PAGE = 1000;

// Only the outer shape: what is inside was checked before it was stored, and may be deep.
const isPart = (value: unknown): value is Part => isJsonObject(value) && typeof value["type"] === "string";
const isMessage = (value: unknown): value is Message =>
  isJsonObject(value) && typeof value["role"] === "string" && Array.isArray(value["parts"]);
const isDocument = (value: unknown): value is RetrievedDocument =>
  isJsonObject(value) && Object.hasOwn(value, "content");
const listOf = <T>(is: (value: unknown) => value is T, value: unknown): T[] | null =>
  Array.isArray(value) ? value.filter(is) : null;

interface SourceRow {
  readonly resource: number | null;
  readonly deflated: number;
  readonly data: Uint8Array;
}

/** Reading of spans, as documented on TraceStore. */
export function spanReadOperations(db: Database) {
  const names = nameReader(db);
  const newRefs = refReader(db);
  const pageOf = db.prepare<[number, number, number, number]>(
    `SELECT ${SPAN_COLUMN_LIST} FROM span s JOIN trace t ON t.id = s.trace
     WHERE s.trace = ? AND (s.start_us, s.id) > (?, ?) ORDER BY s.start_us, s.id LIMIT ?`,
  );
  const count = db.prepare<[number], number>("SELECT count(*) FROM span WHERE trace = ?").pluck();
  const one = db.prepare<[number]>(
    `SELECT ${SPAN_COLUMN_LIST} FROM span s JOIN trace t ON t.id = s.trace WHERE s.id = ?`,
  );
  const toSpan = spanAssembler(db);
  const find = (projectId: string, traceId: string): number | undefined => {
    const project = names.project(projectId);
    return project === undefined ? undefined : names.trace(project, traceId);
  };

  return {
    readSpans(
      projectId: string,
      traceId: string,
      options: { limit: number; cursor?: string | undefined },
    ): Page<SpanOutline> {
      const after = decodeCursor(options.cursor);
      const trace = find(projectId, traceId);
      if (trace === undefined) return { items: [], total: 0, next: null };
      const limit = Math.min(Math.max(1, Math.floor(options.limit)), MAX_PAGE);
      const found = pageOf.all(trace, after.us, after.row, limit + 1).map((row) => SpanRow.parse(row));
      const rows = found.slice(0, limit);
      const last = rows.at(-1);
      const refs = newRefs();
      return {
        items: rows.map((row) => toOutline(row, refs)),
        total: count.get(trace) ?? 0,
        next: last && found.length > limit ? encodeCursor({ us: last.start_us, row: last.id }) : null,
      };
    },
    getSpan(projectId: string, traceId: string, spanId: string): Span | undefined {
      const trace = find(projectId, traceId);
      const id = trace === undefined ? undefined : names.span(trace, spanId);
      return id === undefined ? undefined : toSpan(SpanRow.parse(one.get(id)));
    },
  };
}

const toOutline = (row: SpanRow, refs: RefReader): SpanOutline => ({
  head: toSpanHead(row),
  system: refs.content(row.system),
  inputMessages: refs.list(row.input_messages),
  outputMessages: refs.list(row.output_messages),
  input: refs.content(row.input),
  output: refs.content(row.output),
  toolDefinitions: refs.content(row.tool_definitions),
  documents: refs.content(row.documents),
});

/** Puts a span together from its row, its contents and what its source said. */
function spanAssembler(db: Database): (row: SpanRow) => Span {
  const contents = contentReader(db);
  const source = db.prepare<[number], SourceRow>(
    "SELECT resource, deflated, data FROM span_source WHERE span = ?",
  );
  const chainOf = db
    .prepare<[number, number], number>("SELECT chain FROM span_source_chain WHERE span = ? AND n = ?")
    .pluck();
  const readSource = (span: number): Span["source"] => {
    const row = source.get(span);
    const data = row && row.data.length > 0 ? parseSourceData(expandText(row.data, row.deflated)) : NO_SOURCE;
    const restored = restoreSource(data, (n) => {
      const chain = chainOf.get(span, n);
      return chain === undefined ? [] : contents.texts(chain);
    });
    return { ...restored, resource: toRecord(contents.json(row?.resource ?? null)) };
  };
  return (row) => ({
    ...toSpanHead(row),
    content: {
      system: listOf(isPart, contents.json(row.system)),
      inputMessages: listOf(isMessage, contents.list(row.input_messages)),
      outputMessages: listOf(isMessage, contents.list(row.output_messages)),
      input: contents.json(row.input),
      output: contents.json(row.output),
      toolDefinitions: contents.json(row.tool_definitions),
      documents: listOf(isDocument, contents.json(row.documents)),
    },
    source: readSource(row.id),
  });
}
