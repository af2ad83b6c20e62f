import type { Database } from "better-sqlite3";
import type { SpanKind, Status } from "../../model/span.ts";
import type { RollupSpan } from "../rollup.ts";
import type { ContentColumns } from "./rollup-preview.ts";

interface SpanRow extends ContentColumns {
  span_id: Buffer;
  parent_span_id: Buffer | null;
  name: string;
  kind: SpanKind;
  start_us: number;
  end_us: number | null;
  status: Status;
  status_message: string | null;
  error_type: string | null;
  service: string | null;
  session_id: string | null;
  user_id: string | null;
  agent_name: string | null;
  model: string | null;
  tool_name: string | null;
  input_tokens: number | null;
  output_tokens: number | null;
  cache_read_tokens: number | null;
  cache_write_tokens: number | null;
  reasoning_tokens: number | null;
  cost_usd: number | null;
  prompts: string | null;
  release: string | null;
  commit_sha: string | null;
  tags: string | null;
  findings: string | null;
  thread: number | null;
}

/** A span for the roll-up, with the places of its content. `thread`: input and output messages as one chain. */
export interface StoredSpan extends RollupSpan, ContentColumns {
  readonly thread: number | null;
}

const COLUMNS = `span_id, parent_span_id, name, kind, start_us, end_us, status, status_message, error_type, service,
  session_id, user_id, agent_name, model, tool_name, input_tokens, output_tokens, cache_read_tokens,
  cache_write_tokens, reasoning_tokens, cost_usd, prompts, release, commit_sha, tags, findings, input_messages,
  output_messages, thread, input, output`;

const hexOf = (bytes: Buffer | null): string | null => bytes?.toString("hex") ?? null;

/** All spans of a trace without their content: one scan. */
export function spanReader(db: Database): (trace: number) => StoredSpan[] {
  const select = db.prepare<[number], SpanRow>(`SELECT ${COLUMNS} FROM span WHERE trace = ?`);
  return (trace) => select.all(trace).map(toSpan);
}

function toSpan(row: SpanRow): StoredSpan {
  return {
    spanId: row.span_id.toString("hex"),
    parentSpanId: hexOf(row.parent_span_id),
    name: row.name,
    kind: row.kind,
    startUs: row.start_us,
    endUs: row.end_us,
    status: row.status,
    statusMessage: row.status_message,
    errorType: row.error_type,
    service: row.service,
    sessionId: row.session_id,
    userId: row.user_id,
    agentName: row.agent_name,
    model: row.model,
    toolName: row.tool_name,
    usage: {
      inputTokens: row.input_tokens,
      outputTokens: row.output_tokens,
      cacheReadTokens: row.cache_read_tokens,
      cacheWriteTokens: row.cache_write_tokens,
      reasoningTokens: row.reasoning_tokens,
    },
    costUsd: row.cost_usd,
    prompts: row.prompts === null ? [] : JSON.parse(row.prompts),
    release: row.release,
    commit: row.commit_sha,
    tags: row.tags === null ? {} : JSON.parse(row.tags),
    findings: row.findings === null ? [] : JSON.parse(row.findings),
    input_messages: row.input_messages,
    output_messages: row.output_messages,
    thread: row.thread,
    input: row.input,
    output: row.output,
  };
}
