import type { Database } from "better-sqlite3";
import { AppError, notFound } from "../../errors.ts";
import type { Evaluation, EvaluationSetup, ResultRow } from "../../model/evaluation.ts";
import type { Json } from "../../model/json.ts";
import type { Holder } from "../ledger-store.ts";
import { compressText } from "./compress.ts";
import { derivedNotes } from "./derived.ts";
import { EVALUATION_COLUMNS, EVALUATION_SOURCE, toEvaluation } from "./evaluation-rows.ts";
import { holderCheck } from "./holder.ts";
import { jsonText } from "./json-text.ts";
import { sealer } from "./seal.ts";
import { nowUs, rowWriter } from "./write-rows.ts";

interface NewEvaluation {
  readonly id: string;
  readonly projectId: string;
  readonly jobId: string;
  readonly note: string | null;
  readonly setup: EvaluationSetup;
}

interface EvaluationEnd {
  readonly summary: Json;
  readonly resultHash: string;
  readonly changed: boolean;
}

interface Attempt {
  readonly dataset: string;
  readonly baseline: string;
  readonly candidate: string;
}

/** Evaluations and their rows, as documented on EvaluationStore. Each method is one atomic write. */
export function evaluationOperations(db: Database) {
  return { ...createOperation(db), ...resultOperations(db), ...attemptOperation(db) };
}

function createOperation(db: Database) {
  const rows = rowWriter(db);
  const byId = db.prepare<[number, string]>(
    `SELECT ${EVALUATION_COLUMNS} FROM ${EVALUATION_SOURCE} WHERE e.project = ? AND e.id = ?`,
  );
  const taken = db.prepare<[string], number>("SELECT 1 FROM evaluation WHERE id = ?").pluck();
  const insert = db.prepare(
    `INSERT INTO evaluation (id, project, job, dataset, note, setup, created_us)
     VALUES (@id, @project, @jobId, @dataset, @note, @setup, @now)`,
  );
  const create = db.transaction((evaluation: NewEvaluation): Evaluation => {
    rows.forget();
    const project = rows.project(evaluation.projectId);
    const { id, jobId, note, setup } = evaluation;
    const before = byId.get(project, id);
    const known = before === undefined ? undefined : toEvaluation(before);
    if (known?.jobId === jobId) return known;
    if (taken.get(id) !== undefined)
      throw new AppError("conflict", "An evaluation with this id exists already");
    const dataset = setup.dataset.name;
    insert.run({ id, project, jobId, dataset, note, setup: JSON.stringify(setup), now: nowUs() });
    return toEvaluation(byId.get(project, id));
  });
  return { createEvaluation: (evaluation: NewEvaluation): Evaluation => create.immediate(evaluation) };
}

function resultOperations(db: Database) {
  const checkHolder = holderCheck(db);
  const seals = sealer(db);
  const find = db
    .prepare<[number, string], number>("SELECT seq FROM evaluation WHERE project = ? AND id = ?")
    .pluck();
  const derived = derivedNotes(db);
  const put = db
    .prepare<[object], number>(
      `INSERT INTO evaluation_row (evaluation, example_id, repeat, split, status, deflated, data)
       VALUES (@evaluation, @exampleId, @repeat, @split, @status, @deflated, @data)
       ON CONFLICT (evaluation, example_id, repeat) DO UPDATE SET split = excluded.split, status = excluded.status,
         deflated = excluded.deflated, data = excluded.data RETURNING id`,
    )
    .pluck();
  const end = db.prepare(
    "UPDATE evaluation SET summary = ?, result_hash = ?, changed = ?, ended_us = ? WHERE seq = ?",
  );
  const held = (holder: Holder, id: string): { project: number; evaluation: number } => {
    const project = checkHolder(holder, nowUs()).project;
    const evaluation = find.get(project, id);
    if (evaluation === undefined) throw notFound("evaluation", id);
    return { project, evaluation };
  };
  const putRows = db.transaction((holder: Holder, evaluationId: string, rows: readonly ResultRow[]) => {
    const { project, evaluation } = held(holder, evaluationId);
    for (const row of rows) {
      const { exampleId, repeat, split, run } = row;
      const packed = compressText(jsonText(row).text);
      const id = String(put.get({ evaluation, exampleId, repeat, split, status: run.status, ...packed }));
      const sessionIds = run.sessionId === null ? [] : [run.sessionId];
      derived.forget(project, "result", id);
      const sessions = sessionIds.map((sessionId) => ({ sessionId }));
      derived.note(project, [...run.traceIds.map((traceId) => ({ traceId })), ...sessions], "result", id);
      if (split === "holdout") seals.runs(project, { traceIds: run.traceIds, sessionIds });
    }
  });
  const finish = db.transaction((holder: Holder, evaluationId: string, ended: EvaluationEnd) => {
    const { evaluation } = held(holder, evaluationId);
    const { summary, resultHash, changed } = ended;
    end.run(JSON.stringify(summary), resultHash, changed ? 1 : 0, nowUs(), evaluation);
  });
  return {
    putEvaluationRows: (holder: Holder, evaluationId: string, rows: readonly ResultRow[]): void =>
      putRows.immediate(holder, evaluationId, rows),
    finishEvaluation: (holder: Holder, evaluationId: string, ended: EvaluationEnd): void =>
      finish.immediate(holder, evaluationId, ended),
  };
}

function attemptOperation(db: Database) {
  const rows = rowWriter(db);
  const note = db.prepare(
    "INSERT OR IGNORE INTO attempt (project, dataset, baseline, candidate) VALUES (?, ?, ?, ?)",
  );
  const count = db
    .prepare<[number, string, string], number>(
      "SELECT count(*) FROM attempt WHERE project = ? AND dataset = ? AND baseline = ?",
    )
    .pluck();
  const countAttempts = db.transaction((projectId: string, attempt: Attempt, more: boolean): number => {
    rows.forget();
    const project = rows.project(projectId);
    const { dataset, baseline, candidate } = attempt;
    if (more) note.run(project, dataset, baseline, candidate);
    return count.get(project, dataset, baseline) ?? 0;
  });
  return {
    countAttempts: (projectId: string, attempt: Attempt, more: boolean): number =>
      countAttempts.immediate(projectId, attempt, more),
  };
}
