import {
  columnsOf,
  contentText,
  hexId,
  isoTime,
  MESSAGE_FUNCTION,
  same,
  USAGE,
  type View,
  type ViewColumn,
} from "./view.ts";

const totals = (alias: string) => [
  ...same(alias, "INTEGER", USAGE),
  ...same(alias, "REAL", ["cost_usd"]),
  ["unpriced_calls", "INTEGER", `${alias}.unpriced_calls`, "model calls whose price is unknown"] as const,
  ["span_count", "INTEGER", `${alias}.spans`] as const,
  ...same(alias, "INTEGER", ["llm_calls", "tool_calls"]),
  ["error_count", "INTEGER", `${alias}.errors`, "spans with status error"] as const,
];

const previews = (alias: string) => [
  ["input_preview", "TEXT", `${alias}.input_preview`, "beginning of the first input"] as const,
  ["output_preview", "TEXT", `${alias}.output_preview`, "beginning of the last output"] as const,
  ["error_preview", "TEXT", `${alias}.error_preview`] as const,
];

const times = (alias: string) => [
  ["started_at", "TEXT", isoTime(`${alias}.start_us`), "ISO 8601, UTC"] as const,
  ["ended_at", "TEXT", isoTime(`${alias}.end_us`)] as const,
];

/**
 * Not a join: where a table is joined by its row id alone and none of its columns is asked for, SQLite asks the
 * authorizer about the table without saying for which view. Inner joins below compare the project for that reason.
 */
const SESSION_OF_TRACE = "(SELECT e.session_id FROM main.session e WHERE e.id = t.session)";

/** The first part is worked out once for a statement: where nothing is sealed, no row is looked up. */
const notAmong = (id: string, sealed: string): string =>
  `(NOT EXISTS (${sealed}) OR ${id} NOT IN (${sealed}))`;
/** Neither sealed nor so new that it is not known yet which session, and so which seal, a trace belongs to. */
const OPEN_TRACE = `t.start_us IS NOT NULL
  AND ${notAmong("t.id", "SELECT z.trace FROM main.sealed_trace z WHERE z.project = :project")}`;
const OPEN_SESSION = notAmong(
  "e.id",
  "SELECT z.session FROM main.sealed_session z WHERE z.project = :project",
);
/** By id, since what an assessment is about may arrive later. */
const OPEN_TARGET = `(a.trace_id IS NULL OR (
    a.trace_id NOT IN (SELECT k.trace_id FROM main.seal_trace k WHERE k.project = :project)
    AND a.trace_id NOT IN (SELECT t.trace_id FROM main.sealed_trace z JOIN main.trace t ON t.id = z.trace
      AND t.project = z.project WHERE z.project = :project)))
  AND (a.session_id IS NULL OR (
    a.session_id NOT IN (SELECT k.session_id FROM main.seal_session k WHERE k.project = :project)
    AND a.session_id NOT IN (SELECT e.session_id FROM main.sealed_session z JOIN main.session e ON e.id = z.session
      AND e.project = z.project WHERE z.project = :project)))`;

const traces: View = {
  view: "traces",
  description: "One row per trace; token and cost columns are totals over its spans.",
  columns: columnsOf([
    ["trace_id", "TEXT", hexId("t.trace_id")],
    ["session_id", "TEXT", SESSION_OF_TRACE],
    ["session_inferred", "INTEGER", "t.session_inferred", "1: worked out from message history"],
    ...same("t", "TEXT", ["name", "service"]),
    ...times("t"),
    ["duration_ms", "REAL", "t.duration_us / 1000.0"],
    ["status", "TEXT", "t.status", "ok, error or unset"],
    ...same("t", "TEXT", ["user_id", "agent_name"]),
    ["models", "JSON", "t.models", "array of names"],
    ["tools", "JSON", "t.tools", "array of names"],
    ["prompts", "JSON", "t.prompts"],
    ...same("t", "TEXT", ["release", "commit_sha"]),
    ["tags", "JSON", "t.tags", "object; tags ->> 'name'"],
    ...previews("t"),
    ...totals("t"),
    ["findings", "JSON", "t.findings", "what is wrong with the telemetry itself"],
  ]),
  from: `FROM main.trace t WHERE t.project = :project AND ${OPEN_TRACE}`,
};

