import type { FilterValue } from "../../model/filter.ts";
import { raw, type Sql, type SqlValue } from "./compile-filter-sql.ts";

export interface Column {
  readonly expression: Sql;
  /** From the filter's unit to the column's. */
  readonly convert?: (value: FilterValue) => SqlValue;
}

const msToUs = (value: FilterValue): SqlValue => Math.round(Number(value) * 1000);

const column = (text: string): Column => ({ expression: raw(text) });
const duration = (text: string): Column => ({ expression: raw(text), convert: msToUs });

/** Input and output together; null only where neither is known. */
const tokens = (row: string): string =>
  `(CASE WHEN ${row}.input_tokens IS NULL AND ${row}.output_tokens IS NULL THEN NULL ELSE ifnull(${row}.input_tokens, 0) + ifnull(${row}.output_tokens, 0) END)`;

const measuresOf = (row: string): readonly (readonly [string, Column])[] => [
  ["status", column(`${row}.status`)],
  ["start", column(`${row}.start_us`)],
  ["end", column(`${row}.end_us`)],
  ["cost", column(`${row}.cost_usd`)],
  ["tokens", column(tokens(row))],
  ["input_tokens", column(`${row}.input_tokens`)],
  ["output_tokens", column(`${row}.output_tokens`)],
  ["cached_tokens", column(`${row}.cache_read_tokens`)],
  ["reasoning_tokens", column(`${row}.reasoning_tokens`)],
];

const rollupOf = (row: string): readonly (readonly [string, Column])[] => [
  ...measuresOf(row),
  ["duration", duration(`${row}.duration_us`)],
  ["user", column(`${row}.user_id`)],
  ["errors", column(`${row}.errors`)],
  ["spans", column(`${row}.spans`)],
  ["llm_calls", column(`${row}.llm_calls`)],
  ["tool_calls", column(`${row}.tool_calls`)],
  ["input", column(`${row}.input_preview`)],
  ["output", column(`${row}.output_preview`)],
];

/** Of the session of the trace `t`. */
const own = (text: string): string => `(SELECT ${text} FROM session q WHERE q.id = t.session)`;

const ofSession = (wrap: (text: string) => string, row: string): readonly (readonly [string, Column])[] => [
  ["session", column(wrap(`${row}.session_id`))],
  ["session.turns", column(wrap(`${row}.turns`))],
  ["session.status", column(wrap(`${row}.status`))],
  ["session.duration", duration(wrap(`${row}.duration_us`))],
  ["session.cost", column(wrap(`${row}.cost_usd`))],
  ["session.tokens", column(wrap(tokens(row)))],
  ["session.errors", column(wrap(`${row}.errors`))],
];

/** Fields that are one value of the trace `t`. */
export const TRACE_COLUMNS: ReadonlyMap<string, Column> = new Map([
  ...rollupOf("t"),
  ["name", column("t.name")],
  ["release", column("t.release")],
  ["commit", column("t.commit_sha")],
  ...ofSession(own, "q"),
]);

/** Fields that are one value of the session `s`. */
export const SESSION_COLUMNS: ReadonlyMap<string, Column> = new Map([
  ...rollupOf("s"),
  ...ofSession((text) => text, "s"),
]);

/** Fields that are one value of the span `p`. */
export const SPAN_COLUMNS: ReadonlyMap<string, Column> = new Map([
  ...measuresOf("p"),
  ["duration", duration("(p.end_us - p.start_us)")],
  ["time_to_first_token", column("p.time_to_first_token_ms")],
  ["name", column("p.name")],
  ["kind", column("p.kind")],
  ["service", column("p.service")],
  ["agent", column("p.agent_name")],
  ["model", column("p.model")],
  ["provider", column("p.provider")],
  ["tool", column("p.tool_name")],
]);

/** Fields of which a trace has several values, and their name in trace_facet. */
export const FACETS: ReadonlySet<string> = new Set([
  "model",
  "tool",
  "agent",
  "service",
  "prompt",
  "kind",
  "finding",
]);
