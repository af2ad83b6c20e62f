import type { Database } from "better-sqlite3";
import type { Facet, TraceRollup } from "../rollup.ts";
import { nowUs } from "./write-rows.ts";

const SUMMARY = [
  "name",
  "service",
  "start_us",
  "end_us",
  "duration_us",
  "status",
  "user_id",
  "agent_name",
  "models",
  "tools",
  "prompts",
  "release",
  "commit_sha",
  "tags",
  "input_preview",
  "output_preview",
  "error_preview",
  "input_tokens",
  "output_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "reasoning_tokens",
  "cost_usd",
  "unpriced_calls",
  "spans",
  "llm_calls",
  "tool_calls",
  "errors",
  "rollup_spans",
  "findings",
] as const;

/** Of these at least one changes when a span comes or is completed; feedback changes none. */
const SIGNS = ["spans", "end_us", "status", "input_tokens", "input_preview", "output_preview"];

/** SQL for `changed_us`: `@now` when one of the columns is about to change. */
export const changedWhen = (columns: readonly string[]): string =>
  `changed_us = CASE WHEN ${columns.map((column) => `${column} IS NOT @${column}`).join(" OR ")}
    THEN @now ELSE changed_us END`;

const setList = (columns: readonly string[]) => columns.map((column) => `${column} = @${column}`).join(", ");

/** Writes a trace's summary row and the difference of its facets. */
export function traceWriter(db: Database): (trace: number, project: number, rollup: TraceRollup) => void {
  const update = db.prepare(`UPDATE trace SET ${setList(SUMMARY)}, ${changedWhen(SIGNS)} WHERE id = @id`);
  const known = db.prepare<[number], Facet>("SELECT field, value FROM trace_facet WHERE trace = ?");
  const insert = db.prepare(
    "INSERT OR IGNORE INTO trace_facet (project, field, value, trace) VALUES (?, ?, ?, ?)",
  );
  const remove = db.prepare(
    "DELETE FROM trace_facet WHERE project = ? AND field = ? AND value = ? AND trace = ?",
  );
  return (trace, project, rollup) => {
    update.run({ id: trace, ...summaryColumns(rollup), now: nowUs() });
    const stale = new Map(known.all(trace).map((facet) => [`${facet.field}\u0000${facet.value}`, facet]));
    for (const { field, value } of rollup.facets) {
      if (!stale.delete(`${field}\u0000${value}`)) insert.run(project, field, value, trace);
    }
    for (const { field, value } of stale.values()) remove.run(project, field, value, trace);
  };
}

function summaryColumns(rollup: TraceRollup): Record<(typeof SUMMARY)[number], string | number | null> {
  const { totals } = rollup;
  return {
    name: rollup.name,
    service: rollup.service,
    start_us: rollup.startUs,
    end_us: rollup.endUs,
    duration_us: rollup.endUs === null ? null : Math.max(0, rollup.endUs - rollup.startUs),
    status: rollup.status,
    user_id: rollup.userId,
    agent_name: rollup.agentName,
    models: JSON.stringify(rollup.models),
    tools: JSON.stringify(rollup.tools),
    prompts: JSON.stringify(rollup.prompts),
    release: rollup.release,
    commit_sha: rollup.commit,
    tags: JSON.stringify(rollup.tags),
    input_preview: rollup.inputPreview,
    output_preview: rollup.outputPreview,
    error_preview: rollup.errorPreview,
    findings: JSON.stringify(rollup.findings),
    ...totalColumns(totals),
  };
}

/** Totals as the columns that trace and session share. */
export function totalColumns(totals: TraceRollup["totals"]) {
  return {
    input_tokens: totals.inputTokens,
    output_tokens: totals.outputTokens,
    cache_read_tokens: totals.cacheReadTokens,
    cache_write_tokens: totals.cacheWriteTokens,
    reasoning_tokens: totals.reasoningTokens,
    cost_usd: totals.costUsd,
    unpriced_calls: totals.unpricedCalls,
    spans: totals.spans,
    llm_calls: totals.llmCalls,
    tool_calls: totals.toolCalls,
    errors: totals.errors,
    rollup_spans: totals.rollupSpans,
  };
}
