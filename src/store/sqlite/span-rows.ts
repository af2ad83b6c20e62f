import { z } from "zod";
import { Finding } from "../../model/finding.ts";
import { CostSource, PromptRef, type SpanHead, SpanKind, Status } from "../../model/span.ts";
import { CONTENT_COLUMNS, HEAD_COLUMNS } from "./span-columns.ts";

const text = z.string().nullable();
const number = z.number().nullable();

/** A row of SPAN_COLUMN_LIST from `span s JOIN trace t`. */
export const SpanRow = z.object({
  id: z.number(),
  trace_id: z.string(),
  span_id: z.string(),
  parent_span_id: text,
  name: z.string(),
  kind: SpanKind,
  start_us: z.number(),
  end_us: number,
  status: Status,
  status_message: text,
  error_type: text,
  service: text,
  scope: text,
  session_id: text,
  user_id: text,
  agent_name: text,
  provider: text,
  model: text,
  tool_name: text,
  tool_call_id: text,
  finish_reasons: text,
  input_tokens: number,
  output_tokens: number,
  cache_read_tokens: number,
  cache_write_tokens: number,
  reasoning_tokens: number,
  cost_usd: number,
  cost_source: CostSource.nullable(),
  time_to_first_token_ms: number,
  response_id: text,
  prompts: text,
  release: text,
  commit_sha: text,
  tags: text,
  findings: text,
  system: number,
  input_messages: number,
  output_messages: number,
  input: number,
  output: number,
  tool_definitions: number,
  documents: number,
});
export type SpanRow = z.infer<typeof SpanRow>;

export const SPAN_COLUMN_LIST = [
  "s.id",
  "lower(hex(t.trace_id)) AS trace_id",
  "lower(hex(s.span_id)) AS span_id",
  // hex(NULL) would be an empty text
  "CASE WHEN s.parent_span_id IS NOT NULL THEN lower(hex(s.parent_span_id)) END AS parent_span_id",
  ...[...HEAD_COLUMNS, ...CONTENT_COLUMNS].map((column) => `s.${column}`),
].join(", ");

const Texts = z.array(z.string());
const Prompts = z.array(PromptRef);
const Findings = z.array(Finding);

const list = <T>(schema: z.ZodType<T[]>, json: string | null): T[] =>
  json === null ? [] : schema.parse(JSON.parse(json));

function tagsOf(json: string | null): Record<string, string> {
  const tags: object = json === null ? {} : JSON.parse(json);
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, String(value)]));
}

/** The head of a span again, as it was inserted. */
export function toSpanHead(row: SpanRow): SpanHead {
  return {
    traceId: row.trace_id,
    spanId: row.span_id,
    parentSpanId: row.parent_span_id,
    name: row.name,
    kind: row.kind,
    startUs: row.start_us,
    endUs: row.end_us,
    status: row.status,
    statusMessage: row.status_message,
    errorType: row.error_type,
    service: row.service,
    scope: row.scope,
    sessionId: row.session_id,
    userId: row.user_id,
    agentName: row.agent_name,
    provider: row.provider,
    model: row.model,
    toolName: row.tool_name,
    toolCallId: row.tool_call_id,
    finishReasons: list(Texts, row.finish_reasons),
    usage: {
      inputTokens: row.input_tokens,
      outputTokens: row.output_tokens,
      cacheReadTokens: row.cache_read_tokens,
      cacheWriteTokens: row.cache_write_tokens,
      reasoningTokens: row.reasoning_tokens,
    },
    costUsd: row.cost_usd,
    costSource: row.cost_source,
    timeToFirstTokenMs: row.time_to_first_token_ms,
    responseId: row.response_id,
    prompts: list(Prompts, row.prompts),
    release: row.release,
    commit: row.commit_sha,
    tags: tagsOf(row.tags),
    findings: list(Findings, row.findings),
  };
}
