import type { Comparison } from "../model/filter.ts";
import { FindingCode } from "../model/finding.ts";
import { SpanKind, Status } from "../model/span.ts";

/** Where a condition stands: on a trace, on a session, or on one span inside `span(...)`. */
export type FieldLevel = "trace" | "session" | "span";

/**
 * - `text`: any words; `~` is a case-insensitive substring
 * - `excerpt`: the beginning of a longer text; only `~` and the null tests
 * - `search`: full-text search; only `~`
 * - `id`: hex digits of a trace id, whole or a beginning of at least 6
 * - `enum`: one of `values`
 * - `tag`: text, and a number where it is compared as one
 * - `scalar`: what feedback may be: boolean, number or text
 */
export type FieldType =
  | "text"
  | "excerpt"
  | "search"
  | "id"
  | "enum"
  | "number"
  | "money"
  | "duration"
  | "time"
  | "tag"
  | "scalar";

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly levels: readonly FieldLevel[];
  readonly description: string;
  /** The only values of an `enum`. */
  readonly values?: readonly string[];
  /** An open family: the name is followed by a dot and a key. */
  readonly family?: boolean;
  /** Other names that are read as this one. */
  readonly aliases?: readonly string[];
  /** A right condition, for help and errors. */
  readonly example: string;
}

const EVERYWHERE: readonly FieldLevel[] = ["trace", "session", "span"];
const ROWS: readonly FieldLevel[] = ["trace", "session"];
const SPAN: readonly FieldLevel[] = ["span"];

const identity: readonly Field[] = [
  {
    name: "trace",
    type: "id",
    levels: ROWS,
    description: "trace id, whole or its first 6 or more digits",
    aliases: ["trace_id", "trace.id"],
    example: "trace = 4bf92f3577b34da6",
  },
  {
    name: "session",
    type: "text",
    levels: ROWS,
    description: "session id",
    aliases: ["session_id", "session.id", "conversation", "conversation_id", "thread"],
    example: 'session = "abc-1"',
  },
  {
    name: "name",
    type: "text",
    levels: EVERYWHERE,
    description: "name of the root span; inside span(...), of the span",
    example: 'name ~ "checkout"',
  },
  {
    name: "kind",
    type: "enum",
    values: SpanKind.options,
    levels: EVERYWHERE,
    description: "kind of some span",
    example: "kind = guardrail",
  },
  {
    name: "service",
    type: "text",
    levels: EVERYWHERE,
    description: "service.name of some span",
    aliases: ["service_name", "service.name"],
    example: 'service = "support-api"',
  },
  {
    name: "user",
    type: "text",
    levels: ROWS,
    description: "end user's id",
    aliases: ["user_id", "user.id"],
    example: 'user = "u-17"',
  },
  {
    name: "agent",
    type: "text",
    levels: EVERYWHERE,
    description: "an agent that took part",
    aliases: ["agent_name", "agent.name"],
    example: 'agent = "triage"',
  },
  {
    name: "model",
    type: "text",
    levels: EVERYWHERE,
    description: "a model that was called",
    aliases: ["model_name", "model.name"],
    example: 'model ~ "gpt-5"',
  },
  {
    name: "provider",
    type: "text",
    levels: SPAN,
    description: "provider of the model",
    example: 'provider = "openai"',
  },
  {
    name: "tool",
    type: "text",
    levels: EVERYWHERE,
    description: "a tool that was called",
    aliases: ["tool.name", "tool_name"],
    example: 'tool = "refund"',
  },
  {
    name: "prompt",
    type: "text",
    levels: ROWS,
    description: "prompt used: name, or name@version",
    aliases: ["prompt_version", "prompt.name"],
    example: 'prompt = "support@7"',
  },
  {
    name: "release",
    type: "text",
    levels: ROWS,
    description: "release of the agent",
    aliases: ["version"],
    example: 'release = "1.4"',
  },
  {
    name: "commit",
    type: "text",
    levels: ROWS,
    description: "git commit of the agent",
    aliases: ["commit_sha", "sha"],
    example: 'commit ~ "9f2c1e"',
  },
];

