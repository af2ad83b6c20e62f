import type { Database } from "better-sqlite3";
import { createRecentMap } from "../../model/recent-map.ts";
import { traceHash } from "./trace-hash.ts";

/** Rows that others hang on, made on first sight: ids of projects, sessions and traces by their names. */
export interface RowWriter {
  project(id: string): number;
  session(project: number, sessionId: string): number;
  /** Undefined: the trace was deleted and stays so. `id` is its 32 hex digits. */
  trace(project: number, id: string): number | undefined;
  isDeleted(project: number, traceId: Uint8Array): boolean;
  /** After a rollback or a deletion the ids that it remembers may be no one's. */
  forget(): void;
}

const NONE = { project: -1, name: "", id: 0 };

export function rowWriter(db: Database): RowWriter {
  const projects = new Map<string, number>();
  const sessions = createRecentMap<string, number>(5_000);
  const traces = createRecentMap<string, number>(20_000);
  const findProject = db.prepare<[string], number>("SELECT key FROM project WHERE id = ?").pluck();
  const addProject = db.prepare("INSERT INTO project (id, slug, created_us) VALUES (?, ?, ?)");
  const findSession = db
    .prepare<[number, string], number>("SELECT id FROM session WHERE project = ? AND session_id = ?")
    .pluck();
  const addSession = db.prepare("INSERT INTO session (project, session_id) VALUES (?, ?)");
  const findTrace = db
    .prepare<[number, Uint8Array], number>("SELECT id FROM trace WHERE project = ? AND trace_id = ?")
    .pluck();
  const addTrace = db.prepare("INSERT INTO trace (project, trace_id, arrived_us) VALUES (?, ?, ?)");
  const findDeleted = db
    .prepare<[number, Uint8Array], number>("SELECT 1 FROM deleted_trace WHERE project = ? AND trace_hash = ?")
    .pluck();
  // Spans of one trace and session follow each other.
  let lastSession = NONE;
  let lastTrace = NONE;
  const isDeleted = (project: number, traceId: Uint8Array): boolean =>
    findDeleted.get(project, traceHash(traceId)) !== undefined;

  return {
    isDeleted,
    project(id) {
      const known = projects.get(id);
      if (known !== undefined) return known;
      const key = findProject.get(id) ?? Number(addProject.run(id, id, nowUs()).lastInsertRowid);
      projects.set(id, key);
      return key;
    },
    session(project, sessionId) {
      if (lastSession.name === sessionId && lastSession.project === project) return lastSession.id;
      const name = `${project}:${sessionId}`;
      const id =
        sessions.get(name) ??
        findSession.get(project, sessionId) ??
        Number(addSession.run(project, sessionId).lastInsertRowid);
      sessions.set(name, id);
      lastSession = { project, name: sessionId, id };
      return id;
    },
    trace(project, id) {
      if (lastTrace.name === id && lastTrace.project === project) return lastTrace.id;
      const name = `${project}:${id}`;
      let row = traces.get(name);
      if (row === undefined) {
        const bytes = Buffer.from(id, "hex");
        row = findTrace.get(project, bytes);
        if (row === undefined) {
          if (isDeleted(project, bytes)) return undefined;
          row = Number(addTrace.run(project, bytes, nowUs()).lastInsertRowid);
        }
        traces.set(name, row);
      }
      lastTrace = { project, name: id, id: row };
      return row;
    },
    forget() {
      projects.clear();
      sessions.clear();
      traces.clear();
      lastSession = NONE;
      lastTrace = NONE;
    },
  };
}

/** Whole microseconds since the epoch. */
export const nowUs = (): number => Date.now() * 1000;
