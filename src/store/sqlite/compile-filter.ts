import { AppError } from "../../errors.ts";
import type { FieldRef, Filter } from "../../model/filter.ts";
import {
  type Column,
  FACETS,
  SESSION_COLUMNS,
  SPAN_COLUMNS,
  TRACE_COLUMNS,
} from "./compile-filter-columns.ts";
import { compare, compareScalar, compareTag, ofMany, type Test } from "./compile-filter-compare.ts";
import { joinSql, raw, type Sql, sql, TRUE } from "./compile-filter-sql.ts";
import { contentText, phrase, spanText, traceText } from "./compile-filter-text.ts";

export interface CompileOptions {
  /** `project.key` of the rows. */
  readonly project: number;
  /** `trace`: the condition is on a row `t` of trace. `session`: on a row `s` of session. */
  readonly level: "trace" | "session";
  /** Whether an FTS5 query matches so much that it is better checked row by row. Default: never. */
  readonly isFrequent?: (match: string) => boolean;
}

type Level = "trace" | "session" | "span";

interface Scope {
  readonly project: number;
  readonly level: Level;
  readonly isFrequent: (match: string) => boolean;
}

/** Longer values are stored in trace_facet by their beginning. */
const FACET_CHARS = 1000;

/**
 * The filter as an SQL condition on `t` or `s`; every value is bound. A comparison with a missing value is not
 * true, whatever the comparison (`x != 1` excludes rows without x), and NOT of what is not true is true
 * (`NOT x = 1` includes them). Of fields with several values, `=` means some, `!=` none and at least one other.
 * The caller adds the project and `start_us IS NOT NULL`.
 */
export function compileFilter(filter: Filter, options: CompileOptions): Sql {
  return compile(filter, {
    project: options.project,
    level: options.level,
    isFrequent: options.isFrequent ?? (() => false),
  });
}

function compile(filter: Filter, scope: Scope): Sql {
  switch (filter.type) {
    case "all":
      return TRUE;
    case "and":
    case "or": {
      const terms = filter.terms.map((term) => compile(term, scope));
      return sql`(${joinSql(terms, filter.type === "and" ? " AND " : " OR ")})`;
    }
    case "not":
      return sql`((${compile(filter.term, scope)}) IS NOT TRUE)`;
    case "span":
      return ofSpans(compile(filter.where, { ...scope, level: "span" }), scope);
    case "compare":
      return compileTest(filter.field, filter, scope);
  }
}

/** Some span of the row passes. */
const ofSpans = (condition: Sql, { level }: Scope): Sql =>
  level === "session"
    ? ofTraces(sql`EXISTS (SELECT 1 FROM span p WHERE p.trace = t.id AND ${condition})`)
    : sql`EXISTS (SELECT 1 FROM span p WHERE p.trace = t.id AND ${condition})`;

/** Some trace of the session `s` passes. */
const ofTraces = (condition: Sql): Sql =>
  sql`EXISTS (SELECT 1 FROM trace t WHERE t.session = s.id AND t.start_us IS NOT NULL AND ${condition})`;

const columnsAt = (level: Level): ReadonlyMap<string, Column> =>
  level === "trace" ? TRACE_COLUMNS : level === "session" ? SESSION_COLUMNS : SPAN_COLUMNS;

function compileTest(field: FieldRef, test: Test, scope: Scope): Sql {
  const { level } = scope;
  if (level === "trace" && field.name === "session" && (test.op === "=" || test.op === "in"))
    // Written so that the index on (session, start_us) serves.
    return sql`t.session IN (SELECT q.id FROM session q WHERE q.project = ${scope.project} AND ${compare(raw("q.session_id"), test)})`;
  const column = columnsAt(level).get(field.name);
  if (column) return compare(column.expression, test, column.convert);
  return ofMany(test, (positive) => some(field, positive, scope));
}

function some(field: FieldRef, test: Test, scope: Scope): Sql {
  switch (field.name) {
    case "feedback":
    case "expectation":
      return someAssessment(field, test, scope);
    case "tag":
    case "session.tag":
      return someTag(field, test, scope);
    case "text":
      return someText(test, scope);
  }
  if (scope.level === "span") return someOfSpan(field, test);
  if (scope.level === "session") return ofTraces(compileTest(field, test, { ...scope, level: "trace" }));
  if (field.name === "trace") return traceId(test);
  if (field.name === "error") return sql`(t.errors > 0 AND ${ofSpans(someOfSpan(field, test), scope)})`;
  if (FACETS.has(field.name)) return someFacet(field.name, compare(raw("f.value"), clipped(test)), scope);
  throw unknown(field);
}