const measures: readonly Field[] = [
  {
    name: "status",
    type: "enum",
    values: Status.options,
    levels: EVERYWHERE,
    description: "error when a root span failed; inside span(...), the span",
    example: "status = error",
  },
  {
    name: "error",
    type: "text",
    levels: EVERYWHERE,
    description: "type or message of some failed span",
    aliases: ["error_type", "error.type", "exception", "error_message", "status_message"],
    example: 'error ~ "timeout"',
  },
  {
    name: "errors",
    type: "number",
    levels: ROWS,
    description: "number of failed spans",
    aliases: ["error_count"],
    example: "errors > 0",
  },
  {
    name: "start",
    type: "time",
    levels: EVERYWHERE,
    description: "when it started; `since 24h` and `until 2h` are short forms",
    aliases: ["time", "timestamp", "started", "start_time"],
    example: "start > -3d",
  },
  {
    name: "end",
    type: "time",
    levels: EVERYWHERE,
    description: "when it ended",
    aliases: ["ended", "end_time"],
    example: "end > -1h",
  },
  {
    name: "duration",
    type: "duration",
    levels: EVERYWHERE,
    description: "time from start to end",
    aliases: ["latency", "elapsed"],
    example: "duration > 10s",
  },
  {
    name: "time_to_first_token",
    type: "duration",
    levels: SPAN,
    description: "time until the model's first token",
    aliases: ["ttft"],
    example: "time_to_first_token > 2s",
  },
  {
    name: "cost",
    type: "money",
    levels: EVERYWHERE,
    description: "US dollars",
    aliases: ["cost_usd", "total_cost", "price"],
    example: "cost > 0.05",
  },
  {
    name: "tokens",
    type: "number",
    levels: EVERYWHERE,
    description: "input and output tokens",
    aliases: ["total_tokens"],
    example: "tokens > 10k",
  },
  {
    name: "input_tokens",
    type: "number",
    levels: EVERYWHERE,
    description: "tokens in, cached ones included",
    aliases: ["prompt_tokens"],
    example: "input_tokens > 8k",
  },
  {
    name: "output_tokens",
    type: "number",
    levels: EVERYWHERE,
    description: "tokens out, reasoning included",
    aliases: ["completion_tokens"],
    example: "output_tokens > 1k",
  },
  {
    name: "cached_tokens",
    type: "number",
    levels: EVERYWHERE,
    description: "input tokens read from a cache",
    aliases: ["cache_read_tokens"],
    example: "cached_tokens > 0",
  },
  {
    name: "reasoning_tokens",
    type: "number",
    levels: EVERYWHERE,
    description: "output tokens spent on reasoning",
    example: "reasoning_tokens > 1k",
  },
  {
    name: "spans",
    type: "number",
    levels: ROWS,
    description: "number of spans",
    aliases: ["span_count"],
    example: "spans > 100",
  },
  {
    name: "llm_calls",
    type: "number",
    levels: ROWS,
    description: "number of model calls",
    example: "llm_calls > 5",
  },
  {
    name: "tool_calls",
    type: "number",
    levels: ROWS,
    description: "number of tool calls",
    example: "tool_calls > 5",
  },
  {
    name: "finding",
    type: "enum",
    values: FindingCode.options,
    levels: ROWS,
    description: "something wrong with the telemetry itself",
    aliases: ["findings"],
    example: "finding = truncated_json",
  },
  {
    name: "finish_reason",
    type: "text",
    levels: SPAN,
    description: "why the model stopped",
    aliases: ["finish_reasons", "stop_reason"],
    example: "finish_reason = length",
  },
];

