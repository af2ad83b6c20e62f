import { z } from "zod";
import type { Filter } from "../../model/filter.ts";
import { compileFilter } from "./compile-filter.ts";
import { raw, type Sql, sql, TRUE } from "./compile-filter-sql.ts";
import { contentOf } from "./compile-filter-text.ts";
import { notSealed } from "./seal-clause.ts";
import { findCandidates, MOST_CANDIDATES } from "./search-candidates.ts";
import type { Statements } from "./search-statements.ts";

/** Totals beyond these are not counted: by an index alone, and by looking at each candidate. */
const MOST_BY_INDEX = 100_000;
const MOST_BY_ROW = 10_000;

/** The rows of one filter, ready to be put into a statement. */
export interface Matching {
  /** What stands after FROM: the rows, as `t` or `s`. */
  readonly source: Sql;
  readonly where: Sql;
  /** How many match; null when that is not cheap to count. */
  total(): number | null;
}

export type Matcher = (
  project: number,
  level: "trace" | "session",
  filter: Filter,
  options?: { readonly includeSealed?: boolean | undefined },
) => Matching;

const Key = z.object({ key: z.number() });

/** `project.key` of a project's id; undefined when nothing of it was ever stored. */
export const projectKey = (statements: Statements, projectId: string): number | undefined =>
  statements.get(Key, sql`SELECT key FROM project WHERE id = ${projectId}`)?.key;

/** True when an index alone can count what matches. */
function isIndexOnly(filter: Filter, level: "trace" | "session"): boolean {
  if (filter.type === "all") return true;
  if (filter.type === "and") return filter.terms.every((term) => isIndexOnly(term, level));
  if (filter.type !== "compare") return false;
  return filter.field.name === "start" || (filter.field.name === "status" && level === "trace");
}

/**
 * Plans filters: few candidates from an index are looked at one by one, else the rows are walked in the wanted
 * order until a page is full. SQLite's planner cannot choose between these, since it does not know how many rows
 * a value has.
 */
export function openMatcher(statements: Statements): Matcher {
  const count = (rows: Sql, most: number) =>
    statements.count(sql`SELECT count(*) FROM (SELECT 1 FROM (${rows}) LIMIT ${most + 1})`);
  return (project, level, filter, { includeSealed = false } = {}) => {
    const counts = new Map<string, number>();
    const isFrequent = (match: string) => {
      const found = counts.get(match) ?? count(contentOf(match), MOST_CANDIDATES);
      counts.set(match, found);
      return found > MOST_CANDIDATES;
    };
    const finder = { project, level, count: (rows: Sql) => count(rows, MOST_CANDIDATES) };
    const candidates = findCandidates(filter, finder);
    const condition = compileFilter(filter, { project, level, isFrequent });
    const row = raw(level === "trace" ? "t" : "s");
    const open = includeSealed ? TRUE : notSealed(statements, project, level, sql`${row}.id`);
    const where = sql`${row}.project = ${project} AND ${row}.start_us IS NOT NULL AND ${open} AND ${condition}`;
    const source = candidates ? fromCandidates(candidates.traces, level) : raw(`${level} ${row.text}`);
    const total = () => {
      const most = isIndexOnly(filter, level) ? MOST_BY_INDEX : candidates ? MOST_BY_ROW : 0;
      if (most === 0) return null;
      const found = count(sql`SELECT 1 FROM ${source} WHERE ${where}`, most);
      return found > most ? null : found;
    };
    return { source, where, total };
  };
}

/** CROSS JOIN keeps SQLite from turning the order of the join around. */
const fromCandidates = (traces: Sql, level: "trace" | "session"): Sql =>
  level === "trace"
    ? sql`(SELECT DISTINCT trace FROM (${traces})) c CROSS JOIN trace t ON t.id = c.trace`
    : sql`(SELECT DISTINCT ct.session AS session FROM (${traces}) c CROSS JOIN trace ct ON ct.id = c.trace
        WHERE ct.session IS NOT NULL) c CROSS JOIN session s ON s.id = c.session`;
