import type { Database } from "better-sqlite3";
import type { Json } from "../../model/json.ts";
import type { MediaItem, MediaRef } from "../../model/message.ts";
import type { SessionSummary, TraceSummary } from "../../model/trace.ts";
import type { ContentId, Page } from "../store.ts";
import { decodeCursor, encodeCursor } from "./page-cursor.ts";
import { contentReader } from "./read-contents.ts";
import { nameReader } from "./read-names.ts";
import { spanReadOperations } from "./read-spans.ts";
import {
  SESSION_COLUMN_LIST,
  SessionRow,
  TRACE_COLUMN_LIST,
  TRACE_SOURCE,
  TraceRow,
  toSessionSummary,
  toTraceSummary,
} from "./summary-rows.ts";

const MAX_PAGE = 1000;

/** Reading of single traces, sessions, spans, contents and media, as documented on TraceStore. */
export function readOperations(db: Database) {
  return { ...spanReadOperations(db), ...contentReadOperations(db), ...summaryReadOperations(db) };
}

function contentReadOperations(db: Database) {
  const names = nameReader(db);
  const contents = contentReader(db);
  const media = db.prepare<[number, string], { hash: string; mimeType: string; data: Uint8Array }>(
    "SELECT hash, mime_type AS mimeType, data FROM media WHERE project = ? AND hash = ?",
  );
  const mediaRef = db.prepare<[number, string], MediaRef>(
    "SELECT hash, mime_type AS mimeType, bytes FROM media WHERE project = ? AND hash = ?",
  );
  return {
    readContents(projectId: string, ids: readonly ContentId[]): ReadonlyMap<ContentId, Json> {
      const project = names.project(projectId);
      const found = new Map<ContentId, Json>();
      if (project === undefined) return found;
      for (const id of new Set(ids)) {
        const value = contents.ofProject(project, id);
        if (value !== undefined) found.set(id, value);
      }
      return found;
    },
    getMedia(projectId: string, hash: string): MediaItem | undefined {
      const project = names.project(projectId);
      const row = project === undefined ? undefined : media.get(project, hash);
      return row && { hash: row.hash, mimeType: row.mimeType, data: new Uint8Array(row.data) };
    },
    listMedia(projectId: string, hashes: readonly string[]): readonly MediaRef[] {
      const project = names.project(projectId);
      if (project === undefined) return [];
      return [...new Set(hashes)].flatMap((hash) => mediaRef.get(project, hash) ?? []);
    },
  };
}

function summaryReadOperations(db: Database) {
  const names = nameReader(db);
  // Rows that are not rolled up yet have no start: nothing but feedback or tags has arrived.
  const trace = db.prepare<[number]>(
    `SELECT ${TRACE_COLUMN_LIST} FROM ${TRACE_SOURCE} WHERE t.id = ? AND t.start_us IS NOT NULL`,
  );
  const session = db.prepare<[number]>(
    `SELECT ${SESSION_COLUMN_LIST} FROM session s WHERE s.id = ? AND s.start_us IS NOT NULL`,
  );
  const traces = db.prepare<[number, number, number, number], { id: number }>(
    `SELECT t.id, ${TRACE_COLUMN_LIST} FROM ${TRACE_SOURCE} WHERE t.session = ? AND t.start_us IS NOT NULL
     AND (t.start_us, t.id) > (?, ?) ORDER BY t.start_us, t.id LIMIT ?`,
  );
  const count = db
    .prepare<[number], number>("SELECT count(*) FROM trace WHERE session = ? AND start_us IS NOT NULL")
    .pluck();
  const findSession = (projectId: string, id: string): number | undefined => {
    const project = names.project(projectId);
    return project === undefined ? undefined : names.session(project, id);
  };
  return {
    getTrace(projectId: string, id: string): TraceSummary | undefined {
      const project = names.project(projectId);
      const key = project === undefined ? undefined : names.trace(project, id);
      const row = key === undefined ? undefined : trace.get(key);
      return row === undefined ? undefined : toTraceSummary(projectId, TraceRow.parse(row));
    },
    getSession(projectId: string, id: string): SessionSummary | undefined {
      const key = findSession(projectId, id);
      const row = key === undefined ? undefined : session.get(key);
      return row === undefined ? undefined : toSessionSummary(projectId, SessionRow.parse(row));
    },
    readSessionTraces(
      projectId: string,
      sessionId: string,
      options: { limit: number; cursor?: string | undefined },
    ): Page<TraceSummary> {
      const after = decodeCursor(options.cursor);
      const key = findSession(projectId, sessionId);
      if (key === undefined) return { items: [], total: 0, next: null };
      const limit = Math.min(Math.max(1, Math.floor(options.limit)), MAX_PAGE);
      const found = traces.all(key, after.us, after.row, limit + 1);
      const rows = found.slice(0, limit);
      const items = rows.map((row) => toTraceSummary(projectId, TraceRow.parse(row)));
      const last = items.at(-1);
      const lastRow = rows.at(-1);
      const more = last && lastRow && found.length > limit;
      return {
        items,
        total: count.get(key) ?? 0,
        next: more ? encodeCursor({ us: last.startUs, row: lastRow.id }) : null,
      };
    },
  };
}
