import type { Database } from "better-sqlite3";
import type { Example } from "../../model/example.ts";
import { nameReader } from "./read-names.ts";
import { sealRows } from "./seal-rows.ts";
import { rowWriter } from "./write-rows.ts";

/** Stands for a dataset in the seal of a run. */
const RUN = 0;

export interface Sealer {
  /** Seals the sources of the holdout examples among these. */
  sources(project: number, dataset: number, examples: readonly Example[]): void;
  runs(project: number, ids: { traceIds?: readonly string[]; sessionIds?: readonly string[] }): void;
}

/** Seals by id what is there and what is to come; inside the caller's write transaction. */
export function sealer(db: Database): Sealer {
  const rows = sealRows(db);
  const addSession = db.prepare(
    "INSERT OR IGNORE INTO seal_session (project, session_id, dataset) VALUES (?, ?, ?)",
  );
  const addTrace = db.prepare(
    "INSERT OR IGNORE INTO seal_trace (project, trace_id, dataset) VALUES (?, ?, ?)",
  );
  const session = (project: number, id: string, dataset: number): void => {
    if (addSession.run(project, id, dataset).changes > 0) rows.session(project, id);
  };
  const trace = (project: number, id: string, dataset: number): void => {
    const bytes = Buffer.from(id, "hex");
    if (addTrace.run(project, bytes, dataset).changes > 0) rows.trace(project, bytes);
  };
  return {
    sources(project, dataset, examples) {
      for (const { split, origin } of examples) {
        if (split !== "holdout") continue;
        if (origin.sessionId !== null) session(project, origin.sessionId, dataset);
        if (origin.traceId !== null) trace(project, origin.traceId, dataset);
      }
    },
    runs(project, { traceIds = [], sessionIds = [] }) {
      for (const id of sessionIds) session(project, id, RUN);
      for (const id of traceIds) trace(project, id, RUN);
    },
  };
}

/** Sealing, as documented on DatasetStore: the writes. */
export function sealOperations(db: Database) {
  const rows = rowWriter(db);
  const seals = sealer(db);
  const seal = db.transaction(
    (projectId: string, ids: { traceIds?: readonly string[]; sessionIds?: readonly string[] }) => {
      rows.forget();
      seals.runs(rows.project(projectId), ids);
    },
  );
  return {
    sealTraces: (projectId: string, traceIds: readonly string[]): void =>
      seal.immediate(projectId, { traceIds }),
    sealSessions: (projectId: string, sessionIds: readonly string[]): void =>
      seal.immediate(projectId, { sessionIds }),
  };
}

/** As `sealOperations`: the reads. */
export function sealReadOperations(db: Database) {
  const names = nameReader(db);
  const ofSession = db
    .prepare<[object], number>(
      `SELECT EXISTS (SELECT 1 FROM seal_session WHERE project = @project AND session_id = @id)
       OR EXISTS (SELECT 1 FROM session s JOIN sealed_session z ON z.session = s.id
         WHERE s.project = @project AND s.session_id = @id)`,
    )
    .pluck();
  const ofTrace = db
    .prepare<[object], number>(
      `SELECT EXISTS (SELECT 1 FROM seal_trace WHERE project = @project AND trace_id = @id)
       OR EXISTS (SELECT 1 FROM trace t JOIN sealed_trace z ON z.trace = t.id
         WHERE t.project = @project AND t.trace_id = @id)`,
    )
    .pluck();
  const count = db.prepare<[object], { traces: number; sessions: number }>(
    `SELECT (SELECT count(*) FROM sealed_trace WHERE project = @project) AS traces,
       (SELECT count(*) FROM sealed_session WHERE project = @project) AS sessions`,
  );
  return {
    isSealed(projectId: string, ids: { sessionId?: string; traceId?: string }): boolean {
      const project = names.project(projectId);
      if (project === undefined) return false;
      const { sessionId, traceId } = ids;
      if (sessionId !== undefined && ofSession.get({ project, id: sessionId }) === 1) return true;
      return traceId !== undefined && ofTrace.get({ project, id: Buffer.from(traceId, "hex") }) === 1;
    },
    countSealed(projectId: string): { traces: number; sessions: number } {
      const project = names.project(projectId);
      const nothing = { traces: 0, sessions: 0 };
      return project === undefined ? nothing : (count.get({ project }) ?? nothing);
    },
  };
}