const sessions: View = {
  view: "sessions",
  description: "One row per conversation; totals over its traces. Joins traces by session_id.",
  columns: columnsOf([
    ["session_id", "TEXT", "e.session_id"],
    ["inferred", "INTEGER", "e.inferred", "1: worked out from message history"],
    ...times("e"),
    ["duration_ms", "REAL", "e.duration_us / 1000.0"],
    ["turns", "INTEGER", "e.turns"],
    ["status", "TEXT", "e.status", "ok, error or unset"],
    ...same("e", "TEXT", ["service", "user_id", "agent_name"]),
    ["models", "JSON", "e.models", "array of names"],
    ["tags", "JSON", "e.tags", "object; tags ->> 'name'"],
    ...previews("e"),
    ...totals("e"),
  ]),
  from: `FROM main.session e WHERE e.project = :project AND ${OPEN_SESSION}`,
};

const spans: View = {
  view: "spans",
  description:
    "One row per span: a model call, a tool call, an agent step. Token and cost columns are its own.",
  columns: columnsOf([
    ["trace_id", "TEXT", hexId("t.trace_id")],
    ["span_id", "TEXT", hexId("s.span_id")],
    ["parent_span_id", "TEXT", "iif(s.parent_span_id IS NULL, NULL, lower(hex(s.parent_span_id)))"],
    ["session_id", "TEXT", SESSION_OF_TRACE, "of its trace"],
    ["name", "TEXT", "s.name"],
    [
      "kind",
      "TEXT",
      "s.kind",
      "agent, llm, tool, retrieval, rerank, embedding, guardrail, evaluator, memory, human, workflow, other",
    ],
    ...times("s"),
    ["duration_ms", "REAL", "(s.end_us - s.start_us) / 1000.0", "null: not ended"],
    ["status", "TEXT", "s.status", "ok, error or unset"],
    ...same("s", "TEXT", ["status_message", "error_type", "service", "scope", "user_id", "agent_name"]),
    ...same("s", "TEXT", ["provider", "model", "tool_name", "tool_call_id"]),
    ["finish_reasons", "JSON", "coalesce(s.finish_reasons, '[]')"],
    ...same("s", "INTEGER", USAGE),
    ["cost_usd", "REAL", "s.cost_usd"],
    ["cost_source", "TEXT", "s.cost_source", "reported or computed"],
    ["time_to_first_token_ms", "REAL", "s.time_to_first_token_ms"],
    ["response_id", "TEXT", "s.response_id"],
    ["prompts", "JSON", "coalesce(s.prompts, '[]')", "array of {name, version}"],
    ...same("s", "TEXT", ["release", "commit_sha"]),
    ["tags", "JSON", "coalesce(s.tags, '{}')", "object; tags ->> 'name'"],
    ["findings", "JSON", "coalesce(s.findings, '[]')"],
    ["input", "TEXT", contentText("s.input"), "null where messages say it (see messages)"],
    ["output", "TEXT", contentText("s.output")],
    [
      "arguments",
      "TEXT",
      `iif(s.kind = 'tool', ${contentText("s.input")}, NULL)`,
      "of a tool call; mostly JSON",
    ],
    ["result", "TEXT", `iif(s.kind = 'tool', ${contentText("s.output")}, NULL)`, "of a tool call"],
    ["system", "JSON", contentText("s.system"), "instructions apart from the messages"],
    ["documents", "JSON", contentText("s.documents"), "what a retrieval found"],
    ["tool_definitions", "JSON", contentText("s.tool_definitions")],
  ]),
  from: `FROM main.span s JOIN main.trace t ON t.id = s.trace AND t.project = s.project WHERE s.project = :project AND ${OPEN_TRACE}`,
};

const ofMessage = (field: string): string => `${MESSAGE_FUNCTION}(c.id, c.data, c.deflated, '${field}')`;