const words: readonly Field[] = [
  {
    name: "text",
    type: "search",
    levels: EVERYWHERE,
    description: "words, in order, in any message, tool argument or result; the last may be a beginning",
    aliases: ["content", "message", "messages"],
    example: 'text ~ "refund"',
  },
  {
    name: "input",
    type: "excerpt",
    levels: ROWS,
    description: "what was asked, first 200 characters",
    example: 'input ~ "cancel my order"',
  },
  {
    name: "output",
    type: "excerpt",
    levels: ROWS,
    description: "what was answered, first 200 characters",
    aliases: ["answer", "response"],
    example: 'output ~ "sorry"',
  },
  {
    name: "tool.arguments",
    type: "search",
    levels: SPAN,
    description: "words in what the tool was called with",
    aliases: ["tool.input", "arguments"],
    example: 'tool.arguments ~ "4711"',
  },
  {
    name: "tool.result",
    type: "search",
    levels: SPAN,
    description: "words in what the tool returned",
    aliases: ["tool.output", "result"],
    example: 'tool.result ~ "not found"',
  },
];

const families: readonly Field[] = [
  {
    name: "tag",
    type: "tag",
    family: true,
    levels: EVERYWHERE,
    description: "a tag; inside span(...), the span's own",
    aliases: ["tags"],
    example: 'tag.release = "1.4"',
  },
  {
    name: "feedback",
    type: "scalar",
    family: true,
    levels: EVERYWHERE,
    description: "current feedback on the trace, its spans or its session",
    example: "feedback.rating(source: human) < 3",
  },
  {
    name: "expectation",
    type: "scalar",
    family: true,
    levels: EVERYWHERE,
    description: "what should have happened",
    aliases: ["expectations"],
    example: 'expectation.answer ~ "yes"',
  },
];

const ofSession: readonly Field[] = [
  {
    name: "session.turns",
    type: "number",
    levels: ROWS,
    description: "traces of the session",
    aliases: ["turns"],
    example: "session.turns > 8",
  },
  {
    name: "session.status",
    type: "enum",
    values: Status.options,
    levels: ROWS,
    description: "status of the whole session",
    example: "session.status = error",
  },
  {
    name: "session.duration",
    type: "duration",
    levels: ROWS,
    description: "from the session's first start to its last end",
    example: "session.duration > 10m",
  },
  {
    name: "session.cost",
    type: "money",
    levels: ROWS,
    description: "US dollars of the whole session",
    example: "session.cost > 0.5",
  },
  {
    name: "session.tokens",
    type: "number",
    levels: ROWS,
    description: "tokens of the whole session",
    example: "session.tokens > 100k",
  },
  {
    name: "session.errors",
    type: "number",
    levels: ROWS,
    description: "failed spans of the whole session",
    example: "session.errors > 0",
  },
  {
    name: "session.tag",
    type: "tag",
    family: true,
    levels: ROWS,
    description: "a tag of the session, e.g. from a labels file",
    example: "session.tag.reward < 1",
  },
];

/** Every field of the filter language, in the order in which help lists them. */
export const FIELDS: readonly Field[] = [...measures, ...identity, ...words, ...families, ...ofSession];

const NULLS: readonly Comparison[] = ["is null", "is not null"];
const EQUAL: readonly Comparison[] = ["=", "!=", "in"];
const ORDER: readonly Comparison[] = ["<", "<=", ">", ">="];

/** The comparisons that a type allows. */
export const COMPARISONS: Readonly<Record<FieldType, readonly Comparison[]>> = {
  text: [...EQUAL, "~", ...NULLS],
  excerpt: ["~", ...NULLS],
  search: ["~"],
  id: EQUAL,
  enum: [...EQUAL, ...NULLS],
  number: [...EQUAL, ...ORDER, ...NULLS],
  money: [...EQUAL, ...ORDER, ...NULLS],
  duration: [...EQUAL, ...ORDER, ...NULLS],
  time: [...EQUAL, ...ORDER, ...NULLS],
  tag: [...EQUAL, ...ORDER, "~", ...NULLS],
  scalar: [...EQUAL, ...ORDER, "~", ...NULLS],
};
