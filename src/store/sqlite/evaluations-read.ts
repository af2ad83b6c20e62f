import type { Database } from "better-sqlite3";
import type { Evaluation, ResultRow } from "../../model/evaluation.ts";
import type { Page } from "../store.ts";
import {
  decodeRowCursor,
  EVALUATION_COLUMNS,
  EVALUATION_SOURCE,
  encodeRowCursor,
  StoredRow,
  toEvaluation,
  toResultRow,
} from "./evaluation-rows.ts";
import { decodeCursor, encodeCursor, pageLimit } from "./page-cursor.ts";
import { nameReader } from "./read-names.ts";

const MAX_EVALUATIONS = 500;
const MAX_ROWS = 500;

/** Reading evaluations, as documented on EvaluationStore. */
export function evaluationReadOperations(db: Database) {
  return { ...evaluationReads(db), ...rowReads(db) };
}

function evaluationReads(db: Database) {
  const names = nameReader(db);
  const one = db.prepare<[string, string]>(
    `SELECT ${EVALUATION_COLUMNS} FROM ${EVALUATION_SOURCE} WHERE p.id = ? AND e.id = ?`,
  );
  const which = "e.project = @project AND (@dataset IS NULL OR e.dataset = @dataset)";
  const count = db.prepare<[object], number>(`SELECT count(*) FROM evaluation e WHERE ${which}`).pluck();
  const page = db.prepare<[object], { seq: number }>(
    `SELECT e.seq, ${EVALUATION_COLUMNS} FROM ${EVALUATION_SOURCE}
     WHERE ${which} AND (@row < 0 OR e.seq < @row) ORDER BY e.seq DESC LIMIT @limit`,
  );
  return {
    getEvaluation(projectId: string, id: string): Evaluation | undefined {
      const row = one.get(projectId, id);
      return row === undefined ? undefined : toEvaluation(row);
    },
    listEvaluations(query: {
      projectId: string;
      dataset?: string | undefined;
      limit: number;
      cursor?: string | undefined;
    }): Page<Evaluation> {
      const { row } = decodeCursor(query.cursor);
      const project = names.project(query.projectId);
      if (project === undefined) return { items: [], total: 0, next: null };
      const filter = { project, dataset: query.dataset ?? null };
      const limit = pageLimit(query.limit, MAX_EVALUATIONS);
      const found = page.all({ ...filter, row, limit: limit + 1 });
      const last = found[limit - 1];
      return {
        items: found.slice(0, limit).map(toEvaluation),
        total: count.get(filter) ?? 0,
        next: last && found.length > limit ? encodeCursor({ us: 0, row: last.seq }) : null,
      };
    },
  };
}

function rowReads(db: Database) {
  const find = db
    .prepare<[string, string], number>(`SELECT e.seq FROM ${EVALUATION_SOURCE} WHERE p.id = ? AND e.id = ?`)
    .pluck();
  const which = "evaluation = @evaluation AND (@holdout OR split <> 'holdout')";
  const count = db.prepare<[object], number>(`SELECT count(*) FROM evaluation_row WHERE ${which}`).pluck();
  const page = db.prepare<[object]>(
    `SELECT example_id AS exampleId, repeat, deflated, data FROM evaluation_row
     WHERE ${which} AND (example_id, repeat) > (@exampleId, @repeat) ORDER BY example_id, repeat LIMIT @limit`,
  );
  return {
    readEvaluationRows(query: {
      projectId: string;
      evaluationId: string;
      includeHoldout: boolean;
      limit: number;
      cursor?: string | undefined;
    }): Page<ResultRow> {
      const [exampleId, repeat] = decodeRowCursor(query.cursor);
      const evaluation = find.get(query.projectId, query.evaluationId);
      if (evaluation === undefined) return { items: [], total: 0, next: null };
      const filter = { evaluation, holdout: query.includeHoldout ? 1 : 0 };
      const limit = pageLimit(query.limit, MAX_ROWS);
      const found = page
        .all({ ...filter, exampleId, repeat, limit: limit + 1 })
        .map((row) => StoredRow.parse(row));
      const last = found[limit - 1];
      return {
        items: found.slice(0, limit).map(toResultRow),
        total: count.get(filter) ?? 0,
        next: last && found.length > limit ? encodeRowCursor(last) : null,
      };
    },
  };
}
