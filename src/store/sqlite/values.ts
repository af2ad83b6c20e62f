import type { Database } from "better-sqlite3";
import { z } from "zod";
import { invalidInput } from "../../errors.ts";
import type { CountRow } from "../store.ts";
import { FACETS } from "./compile-filter-columns.ts";
import { raw, type Sql, sql, TRUE } from "./compile-filter-sql.ts";
import { notSealed } from "./seal-clause.ts";
import { projectKey } from "./search-matching.ts";
import { openStatements, type Statements } from "./search-statements.ts";

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

/** Where values are looked for: in a project, in what is not sealed. */
interface Scope {
  readonly project: number;
  /** Conditions on `trace` of trace_facet, on `t.id`, on `s.id` and on an assessment. */
  readonly facet: Sql;
  readonly trace: Sql;
  readonly session: Sql;
  readonly assessment: Sql;
}

function scopeOf(statements: Statements, project: number): Scope {
  const open = (level: "trace" | "session", id: string) => notSealed(statements, project, level, raw(id));
  const ofTarget = (level: "trace" | "session", id: string, target: Sql) => {
    const condition = open(level, id);
    return condition === TRUE ? TRUE : sql`NOT EXISTS (${target} AND NOT ${condition})`;
  };
  const trace = ofTarget(
    "trace",
    "y.id",
    sql`SELECT 1 FROM trace y WHERE y.project = ${project} AND y.trace_id = assessment.trace_id`,
  );
  const session = ofTarget(
    "session",
    "y.id",
    sql`SELECT 1 FROM session y WHERE y.project = ${project} AND y.session_id = assessment.session_id`,
  );
  return {
    project,
    facet: open("trace", "trace_facet.trace"),
    trace: open("trace", "t.id"),
    session: open("session", "s.id"),
    assessment: sql`${trace} AND ${session}`,
  };
}

const ofFacet = ({ project, facet }: Scope, field: string): Sql =>
  sql`SELECT value, count(*) AS count FROM trace_facet WHERE project = ${project} AND field = ${field} AND ${facet} GROUP BY value`;

/** The keys in use of a family: of tags on traces, or of assessments. */
function ofFamily(scope: Scope, family: string): Sql | undefined {
  const { project } = scope;
  if (family === "tag")
    return sql`SELECT substr(field, 5) AS value, count(*) AS count FROM trace_facet
      WHERE project = ${project} AND field >= 'tag.' AND field < 'tag/' AND ${scope.facet} GROUP BY field`;
  if (family === "session.tag")
    return sql`SELECT j.key AS value, count(*) AS count FROM session s, json_each(s.tags) j
      WHERE s.project = ${project} AND ${scope.session} GROUP BY j.key`;
  if (family === "feedback" || family === "expectation")
    return sql`SELECT name AS value, count(*) AS count FROM assessment
      WHERE project = ${project} AND kind = ${family} AND superseded_by IS NULL AND ${scope.assessment} GROUP BY name`;
  return undefined;
}

/** The values in use under one key of a family. */
function ofKey(scope: Scope, field: string): Sql | undefined {
  const { project } = scope;
  const [, family, key = ""] = /^(session\.tag|tag|feedback|expectation)\.(.+)$/s.exec(field) ?? [];
  if (family === "tag") return ofFacet(scope, field);
  if (family === "session.tag")
    return sql`SELECT CAST(j.value AS TEXT) AS value, count(*) AS count FROM session s, json_each(s.tags) j
      WHERE s.project = ${project} AND j.key = ${key} AND ${scope.session} GROUP BY j.value`;
  if (family !== undefined)
    return sql`SELECT value, count(*) AS count FROM assessment WHERE project = ${project} AND kind = ${family}
      AND name = ${key} AND superseded_by IS NULL AND value IS NOT NULL AND ${scope.assessment} GROUP BY value`;
  return undefined;
}

function ofColumn({ project, trace }: Scope, field: string): Sql | undefined {
  const column = COLUMNS.get(field);
  return column === undefined
    ? undefined
    : sql`SELECT ${raw(column)} AS value, count(*) AS count FROM trace t
        WHERE t.project = ${project} AND t.start_us IS NOT NULL AND ${raw(column)} IS NOT NULL AND ${trace} GROUP BY 1`;
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
      const scope = scopeOf(statements, projectKey(statements, projectId) ?? -1);
      const values =
        (FACETS.has(field) || field === "error_type" ? ofFacet(scope, field) : undefined) ??
        ofColumn(scope, field) ??
        ofFamily(scope, field) ??
        ofKey(scope, field);
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
