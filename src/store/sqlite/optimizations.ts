import type { Database } from "better-sqlite3";
import { AppError, notFound } from "../../errors.ts";
import type { Json } from "../../model/json.ts";
import type { Optimization, OptimizationSetup } from "../../model/optimization.ts";
import type { Holder } from "../ledger-store.ts";
import { compressText } from "./compress.ts";
import { holderCheck } from "./holder.ts";
import { jsonText } from "./json-text.ts";
import { OPTIMIZATION_COLUMNS, OPTIMIZATION_SOURCE, toOptimization } from "./optimization-rows.ts";
import { nowUs, rowWriter } from "./write-rows.ts";

interface NewOptimization {
  readonly id: string;
  readonly projectId: string;
  readonly jobId: string;
  readonly note: string | null;
  readonly setup: OptimizationSetup;
}

interface OptimizationEnd {
  readonly summary: Json;
  readonly resultHash: string;
}

/** Campaigns, as documented on OptimizationStore: the writes. Each is atomic. */
export function optimizationOperations(db: Database) {
  return { ...startOperations(db), ...heldOperations(db), ...lookOperation(db) };
}

function startOperations(db: Database) {
  const rows = rowWriter(db);
  const byId = db.prepare<[number, string]>(
    `SELECT ${OPTIMIZATION_COLUMNS} FROM ${OPTIMIZATION_SOURCE} WHERE o.project = ? AND o.id = ?`,
  );
  const taken = db.prepare<[string], number>("SELECT 1 FROM optimization WHERE id = ?").pluck();
  const insert = db.prepare(
    `INSERT INTO optimization (id, project, job, note, setup, created_us)
     VALUES (@id, @project, @jobId, @note, @setup, @now)`,
  );
  const stop = db.prepare<[string, string]>(
    `UPDATE optimization SET stop_requested = 1
     WHERE id = ? AND project = (SELECT key FROM project WHERE id = ?)`,
  );
  const create = db.transaction((optimization: NewOptimization): Optimization => {
    rows.forget();
    const project = rows.project(optimization.projectId);
    const { id, jobId, note, setup } = optimization;
    const before = byId.get(project, id);
    const known = before === undefined ? undefined : toOptimization(before);
    if (known?.jobId === jobId) return known;
    if (taken.get(id) !== undefined)
      throw new AppError("conflict", "An optimization with this id exists already");
    insert.run({ id, project, jobId, note, setup: JSON.stringify(setup), now: nowUs() });
    return toOptimization(byId.get(project, id));
  });
  return {
    createOptimization: (optimization: NewOptimization): Optimization => create.immediate(optimization),
    stopOptimization(projectId: string, id: string): void {
      if (stop.run(id, projectId).changes === 0) throw notFound("optimization", id);
    },
  };
}

function heldOperations(db: Database) {
  const checkHolder = holderCheck(db);
  const find = db
    .prepare<[number, string], number>("SELECT seq FROM optimization WHERE project = ? AND id = ?")
    .pluck();
  const put = db.prepare(
    `INSERT INTO optimization_event (optimization, number, deflated, data)
     VALUES (@optimization, @number, @deflated, @data)
     ON CONFLICT (optimization, number) DO UPDATE SET deflated = excluded.deflated, data = excluded.data`,
  );
  const end = db.prepare("UPDATE optimization SET summary = ?, result_hash = ?, ended_us = ? WHERE seq = ?");
  const held = (holder: Holder, id: string): number => {
    const optimization = find.get(checkHolder(holder, nowUs()).project, id);
    if (optimization === undefined) throw notFound("optimization", id);
    return optimization;
  };
  const putEvent = db.transaction((holder: Holder, id: string, number: number, event: Json): void => {
    put.run({ optimization: held(holder, id), number, ...compressText(jsonText(event).text) });
  });
  const finish = db.transaction((holder: Holder, id: string, { summary, resultHash }: OptimizationEnd) => {
    end.run(JSON.stringify(summary), resultHash, nowUs(), held(holder, id));
  });
  return {
    putOptimizationEvent: (holder: Holder, id: string, number: number, event: Json): void =>
      putEvent.immediate(holder, id, number, event),
    finishOptimization: (holder: Holder, id: string, ended: OptimizationEnd): void =>
      finish.immediate(holder, id, ended),
  };
}

function lookOperation(db: Database) {
  const rows = rowWriter(db);
  const note = db.prepare("INSERT OR IGNORE INTO holdout_look (project, example_id, look) VALUES (?, ?, ?)");
  const looks = db
    .prepare<[number, string], number>(
      "SELECT count(*) FROM holdout_look WHERE project = ? AND example_id = ?",
    )
    .pluck();
  const most = (project: number, ids: readonly string[]): number =>
    ids.reduce((found, id) => Math.max(found, looks.get(project, id) ?? 0), 0);
  const noteLook = db.transaction((projectId: string, look: string, ids: readonly string[]): number => {
    rows.forget();
    const project = rows.project(projectId);
    for (const id of ids) note.run(project, id, look);
    return Math.max(1, most(project, ids));
  });
  const countLooks = db.transaction((projectId: string, ids: readonly string[]): number => {
    rows.forget();
    return most(rows.project(projectId), ids);
  });
  return {
    countLooks: (projectId: string, ids: readonly string[]): number => countLooks.immediate(projectId, ids),
    noteLook: (projectId: string, look: string, ids: readonly string[]): number =>
      noteLook.immediate(projectId, look, ids),
  };
}
