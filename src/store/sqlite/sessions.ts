import type { Database } from "better-sqlite3";
import type { Status } from "../../model/span.ts";
import { rollUpSession, type SessionTrace } from "../rollup-session.ts";
import { changedWhen, totalColumns } from "./rollup-write.ts";
import { nowUs } from "./write-rows.ts";

interface TraceRow {
  trace_id: Buffer;
  start_us: number;
  end_us: number | null;
  status: Status;
  service: string | null;
  user_id: string | null;
  agent_name: string | null;
  models: string;
  tags: string;
  input_preview: string | null;
  output_preview: string | null;
  error_preview: string | null;
  input_tokens: number | null;
  output_tokens: number | null;
  cache_read_tokens: number | null;
  cache_write_tokens: number | null;
  reasoning_tokens: number | null;
  cost_usd: number | null;
  unpriced_calls: number;
  spans: number;
  llm_calls: number;
  tool_calls: number;
  errors: number;
  rollup_spans: number;
}

/** Sessions of the store. Every method runs inside the caller's transaction. */
export type Sessions = ReturnType<typeof sessionRows>;

/** Rows of session: found or made, and rolled up from their traces. */
export function sessionRows(db: Database) {
  const find = db.prepare<[number, string], { id: number; inferred: number }>(
    "SELECT id, inferred FROM session WHERE project = ? AND session_id = ?",
  );
  const insert = db.prepare("INSERT INTO session (project, session_id, inferred) VALUES (?, ?, ?)");
  const name = db.prepare("UPDATE session SET inferred = 0 WHERE id = ?");
  const mark = db.prepare("INSERT OR IGNORE INTO dirty_session (session) VALUES (?)");
  const rollUp = sessionRollup(db);
  return {
    /** The row of a session that a source names (it is then no longer inferred) or that we infer. */
    ensure(project: number, sessionId: string, inferred: boolean): number {
      const row = find.get(project, sessionId);
      if (!row) return Number(insert.run(project, sessionId, inferred ? 1 : 0).lastInsertRowid);
      if (row.inferred && !inferred) name.run(row.id);
      return row.id;
    },
    touch(session: number) {
      mark.run(session);
    },
    rollUp,
  };
}

const SIGNS = ["turns", "spans", "end_us", "input_tokens", "input_preview", "output_preview"];

/** Recomputes one session's row; removes an inferred one that has lost its last trace. */
function sessionRollup(db: Database): (session: number) => void {
  const own = db.prepare<[number], { own_tags: string; inferred: number }>(
    "SELECT own_tags, inferred FROM session WHERE id = ?",
  );
  const traces = db.prepare<[number], TraceRow>(`
    SELECT trace_id, start_us, end_us, status, service, user_id, agent_name, models, tags, input_preview,
      output_preview, error_preview, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens,
      reasoning_tokens, cost_usd, unpriced_calls, spans, llm_calls, tool_calls, errors, rollup_spans
    FROM trace WHERE session = ? AND start_us IS NOT NULL ORDER BY start_us`);
  const totals = Object.keys(totalColumns(NO_TOTALS))
    .map((column) => `${column} = @${column}`)
    .join(", ");
  const update = db.prepare(`
    UPDATE session SET start_us = @start_us, end_us = @end_us, duration_us = @duration_us, turns = @turns,
      status = @status, service = @service, user_id = @user_id, agent_name = @agent_name, models = @models,
      tags = @tags, input_preview = @input_preview, output_preview = @output_preview,
      error_preview = @error_preview, ${totals}, ${changedWhen(SIGNS)} WHERE id = @id`);
  const remove = db.prepare(
    "DELETE FROM session WHERE id = ? AND NOT EXISTS (SELECT 1 FROM trace WHERE session = session.id)",
  );
  const unseal = db.prepare("DELETE FROM sealed_session WHERE session = ?");
  return (session) => {
    const row = own.get(session);
    if (!row) return;
    const ownTags: Record<string, string> = JSON.parse(row.own_tags);
    const rollup = rollUpSession(traces.all(session).map(toTrace), ownTags);
    if (!rollup && row.inferred && Object.keys(ownTags).length === 0) {
      if (remove.run(session).changes > 0) unseal.run(session);
    } else update.run({ id: session, ...sessionColumns(rollup, ownTags), now: nowUs() });
  };
}

const NO_TOTALS = {
  inputTokens: null,
  outputTokens: null,
  cacheReadTokens: null,
  cacheWriteTokens: null,
  reasoningTokens: null,
  costUsd: null,
  unpricedCalls: 0,
  spans: 0,
  llmCalls: 0,
  toolCalls: 0,
  errors: 0,
  rollupSpans: 0,
};

/** A session without traces is only known from feedback or tags: it has no times. */
function sessionColumns(rollup: ReturnType<typeof rollUpSession>, ownTags: Record<string, string>) {
  const end = rollup?.endUs ?? null;
  return {
    start_us: rollup?.startUs ?? null,
    end_us: end,
    duration_us: rollup && end !== null ? Math.max(0, end - rollup.startUs) : null,
    turns: rollup?.turns ?? 0,
    status: rollup?.status ?? "unset",
    service: rollup?.service ?? null,
    user_id: rollup?.userId ?? null,
    agent_name: rollup?.agentName ?? null,
    models: JSON.stringify(rollup?.models ?? []),
    tags: JSON.stringify(rollup?.tags ?? ownTags),
    input_preview: rollup?.inputPreview ?? null,
    output_preview: rollup?.outputPreview ?? null,
    error_preview: rollup?.errorPreview ?? null,
    ...totalColumns(rollup?.totals ?? NO_TOTALS),
  };
}

function toTrace(row: TraceRow): SessionTrace {
  return {
    traceId: row.trace_id.toString("hex"),
    startUs: row.start_us,
    endUs: row.end_us,
    status: row.status,
    service: row.service,
    userId: row.user_id,
    agentName: row.agent_name,
    models: JSON.parse(row.models),
    tags: JSON.parse(row.tags),
    inputPreview: row.input_preview,
    outputPreview: row.output_preview,
    errorPreview: row.error_preview,
    totals: {
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
    },
  };
}
