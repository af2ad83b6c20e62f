import type { FieldRef, Filter } from "../../model/filter.ts";
import { FACETS } from "./compile-filter-columns.ts";
import { compare, compareScalar, type Test } from "./compile-filter-compare.ts";
import { joinSql, raw, type Sql, sql, TRUE } from "./compile-filter-sql.ts";
import { contentOf, phrase, tracesWith } from "./compile-filter-text.ts";

/** Traces that a filter cannot match beyond, found by an index. */
export interface Candidates {
  /** Gives a column `trace`; may repeat. */
  readonly traces: Sql;
  /** At most this many rows. */
  readonly count: number;
}

export interface CandidateFinder {
  readonly project: number;
  /** Of what the filter is: a session's candidates are the sessions of its candidate traces. */
  readonly level: "trace" | "session";
  /** Rows that the statement gives, counted up to `MOST_CANDIDATES` + 1. */
  count(rows: Sql): number;
}

/** With more, walking the traces in the wanted order meets a page of matches sooner. */
export const MOST_CANDIDATES = 2_000;

/**
 * The fewest traces among which all matches of a filter are, or undefined when no index narrows them to
 * `MOST_CANDIDATES`. The filter itself must still be applied to them.
 */
export function findCandidates(filter: Filter, finder: CandidateFinder): Candidates | undefined {
  switch (filter.type) {
    case "and": {
      const found = filter.terms
        .map((term) => findCandidates(term, finder))
        .filter((some) => some !== undefined);
      return found.sort((a, b) => a.count - b.count)[0];
    }
    case "or": {
      const found = filter.terms.map((term) => findCandidates(term, finder));
      return unionOf(found);
    }
    case "span":
      return findSpanCandidates(filter.where, finder);
    case "compare":
      return counted(byField(filter.field, filter, finder), finder);
    case "all":
    case "not":
      return undefined;
  }
}

function unionOf(found: readonly (Candidates | undefined)[]): Candidates | undefined {
  const all = found.filter((some) => some !== undefined);
  const count = all.reduce((sum, candidates) => sum + candidates.count, 0);
  if (all.length < found.length || count > MOST_CANDIDATES) return undefined;
  return {
    traces: joinSql(
      all.map((candidates) => sql`SELECT trace FROM (${candidates.traces})`),
      " UNION ALL ",
    ),
    count,
  };
}

interface Lookup {
  readonly traces: Sql;
  /** What to count, where that is cheaper than `traces`. */
  readonly rows?: Sql;
}

function counted(lookup: Lookup | undefined, finder: CandidateFinder): Candidates | undefined {
  if (!lookup) return undefined;
  const count = finder.count(lookup.rows ?? lookup.traces);
  return count > MOST_CANDIDATES ? undefined : { traces: lookup.traces, count };
}

const isEqual = ({ op }: Test): boolean => op === "=" || op === "in";

function byField(field: FieldRef, test: Test, { project, level }: CandidateFinder): Lookup | undefined {
  if (field.name === "text") return byText(test);
  if (field.name === "feedback" || field.name === "expectation") return byAssessment(field, test, project);
  if (!isEqual(test)) return undefined;
  if (FACETS.has(field.name)) return byFacet(field.name, test, project);
  // A session's tags may be its own and on no trace.
  if (field.name === "tag" && level === "trace" && test.values.every((value) => typeof value === "string"))
    return byFacet(`tag.${field.key ?? ""}`, test, project);
  if (field.name === "session")
    return {
      traces: sql`SELECT ct.id AS trace FROM session cs CROSS JOIN trace ct ON ct.session = cs.id
        WHERE cs.project = ${project} AND ${compare(raw("cs.session_id"), test)}`,
    };
  return undefined;
}

function byText(test: Test): Lookup {
  const match = phrase(String(test.values[0] ?? ""));
  return { traces: tracesWith(match), rows: contentOf(match) };
}

function byFacet(name: string, test: Test, project: number): Lookup {
  const values = test.values.map((value) => String(value).slice(0, 1000));
  return {
    traces: sql`SELECT cf.trace AS trace FROM trace_facet cf WHERE cf.project = ${project} AND cf.field = ${name}
      AND ${compare(raw("cf.value"), { op: "in", values })}`,
  };
}

function byAssessment(field: FieldRef, test: Test, project: number): Lookup | undefined {
  if (test.op === "is null") return undefined;
  const positive: Test = test.op === "!=" ? { op: "is not null", values: [] } : test;
  const source = field.source === undefined ? TRUE : sql`ca.source = ${field.source}`;
  const about = sql`ca.project = ${project} AND ca.kind = ${field.name} AND ca.name = ${field.key ?? ""}
    AND ca.superseded_by IS NULL AND ${source} AND ${compareScalar(raw("ca.value"), positive)}`;
  return {
    traces: sql`SELECT ct.id AS trace FROM assessment ca CROSS JOIN trace ct
      ON ct.project = ca.project AND ct.trace_id = ca.trace_id WHERE ${about}
      UNION ALL SELECT ct.id FROM assessment ca CROSS JOIN session cs
      ON cs.project = ca.project AND cs.session_id = ca.session_id CROSS JOIN trace ct ON ct.session = cs.id WHERE ${about}`,
  };
}

/** What a span must have, its trace has. A tool together with a status has an index of its own. */
function findSpanCandidates(where: Filter, finder: CandidateFinder): Candidates | undefined {
  const terms = where.type === "and" ? where.terms : [where];
  const lookups: (Lookup | undefined)[] = [];
  const tests = terms.filter((term) => term.type === "compare");
  const statuses = tests.find((term) => term.field.name === "status" && isEqual(term));
  for (const term of tests) {
    const { name } = term.field;
    if (name === "tool" && isEqual(term)) lookups.push(bySpanTool(term, statuses, finder.project));
    else if (name === "text") lookups.push(bySpanText(term));
    else if (name === "tool.arguments" || name === "tool.result") lookups.push(bySpanText(term));
    else if (FACETS.has(name) && isEqual(term)) lookups.push(byFacet(name, term, finder.project));
  }
  const found = lookups.map((lookup) => counted(lookup, finder)).filter((some) => some !== undefined);
  return found.sort((a, b) => a.count - b.count)[0];
}

function bySpanTool(tool: Test, status: Test | undefined, project: number): Lookup {
  const rows = sql`span cp WHERE cp.project = ${project} AND ${compare(raw("cp.tool_name"), tool)}
    AND ${status ? compare(raw("cp.status"), status) : TRUE}`;
  return { traces: sql`SELECT cp.trace AS trace FROM ${rows}`, rows: sql`SELECT 1 FROM ${rows}` };
}

/**
 * An occurrence names only the first span of its session (or of a trace without one) that had a content; a later
 * span of the same scope may have it again, so all traces of the scope are candidates.
 */
function bySpanText(test: Test): Lookup {
  const match = phrase(String(test.values[0] ?? ""));
  const scopes = sql`SELECT co.scope AS scope FROM content_text CROSS JOIN occurrence co
    ON co.content = content_text.rowid WHERE content_text MATCH ${match}`;
  return {
    traces: sql`SELECT ct.id AS trace FROM (SELECT DISTINCT scope FROM (${scopes})) c CROSS JOIN trace ct
      ON ct.session = c.scope WHERE c.scope > 0 UNION ALL SELECT -scope FROM (${scopes}) WHERE scope < 0`,
    rows: contentOf(match),
  };
}
