import type { Database } from "better-sqlite3";
import type { DatasetVersion, Example, Split } from "../../model/example.ts";
import type { Page } from "../store.ts";
import {
  ExampleRow,
  toExample,
  toVersion,
  VERSION_COLUMNS,
  VERSION_SOURCE,
  VersionRow,
} from "./dataset-rows.ts";
import { groupHash } from "./group-hash.ts";
import { decodeCursor, encodeCursor, pageLimit } from "./page-cursor.ts";
import { nameReader } from "./read-names.ts";

const MAX_VERSIONS = 500;
const MAX_EXAMPLES = 1000;

/** Reading datasets, as documented on DatasetStore. */
export function datasetReadOperations(db: Database) {
  return {
    ...versionReadOperations(db),
    ...exampleReadOperations(db),
    ...splitReadOperation(db),
    ...openedOperation(db),
  };
}

function versionReadOperations(db: Database) {
  const names = nameReader(db);
  const one = db.prepare<[string, string, number | null]>(
    `SELECT ${VERSION_COLUMNS} FROM ${VERSION_SOURCE} WHERE p.id = ? AND d.name = ?
     AND v.version = coalesce(?, (SELECT max(version) FROM dataset_version WHERE dataset = d.id))`,
  );
  const from = `${VERSION_SOURCE} WHERE d.project = @project AND (@name IS NULL OR d.name = @name)
    AND (@name IS NOT NULL OR v.version = (SELECT max(version) FROM dataset_version WHERE dataset = d.id))`;
  const count = db.prepare<[object], number>(`SELECT count(*) FROM ${from}`).pluck();
  const page = db.prepare<[object]>(
    `SELECT ${VERSION_COLUMNS} FROM ${from} AND (@row < 0 OR (v.created_us, v.id) < (@us, @row))
     ORDER BY v.created_us DESC, v.id DESC LIMIT @limit`,
  );
  return {
    getDataset(projectId: string, name: string, version?: number): DatasetVersion | undefined {
      const row = one.get(projectId, name, version ?? null);
      return row === undefined ? undefined : toVersion(VersionRow.parse(row));
    },
    listDatasets(query: {
      projectId: string;
      name?: string | undefined;
      limit: number;
      cursor?: string | undefined;
    }): Page<DatasetVersion> {
      const after = decodeCursor(query.cursor);
      const project = names.project(query.projectId);
      if (project === undefined) return { items: [], total: 0, next: null };
      const which = { project, name: query.name ?? null };
      const limit = pageLimit(query.limit, MAX_VERSIONS);
      const rows = page
        .all({ ...which, us: after.us, row: after.row, limit: limit + 1 })
        .map((row) => VersionRow.parse(row));
      const last = rows[limit - 1];
      return {
        items: rows.slice(0, limit).map(toVersion),
        total: count.get(which) ?? 0,
        next: last && rows.length > limit ? encodeCursor({ us: last.createdUs, row: last.id }) : null,
      };
    },
  };
}

function exampleReadOperations(db: Database) {
  const find = db
    .prepare<[string, string, number], number>(
      `SELECT v.id FROM ${VERSION_SOURCE} WHERE p.id = ? AND d.name = ? AND v.version = ?`,
    )
    .pluck();
  const within = "e.version = @version AND e.split IN (SELECT value FROM json_each(@splits))";
  const count = db
    .prepare<[object], number>(`SELECT count(*) FROM dataset_example e WHERE ${within}`)
    .pluck();
  const page = db.prepare<[object]>(
    `SELECT e.position, e.example_id AS id, e.hash, e.grp AS "group", e.split, b.deflated, b.data
     FROM dataset_example e JOIN example_body b ON b.id = e.body
     WHERE ${within} AND e.position > @after ORDER BY e.position LIMIT @limit`,
  );
  return {
    readExamples(query: {
      projectId: string;
      name: string;
      version: number;
      splits: readonly Split[];
      limit: number;
      cursor?: string | undefined;
    }): Page<Example> {
      const after = decodeCursor(query.cursor).row;
      const version = find.get(query.projectId, query.name, query.version);
      if (version === undefined) return { items: [], total: 0, next: null };
      const which = { version, splits: JSON.stringify(query.splits) };
      const limit = pageLimit(query.limit, MAX_EXAMPLES);
      const rows = page.all({ ...which, after, limit: limit + 1 }).map((row) => ExampleRow.parse(row));
      const last = rows[limit - 1];
      return {
        items: rows.slice(0, limit).map(toExample),
        total: count.get(which) ?? 0,
        next: last && rows.length > limit ? encodeCursor({ us: 0, row: last.position }) : null,
      };
    },
  };
}

function splitReadOperation(db: Database) {
  const find = db
    .prepare<[string, Uint8Array], Split>(
      "SELECT s.split FROM group_split s JOIN project p ON p.key = s.project WHERE p.id = ? AND s.group_hash = ?",
    )
    .pluck();
  return {
    findSplits: (projectId: string, groups: readonly string[]): readonly (Split | null)[] =>
      groups.map((group) => find.get(projectId, groupHash(group)) ?? null),
  };
}

function openedOperation(db: Database) {
  const opened = db
    .prepare<[string, string], string>(
      `SELECT o.session_id FROM json_each(?) j JOIN project p ON p.id = ?
       JOIN opened_session o ON o.project = p.key AND o.session_id = j.value`,
    )
    .pluck();
  return {
    opened: (projectId: string, sessionIds: readonly string[]): ReadonlySet<string> =>
      new Set(opened.all(JSON.stringify(sessionIds), projectId)),
  };
}
