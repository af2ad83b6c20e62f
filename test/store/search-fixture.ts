import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database } from "better-sqlite3";
import { parseFilter } from "../../src/filter/parse-filter.ts";
import type { SessionSummary, TraceSummary } from "../../src/model/trace.ts";
import { openConnection } from "../../src/store/sqlite/connection.ts";
import { migrate } from "../../src/store/sqlite/migrate.ts";
import { searchOperations } from "../../src/store/sqlite/search.ts";
import type { Page, TraceOrder } from "../../src/store/store.ts";

/** 2026-03-15T12:00Z */
export const NOW_US = Date.UTC(2026, 2, 15, 12) * 1000;
export const MINUTE_US = 60_000_000;

type Value = string | number | Buffer | null;
export type Row = Record<string, Value>;

export interface SpanSeed extends Row {
  name: string;
  kind: string;
}

export interface TraceSeed {
  /** Columns of trace; `name` is unique in a test, results are compared by it. */
  readonly row: Row & { name: string };
  readonly session?: string;
  readonly facets?: readonly (readonly [field: string, value: string])[];
  /** `text` and `output_text` become indexed contents. */
  readonly spans?: readonly SpanSeed[];
}

export const traceIdOf = (n: number): Buffer => Buffer.from(n.toString(16).padStart(8, "0").repeat(4), "hex");

/** A store file into which rows are put as the writer and the roll-up would, and the searches over it. */
export function openSearchFixture() {
  const folder = mkdtempSync(join(tmpdir(), "evalwright-search-"));
  const path = join(folder, "store.db");
  const db = openConnection(path);
  migrate(db);
  insert(db, "project", { key: 1, id: "p", slug: "p", created_us: 0, last_arrival_us: null });
  insert(db, "project", { key: 2, id: "other", slug: "other", created_us: 0, last_arrival_us: null });
  const reader = openConnection(path, { readonly: true });
  const search = searchOperations(reader);
  let contents = 0;
  let traces = 0;

  const addContent = (scope: number, span: number, part: string, text: string): number => {
    contents += 1;
    const hash = Buffer.alloc(16);
    hash.writeUInt32BE(contents);
    insert(db, "content", {
      id: contents,
      project: 1,
      hash,
      chars: text.length,
      deflated: 0,
      data: Buffer.from(text),
    });
    insert(db, "content_text", { rowid: contents, text });
    insert(db, "occurrence", {
      scope,
      content: contents,
      span,
      part,
      role: null,
      direction: "in",
      position: 0,
    });
    return contents;
  };

  const addSession = (sessionId: string, row: Row = {}): number => {
    const found = db
      .prepare<[string], { id: number }>("SELECT id FROM session WHERE session_id = ?")
      .get(sessionId);
    if (found) return found.id;
    return insert(db, "session", { project: 1, session_id: sessionId, start_us: NOW_US, ...row });
  };

  const addSpan = (trace: number, scope: number, seed: SpanSeed, index: number): void => {
    const { text = null, output_text = null, ...row } = seed;
    const span_id = Buffer.alloc(8, index + 1);
    const id = insert(db, "span", { project: 1, trace, span_id, start_us: NOW_US, status: "ok", ...row });
    const set = (column: string, value: Value) =>
      typeof value === "string" &&
      db.prepare(`UPDATE span SET ${column} = ? WHERE id = ?`).run(addContent(scope, id, column, value), id);
    set("input", text);
    set("output", output_text);
  };

  return {
    db,
    addSession,
    addTrace({ row, session, facets = [], spans = [] }: TraceSeed): number {
      traces += 1;
      const sessionRow = session === undefined ? null : addSession(session);
      const defaults = {
        project: 1,
        trace_id: traceIdOf(traces),
        session: sessionRow,
        start_us: NOW_US,
        arrived_us: NOW_US,
      };
      const trace = insert(db, "trace", { ...defaults, ...row });
      for (const [field, value] of facets) insert(db, "trace_facet", { project: 1, field, value, trace });
      spans.forEach((seed, index) => {
        addSpan(trace, sessionRow ?? -trace, seed, index);
      });
      return trace;
    },
    addAssessment(row: Row): void {
      const n = Number(db.prepare("SELECT count(*) FROM assessment").pluck().get());
      insert(db, "assessment", {
        id: `a${n}`,
        project: 1,
        kind: "feedback",
        source: "human",
        created_us: 0,
        ...row,
      });
    },
    traces: (
      text: string,
      options: { order?: TraceOrder; limit?: number; cursor?: string } = {},
    ): Page<TraceSummary> =>
      search.searchTraces({
        projectId: "p",
        filter: parseFilter(text, { nowUs: NOW_US, level: "trace" }),
        order: options.order ?? "newest",
        limit: options.limit ?? 100,
        cursor: options.cursor,
      }),
    sessions: (text: string): Page<SessionSummary> =>
      search.searchSessions({
        projectId: "p",
        filter: parseFilter(text, { nowUs: NOW_US, level: "session" }),
        order: "newest",
        limit: 100,
      }),
    reader,
    search,
    close(): void {
      reader.close();
      db.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function insert(db: Database, table: string, row: Row): number {
  const names = Object.keys(row);
  const marks = names.map(() => "?").join(", ");
  const { lastInsertRowid } = db
    .prepare<Value[]>(`INSERT INTO ${table} (${names.join(", ")}) VALUES (${marks})`)
    .run(...Object.values(row));
  return Number(lastInsertRowid);
}
