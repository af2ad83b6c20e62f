import type { Database } from "better-sqlite3";
import { z } from "zod";
import { invalidInput } from "../../errors.ts";
import type { CountRow } from "../store.ts";
import { FACETS } from "./compile-filter-columns.ts";
import { raw, type Sql, sql } from "./compile-filter-sql.ts";
import { projectKey } from "./search-matching.ts";
import { openStatements } from "./search-statements.ts";

const MOST_VALUES = 1_000;

const Row = z.object({ value: z.string(), count: z.number() });

/** Fields that are one text of a trace, by their column. */
const COLUMNS: ReadonlyMap<string, string> = new Map([
  ["name", "t.name"],
  ["status", "t.status"],
  ["user", "t.user_id"],
  ["release", "t.release"],
  ["commit", "t.commit_sha"],
  ["session", "(SELECT s.session_id FROM session s WHERE s.id = t.session)"],
]);

const ofFacet = (project: number, field: string): Sql =>
  sql`SELECT value, count(*) AS count FROM trace_facet WHERE project = ${project} AND field = ${field} GROUP BY value`;

/** The keys in use of a family: of tags on traces, or of assessments. */
function ofFamily(project: number, family: string): Sql | undefined {
  if (family === "tag")
    return sql`SELECT substr(field, 5) AS value, count(*) AS count FROM trace_facet
      WHERE project = ${project} AND field >= 'tag.' AND field < 'tag/' GROUP BY field`;
  if (family === "session.tag")
    return sql`SELECT j.key AS value, count(*) AS count FROM session s, json_each(s.tags) j
      WHERE s.project = ${project} GROUP BY j.key`;
  if (family === "feedback" || family === "expectation")
    return sql`SELECT name AS value, count(*) AS count FROM assessment
      WHERE project = ${project} AND kind = ${family} AND superseded_by IS NULL GROUP BY name`;
  return undefined;
}

/** The values in use under one key of a family. */
function ofKey(project: number, field: string): Sql | undefined {
  const [, family, key = ""] = /^(session\.tag|tag|feedback|expectation)\.(.+)$/s.exec(field) ?? [];
  if (family === "tag") return ofFacet(project, field);
  if (family === "session.tag")
    return sql`SELECT CAST(j.value AS TEXT) AS value, count(*) AS count FROM session s, json_each(s.tags) j
      WHERE s.project = ${project} AND j.key = ${key} GROUP BY j.value`;
  if (family !== undefined)
    return sql`SELECT value, count(*) AS count FROM assessment WHERE project = ${project} AND kind = ${family}
      AND name = ${key} AND superseded_by IS NULL AND value IS NOT NULL GROUP BY value`;
  return undefined;
}

function ofColumn(project: number, field: string): Sql | undefined {
  const column = COLUMNS.get(field);
  return column === undefined
    ? undefined
    : sql`SELECT ${raw(column)} AS value, count(*) AS count FROM trace t
        WHERE t.project = ${project} AND t.start_us IS NOT NULL AND ${raw(column)} IS NOT NULL GROUP BY 1`;
}

/** Assessments are stored as JSON scalars; they are shown as the filter language writes them without quotes. */
function shown(field: string, { value, count }: CountRow): CountRow {
  if (!/^(feedback|expectation)\./.test(field)) return { value, count };
  const scalar: unknown = JSON.parse(value);
  return { value: String(scalar), count };
}

export interface ValueOperations {
  listValues(projectId: string, field: string, limit: number): readonly CountRow[];
}

/**
 * Distinct values of a filter field over a project's traces, most frequent first, at most 1000; of a family
 * without its key (`tag`, `feedback`) the keys in use. Throws `invalid_input` for a field that has no such list.
 */
export function valueOperations(db: Database): ValueOperations {
  const statements = openStatements(db);
  return {
    listValues(projectId, field, limit) {
      const project = projectKey(statements, projectId) ?? -1;
      const values =
        (FACETS.has(field) || field === "error_type" ? ofFacet(project, field) : undefined) ??
        ofColumn(project, field) ??
        ofFamily(project, field) ??
        ofKey(project, field);
      if (!values) {
        const known = [...FACETS, "error_type", ...COLUMNS.keys()].join(", ");
        throw invalidInput(
          "No list of values is kept for that field",
          `Fields with one: ${known}; tag, session.tag, feedback and expectation, alone or with a key.`,
        );
      }
      const most = Math.min(MOST_VALUES, Math.max(1, Math.trunc(limit)));
      const rows = statements.all(Row, sql`${values} ORDER BY count DESC, value LIMIT ${most}`);
      return rows.map((row) => shown(field, row));
    },
  };
}