const messages: View = {
  view: "messages",
  description:
    "Each message once per session, at the span where it first appeared, however often the history was sent again. Order: started_at, direction, position.",
  columns: columnsOf([
    ["session_id", "TEXT", SESSION_OF_TRACE],
    ["trace_id", "TEXT", hexId("t.trace_id")],
    ["span_id", "TEXT", hexId("s.span_id")],
    ["started_at", "TEXT", isoTime("s.start_us"), "of the span"],
    ["position", "INTEGER", "o.position", "in the span's messages"],
    ["role", "TEXT", "o.role", "system, user, assistant or tool"],
    ["direction", "TEXT", "o.direction", "in or out of the span"],
    ["text", "TEXT", ofMessage("text"), "text parts and tool results; search with LIKE"],
    ["tool_name", "TEXT", ofMessage("tool_name"), "of the first tool call or result"],
    ["tool_call_id", "TEXT", ofMessage("tool_call_id")],
    ["tool_arguments", "TEXT", ofMessage("tool_arguments"), "of the first tool call; mostly JSON"],
    ["tool_calls", "JSON", ofMessage("tool_calls"), "array of {id, name, arguments}"],
    ["chars", "INTEGER", "c.chars", "of the message as JSON"],
  ]),
  from: `FROM main.occurrence o JOIN main.span s ON s.id = o.span JOIN main.trace t ON t.id = s.trace AND t.project = s.project JOIN main.content c ON c.id = o.content AND c.project = s.project WHERE s.project = :project AND o.part = 'message' AND ${OPEN_TRACE}`,
};

const assessments: View = {
  view: "assessments",
  description:
    "Feedback and expectations that nothing has superseded. Aims at a trace, a span of it, a session or a turn of it.",
  columns: columnsOf([
    ["assessment_id", "TEXT", "a.id"],
    ["kind", "TEXT", "a.kind", "feedback or expectation"],
    ["name", "TEXT", "a.name"],
    ["value", "TEXT", "json_extract(a.value, '$')", "number or text; true is 1, false is 0"],
    ...same("a", "TEXT", ["rationale", "quote"]),
    ["source", "TEXT", "a.source", "human, end_user, code, llm_judge or coding_agent"],
    ["source_id", "TEXT", "a.source_id"],
    ["trace_id", "TEXT", "iif(a.trace_id IS NULL, NULL, lower(hex(a.trace_id)))"],
    ["span_id", "TEXT", "iif(a.span_id IS NULL, NULL, lower(hex(a.span_id)))"],
    ["session_id", "TEXT", "a.session_id", "set when it is about a session"],
    ["turn", "INTEGER", "a.turn", "set when it is about one turn of the session"],
    ["response_id", "TEXT", "a.response_id"],
    ["created_at", "TEXT", isoTime("a.created_us")],
    [
      "sampling_rate",
      "REAL",
      "a.sampling_rate",
      "of a scheduled judge: the share of traffic it was drawn with",
    ],
  ]),
  from: `FROM main.assessment a WHERE a.project = :project AND a.superseded_by IS NULL AND ${OPEN_TARGET}`,
};

/** What SQL may read: everything of one project, and nothing else. */
export const VIEWS: readonly View[] = [traces, sessions, spans, messages, assessments];

export const viewNamed = (name: string): View | undefined => VIEWS.find((view) => view.view === name);

const select = (view: View, projectKey: number): string =>
  `SELECT ${view.columns.map(selected).join(", ")} ${view.from.replaceAll(":project", String(projectKey))}`;

const selected = (column: ViewColumn): string => `${column.expression} AS ${column.name}`;

/** How the view behind a documented one is called; its name is what the authorizer trusts, so nobody may know it. */
export const innerName = (view: string, secret: string): string => `evalwright_${secret}_${view}`;

/** Statements that make the views for one project, after dropping those of the last. */
export function viewStatements(projectKey: number, secret: string): readonly string[] {
  if (!Number.isSafeInteger(projectKey)) throw new TypeError("a project key is a whole number");
  return VIEWS.flatMap((view) => [
    `DROP VIEW IF EXISTS temp.${view.view}`,
    `DROP VIEW IF EXISTS temp.${innerName(view.view, secret)}`,
    `CREATE TEMP VIEW ${innerName(view.view, secret)} AS ${select(view, projectKey)}`,
    `CREATE TEMP VIEW ${view.view} AS SELECT * FROM temp.${innerName(view.view, secret)}`,
  ]);
}
