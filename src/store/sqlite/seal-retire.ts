import type { Database } from "better-sqlite3";
import { notFound } from "../../errors.ts";
import { sealRows } from "./seal-rows.ts";
import { nowUs } from "./write-rows.ts";

interface Dataset {
  readonly id: number;
  readonly project: number;
}

/** The holdout examples of a project's datasets that are not retired. */
const SEALED_EXAMPLES = `dataset d JOIN dataset_version v ON v.dataset = d.id AND v.holdout > 0
  WHERE d.project = @project AND d.retired_us IS NULL`;

/** Sources noted for the runs of holdout rows; `which` chooses among evaluation e. */
const sourcesOfRuns = (which: string): string =>
  `SELECT s.source FROM evaluation e JOIN evaluation_row r ON r.evaluation = e.seq AND r.split = 'holdout'
   JOIN derived s ON s.project = e.project AND s.kind = 'result' AND s.ref = CAST(r.id AS TEXT)
   WHERE e.project = @project AND ${which}`;

/** Ending the sealing of a holdout, as documented on DatasetStore. */
export function retireOperation(db: Database) {
  const find = db.prepare<[string, string], Dataset>(
    "SELECT d.id, d.project FROM dataset d JOIN project p ON p.key = d.project WHERE p.id = ? AND d.name = ?",
  );
  const retire = db.prepare("UPDATE dataset SET retired_us = ? WHERE id = ?");
  const examples = db
    .prepare<[number], number>(
      `SELECT count(DISTINCT e.example_id) FROM dataset_version v JOIN dataset_example e ON e.version = v.id
       WHERE v.dataset = ? AND e.split = 'holdout'`,
    )
    .pluck();
  const sessions = db
    .prepare<[number], number>("SELECT count(*) FROM sealed_session WHERE project = ?")
    .pluck();
  const unseal = sealRemover(db);
  const resealRows = rowsResealer(db);
  const end = db.transaction((projectId: string, name: string) => {
    const dataset = find.get(projectId, name);
    if (!dataset) throw notFound("dataset", name);
    const before = sessions.get(dataset.project) ?? 0;
    retire.run(nowUs(), dataset.id);
    unseal(dataset, name);
    resealRows(dataset.project);
    const opened = before - (sessions.get(dataset.project) ?? 0);
    return { examples: examples.get(dataset.id) ?? 0, sessions: opened };
  });
  return { retireHoldout: (projectId: string, name: string) => end.immediate(projectId, name) };
}

/** Takes away the seals of a dataset's sources and of runs on its examples, but for those that another still needs. */
function sealRemover(db: Database): (dataset: Dataset, name: string) => void {
  const ofSources = ["seal_session", "seal_trace"].map((table) =>
    db.prepare(`DELETE FROM ${table} WHERE project = @project AND dataset = @id`),
  );
  const ofRuns = [
    `DELETE FROM seal_session WHERE project = @project AND dataset = 0
       AND 'session:' || session_id IN (${sourcesOfRuns("e.dataset = @name")})`,
    `DELETE FROM seal_trace WHERE project = @project AND dataset = 0
       AND 'trace:' || lower(hex(trace_id)) IN (${sourcesOfRuns("e.dataset = @name")})`,
  ].map((text) => db.prepare(text));
  const stillSealed = `e.dataset IN (SELECT d.name FROM ${SEALED_EXAMPLES})`;
  const again = [
    `INSERT OR IGNORE INTO seal_session (project, session_id, dataset)
       SELECT @project, substr(source, 9), 0 FROM (${sourcesOfRuns(stillSealed)}) WHERE source LIKE 'session:%'`,
    `INSERT OR IGNORE INTO seal_trace (project, trace_id, dataset)
       SELECT @project, unhex(substr(source, 7)), 0 FROM (${sourcesOfRuns(stillSealed)}) WHERE source LIKE 'trace:%'`,
  ].map((text) => db.prepare(text));
  // Runs that ended before they had a row are known of no dataset: they go with the last one.
  const ofAllRuns = ["seal_session", "seal_trace"].map((table) =>
    db.prepare(
      `DELETE FROM ${table} WHERE project = @project AND dataset = 0 AND NOT EXISTS (SELECT 1 FROM ${SEALED_EXAMPLES})`,
    ),
  );
  return ({ id, project }, name) => {
    for (const step of ofSources) step.run({ project, id });
    for (const step of ofRuns) step.run({ project, name });
    for (const step of [...again, ...ofAllRuns]) step.run({ project });
  };
}

function rowsResealer(db: Database): (project: number) => void {
  const rows = sealRows(db);
  const clear = ["sealed_session", "sealed_trace"].map((table) =>
    db.prepare(`DELETE FROM ${table} WHERE project = ?`),
  );
  const sessions = db
    .prepare<[number], string>("SELECT DISTINCT session_id FROM seal_session WHERE project = ?")
    .pluck();
  const traces = db
    .prepare<[number], Buffer>("SELECT DISTINCT trace_id FROM seal_trace WHERE project = ?")
    .pluck();
  return (project) => {
    for (const step of clear) step.run(project);
    for (const id of sessions.all(project)) rows.session(project, id);
    for (const id of traces.all(project)) rows.trace(project, id);
  };
}
