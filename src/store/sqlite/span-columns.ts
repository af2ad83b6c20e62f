import type { Span } from "../../model/span.ts";
import type { Cell } from "./wire.ts";

/** Columns of `span` that hold the head, without ids and parent; `encodeHead` keeps the same order. */
export const HEAD_COLUMNS = [
  "name",
  "kind",
  "start_us",
  "end_us",
  "status",
  "status_message",
  "error_type",
  "service",
  "scope",
  "session_id",
  "user_id",
  "agent_name",
  "provider",
  "model",
  "tool_name",
  "tool_call_id",
  "finish_reasons",
  "input_tokens",
  "output_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "reasoning_tokens",
  "cost_usd",
  "cost_source",
  "time_to_first_token_ms",
  "response_id",
  "prompts",
  "release",
  "commit_sha",
  "tags",
  "findings",
] as const;

/** Those of HEAD_COLUMNS that hold numbers; the others hold text. */
export const NUMBER_COLUMNS: ReadonlySet<string> = new Set([
  "start_us",
  "end_us",
  "input_tokens",
  "output_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "reasoning_tokens",
  "cost_usd",
  "time_to_first_token_ms",
]);

/** References to content and chains; `encodeContent` keeps the same order. */
export const CONTENT_COLUMNS = [
  "system",
  "input_messages",
  "output_messages",
  "thread",
  "input",
  "output",
  "tool_definitions",
  "documents",
] as const;

/** Those of CONTENT_COLUMNS that name a chain. */
export const CHAIN_COLUMNS: ReadonlySet<string> = new Set(["input_messages", "output_messages", "thread"]);

const integer = (value: number | null): number | null =>
  value === null || !Number.isFinite(value) ? null : Math.round(value);

const real = (value: number | null): number | null =>
  value === null || !Number.isFinite(value) ? null : value;

const list = (value: readonly unknown[]): string | null =>
  value.length === 0 ? null : JSON.stringify(value);

/** A span's small fields in the order of HEAD_COLUMNS. Absent is null; numbers that no column can hold too. */
export function encodeHead(span: Span): Cell[] {
  return [
    span.name,
    span.kind,
    integer(span.startUs) ?? 0,
    integer(span.endUs),
    span.status,
    span.statusMessage,
    span.errorType,
    span.service,
    span.scope,
    span.sessionId,
    span.userId,
    span.agentName,
    span.provider,
    span.model,
    span.toolName,
    span.toolCallId,
    list(span.finishReasons),
    integer(span.usage.inputTokens),
    integer(span.usage.outputTokens),
    integer(span.usage.cacheReadTokens),
    integer(span.usage.cacheWriteTokens),
    integer(span.usage.reasoningTokens),
    real(span.costUsd),
    span.costSource,
    real(span.timeToFirstTokenMs),
    span.responseId,
    list(span.prompts),
    span.release,
    span.commit,
    Object.keys(span.tags).length === 0 ? null : JSON.stringify(span.tags),
    list(span.findings),
  ];
}
