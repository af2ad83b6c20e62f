import { z } from "zod";
import { Finding } from "../../model/finding.ts";
import { PromptRef, Status } from "../../model/span.ts";
import type { SessionSummary, Totals, TraceSummary } from "../../model/trace.ts";

const number = z.number().nullable();
const text = z.string().nullable();

/** The columns that both summaries have, by their names in the tables. */
const shared = {
  start_us: z.number(),
  end_us: number,
  status: Status,
  service: text,
  user_id: text,
  agent_name: text,
  models: z.string(),
  tags: z.string(),
  input_preview: text,
  output_preview: text,
  error_preview: text,
  input_tokens: number,
  output_tokens: number,
  cache_read_tokens: number,
  cache_write_tokens: number,
  reasoning_tokens: number,
  cost_usd: number,
  unpriced_calls: z.number(),
  spans: z.number(),
  llm_calls: z.number(),
  tool_calls: z.number(),
  errors: z.number(),
  rollup_spans: z.number(),
};

const ofTrace = {
  ...shared,
  name: z.string(),
  session_inferred: z.number(),
  tools: z.string(),
  prompts: z.string(),
  release: text,
  commit_sha: text,
  findings: z.string(),
};
const ofSession = { ...shared, session_id: z.string(), inferred: z.number(), turns: z.number() };

const columns = (row: string, shape: object): string =>
  Object.keys(shape)
    .map((name) => `${row}.${name}`)
    .join(", ");

/** A row of `TRACE_COLUMN_LIST` from `TRACE_SOURCE`. */
export const TraceRow = z.object({ ...ofTrace, trace_id: z.string(), session_id: text });
export type TraceRow = z.infer<typeof TraceRow>;

/** What to select for `toTraceSummary`, from `TRACE_SOURCE`. */
export const TRACE_COLUMN_LIST = `lower(hex(t.trace_id)) AS trace_id, s.session_id, ${columns("t", ofTrace)}`;
export const TRACE_SOURCE = "trace t LEFT JOIN session s ON s.id = t.session";

/** A row of `SESSION_COLUMN_LIST` from `session s`. */
export const SessionRow = z.object(ofSession);
export type SessionRow = z.infer<typeof SessionRow>;

/** What to select for `toSessionSummary`, from `session s`. */
export const SESSION_COLUMN_LIST = columns("s", ofSession);

const Texts = z.array(z.string());
const Tags = z.record(z.string(), z.string());
const Prompts = z.array(PromptRef);
const Findings = z.array(Finding);

const json = <T>(schema: z.ZodType<T>, value: string): T => schema.parse(JSON.parse(value));

function toTotals(row: z.infer<z.ZodObject<typeof shared>>): Totals {
  return {
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    cacheReadTokens: row.cache_read_tokens,
    cacheWriteTokens: row.cache_write_tokens,
    reasoningTokens: row.reasoning_tokens,
    costUsd: row.cost_usd,
    unpricedCalls: row.unpriced_calls,
    spans: row.spans,
    llmCalls: row.llm_calls,
    toolCalls: row.tool_calls,
    errors: row.errors,
    rollupSpans: row.rollup_spans,
  };
}

const toShared = (row: z.infer<z.ZodObject<typeof shared>>) => ({
  startUs: row.start_us,
  endUs: row.end_us,
  status: row.status,
  service: row.service,
  userId: row.user_id,
  agentName: row.agent_name,
  models: json(Texts, row.models),
  tags: json(Tags, row.tags),
  inputPreview: row.input_preview,
  outputPreview: row.output_preview,
  errorPreview: row.error_preview,
  totals: toTotals(row),
});

/** The summary in a row that was rolled up. */
export function toTraceSummary(projectId: string, row: TraceRow): TraceSummary {
  return {
    projectId,
    traceId: row.trace_id,
    name: row.name,
    sessionId: row.session_id,
    sessionInferred: row.session_inferred === 1,
    ...toShared(row),
    tools: json(Texts, row.tools),
    prompts: json(Prompts, row.prompts),
    release: row.release,
    commit: row.commit_sha,
    findings: json(Findings, row.findings),
  };
}

/** The summary in a row that was rolled up. */
export function toSessionSummary(projectId: string, row: SessionRow): SessionSummary {
  return {
    projectId,
    sessionId: row.session_id,
    inferred: row.inferred === 1,
    turns: row.turns,
    ...toShared(row),
  };
}