const unknown = (field: FieldRef): AppError =>
  new AppError("invalid_input", `The store has no field "${field.name.slice(0, 40)}" here`, {
    hint: "Use a field of the filter language.",
  });

const clipped = (test: Test): Test => ({
  op: test.op,
  values: test.values.map((value) => String(value).slice(0, FACET_CHARS)),
});

const someFacet = (name: string, condition: Sql, { project }: Scope): Sql =>
  sql`EXISTS (SELECT 1 FROM trace_facet f WHERE f.trace = t.id AND f.project = ${project} AND f.field = ${name} AND ${condition})`;

function someOfSpan(field: FieldRef, test: Test): Sql {
  const match = phrase(String(test.values[0] ?? ""));
  switch (field.name) {
    case "error":
      return sql`(p.status = 'error' AND (${compare(raw("p.error_type"), test)} OR ${compare(raw("p.status_message"), test)}))`;
    case "finish_reason":
      return sql`EXISTS (SELECT 1 FROM json_each(p.finish_reasons) j WHERE ${compare(raw("j.value"), test)})`;
    case "tool.arguments":
      return sql`(p.tool_name IS NOT NULL AND ${contentText(raw("p.input"), match)})`;
    case "tool.result":
      return sql`(p.tool_name IS NOT NULL AND ${contentText(raw("p.output"), match)})`;
    default:
      throw unknown(field);
  }
}

function someText(test: Test, scope: Scope): Sql {
  const match = phrase(String(test.values[0] ?? ""));
  if (scope.level === "span") return spanText(match);
  const ofTrace = traceText(raw("t.id"), match, scope.isFrequent(match));
  return scope.level === "session" ? ofTraces(ofTrace) : ofTrace;
}

function someTag(field: FieldRef, test: Test, scope: Scope): Sql {
  const key = field.key ?? "";
  const of = (tags: string) =>
    sql`EXISTS (SELECT 1 FROM json_each(${raw(tags)}) j WHERE j.key = ${key} AND ${compareTag(raw("j.value"), test)})`;
  if (scope.level === "span") return of("p.tags");
  if (scope.level === "session") return of("s.tags");
  if (field.name === "session.tag") return of("(SELECT q.tags FROM session q WHERE q.id = t.session)");
  return someFacet(`tag.${key}`, compareTag(raw("f.value"), test), scope);
}

/** A whole id is one blob, a beginning the range of blobs that have it. */
function traceId(test: Test): Sql {
  if (test.op === "is not null") return TRUE;
  const ids = test.values.map((value) => {
    const digits = String(value);
    const blob = (fill: string) => Buffer.from(digits.padEnd(32, fill).slice(0, 32), "hex");
    return digits.length >= 32
      ? sql`t.trace_id = ${blob("0")}`
      : sql`(t.trace_id >= ${blob("0")} AND t.trace_id <= ${blob("f")})`;
  });
  return sql`(${joinSql(ids, " OR ")})`;
}

/**
 * Current assessments on the row: of a trace those on it, its spans and its session; of a session those on it,
 * its traces and their spans; of a span its own. The unary plus keeps SQLite on the index by target.
 */
function someAssessment(field: FieldRef, test: Test, scope: Scope): Sql {
  const source = field.source === undefined ? TRUE : sql`a.source = ${field.source}`;
  const about = sql`a.project = ${scope.project} AND +a.kind = ${field.name} AND +a.name = ${field.key ?? ""}
    AND a.superseded_by IS NULL AND ${source} AND ${compareScalar(raw("a.value"), test)}`;
  const on = (target: string) => sql`EXISTS (SELECT 1 FROM assessment a WHERE ${raw(target)} AND ${about})`;
  if (scope.level === "span")
    return on(
      "a.trace_id = (SELECT t2.trace_id FROM trace t2 WHERE t2.id = p.trace) AND a.span_id = p.span_id",
    );
  if (scope.level === "session")
    return sql`(${on("a.session_id = s.session_id")} OR ${ofTraces(on("a.trace_id = t.trace_id"))})`;
  return sql`(${on("a.trace_id = t.trace_id")} OR ${on("a.session_id = (SELECT q.session_id FROM session q WHERE q.id = t.session)")})`;
}
