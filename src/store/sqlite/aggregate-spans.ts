import { z } from "zod";
import { errorSignature } from "../error-signature.ts";
import type { TraceAggregate } from "../store.ts";
import { type DurationSample, openDurationSample } from "./aggregate-percentiles.ts";
import { type Sql, sql } from "./compile-filter-sql.ts";
import type { Statements } from "./search-statements.ts";

/** Spans of the chosen traces, trace by trace; `ids` is a JSON array of row ids of traces. */
const spansOf = (ids: string): Sql => sql`json_each(${ids}) i CROSS JOIN span p ON p.trace = i.value`;

type ToolRow = [name: string, status: string, durationUs: number | null];

/** Calls, failures and durations per tool. */
export function aggregateTools(statements: Statements, ids: string, topN: number): TraceAggregate["tools"] {
  const tools = new Map<string, { calls: number; errors: number; durations: DurationSample }>();
  const rows = statements.arrays<ToolRow>(
    sql`SELECT coalesce(p.tool_name, p.name), p.status, p.end_us - p.start_us FROM ${spansOf(ids)} WHERE p.kind = 'tool'`,
  );
  for (const [name, status, durationUs] of rows) {
    let tool = tools.get(name);
    if (!tool) {
      tool = { calls: 0, errors: 0, durations: openDurationSample() };
      tools.set(name, tool);
    }
    tool.calls += 1;
    if (status === "error") tool.errors += 1;
    tool.durations.add(durationUs);
  }
  const top = [...tools].sort(([, a], [, b]) => b.calls - a.calls).slice(0, topN);
  return {
    rows: top.map(([name, { calls, errors, durations }]) => ({
      name,
      calls,
      errors,
      durationMs: durations.percentiles(),
    })),
    total: tools.size,
  };
}

const ModelRow = z.object({
  name: z.string(),
  calls: z.number(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  costUsd: z.number().nullable(),
});
const NestedRow = z.object({ trace: z.number() });

/**
 * Calls, tokens and cost per model, from model and embedding spans. A model span that wraps another one with
 * usage only restates it and is left out.
 */
export function aggregateModels(statements: Statements, ids: string, topN: number): TraceAggregate["models"] {
  // The roll-up counts a wrapped call once: only where it saw fewer calls than spans must children be looked up.
  const nested = statements.all(
    NestedRow,
    sql`SELECT t.id AS trace FROM json_each(${ids}) i CROSS JOIN trace t ON t.id = i.value WHERE t.rollup_spans > 0
      AND (SELECT count(*) FROM span p WHERE p.trace = t.id AND p.kind = 'llm') > t.llm_calls`,
  );
  const wrapped = sql`p.trace IN (SELECT value FROM json_each(${JSON.stringify(nested.map(({ trace }) => trace))}))
    AND p.kind = 'llm' AND EXISTS (SELECT 1 FROM span c WHERE c.trace = p.trace AND c.parent_span_id = p.span_id
      AND c.kind = 'llm' AND (c.input_tokens IS NOT NULL OR p.input_tokens IS NULL))`;
  const rows = statements.all(
    ModelRow,
    sql`SELECT p.model AS name, count(*) AS calls, sum(ifnull(p.input_tokens, 0)) AS inputTokens,
      sum(ifnull(p.output_tokens, 0)) AS outputTokens, sum(p.cost_usd) AS costUsd FROM ${spansOf(ids)}
      WHERE p.kind IN ('llm', 'embedding') AND p.model IS NOT NULL AND NOT (${wrapped})
      GROUP BY p.model ORDER BY calls DESC, name`,
  );
  return { rows: rows.slice(0, topN), total: rows.length };
}

type ErrorRow = [type: string | null, message: string | null, kind: string, name: string, trace: number];

interface ErrorGroup {
  readonly signature: string;
  readonly kind: string;
  readonly name: string;
  readonly example: number;
  count: number;
  traces: number;
  lastTrace: number;
}

/** Groups kept apart; errors of further ones are counted together. */
const MOST_GROUPS = 20_000;
const REST = "(all other errors)";

/** Failed spans by error signature, kind, and name (of the tool, else of the span). */
export function aggregateErrors(statements: Statements, ids: string, topN: number): TraceAggregate["errors"] {
  const groups = new Map<string, ErrorGroup>();
  const rows = statements.arrays<ErrorRow>(
    sql`SELECT p.error_type, substr(p.status_message, 1, 1000), p.kind, coalesce(p.tool_name, p.name), p.trace
      FROM ${spansOf(ids)} WHERE p.status = 'error'`,
  );
  for (const [type, message, kind, name, trace] of rows) {
    const group = groupOf(groups, errorSignature(type, message), kind, name, trace);
    group.count += 1;
    // Rows come trace by trace.
    if (group.lastTrace !== trace) group.traces += 1;
    group.lastTrace = trace;
  }
  const top = [...groups.values()].sort((a, b) => b.count - a.count).slice(0, topN);
  return {
    rows: top.map(({ signature, kind, name, count, traces, example }) => ({
      signature,
      kind,
      name,
      count,
      traces,
      exampleTraceId: traceIdOf(statements, example),
    })),
    total: groups.size,
  };
}

function groupOf(
  groups: Map<string, ErrorGroup>,
  signature: string,
  kind: string,
  name: string,
  trace: number,
): ErrorGroup {
  const key = JSON.stringify([signature, kind, name]);
  const found = groups.get(key);
  if (found) return found;
  if (groups.size >= MOST_GROUPS && signature !== REST) return groupOf(groups, REST, "other", REST, trace);
  const group = { signature, kind, name, example: trace, count: 0, traces: 0, lastTrace: -1 };
  groups.set(key, group);
  return group;
}

const IdRow = z.object({ id: z.string() });

const traceIdOf = (statements: Statements, trace: number): string =>
  statements.get(IdRow, sql`SELECT lower(hex(trace_id)) AS id FROM trace WHERE id = ${trace}`)?.id ?? "";
