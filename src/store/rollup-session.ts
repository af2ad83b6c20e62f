import type { Status } from "../model/span.ts";
import type { SessionSummary, Totals, TraceSummary } from "../model/trace.ts";

/** What a session's summary is made from: the summaries of its traces. */
export type SessionTrace = Pick<
  TraceSummary,
  | "traceId"
  | "startUs"
  | "endUs"
  | "status"
  | "service"
  | "userId"
  | "agentName"
  | "models"
  | "tags"
  | "inputPreview"
  | "outputPreview"
  | "errorPreview"
  | "totals"
>;

export type SessionRollup = Omit<SessionSummary, "projectId" | "sessionId" | "inferred">;

const MAX_MODELS = 20;
const MAX_TAGS = 50;

/**
 * The summary of a session from its traces, in any order; undefined for none.
 *
 * `status` is `error` when any turn failed: whoever talked to the agent saw it, also when a later turn went well;
 * else that of the last turn that says one. `ownTags` (set on the session itself) win over its traces' tags, and
 * of those the earliest wins. `endUs` is null while a turn has not ended. Totals are sums; null where no turn
 * knows the number.
 */
export function rollUpSession(
  unordered: readonly SessionTrace[],
  ownTags: Readonly<Record<string, string>> = {},
): SessionRollup | undefined {
  const traces = [...unordered].sort(
    (a, b) => a.startUs - b.startUs || (a.traceId < b.traceId ? -1 : a.traceId > b.traceId ? 1 : 0),
  );
  const first = traces[0];
  if (!first) return undefined;
  const pick = <K extends "service" | "userId" | "agentName" | "inputPreview" | "errorPreview">(key: K) =>
    traces.find((trace) => trace[key] !== null)?.[key] ?? null;
  const tags = new Map(Object.entries(ownTags));
  for (const trace of traces) {
    for (const [key, value] of Object.entries(trace.tags)) if (!tags.has(key)) tags.set(key, value);
  }
  return {
    startUs: first.startUs,
    endUs: traces.some((trace) => trace.endUs === null)
      ? null
      : traces.reduce((end, trace) => Math.max(end, trace.endUs ?? 0), first.startUs),
    turns: traces.length,
    status: sessionStatus(traces),
    service: pick("service"),
    userId: pick("userId"),
    agentName: pick("agentName"),
    models: [...new Set(traces.flatMap((trace) => trace.models))].slice(0, MAX_MODELS),
    tags: Object.fromEntries([...tags].slice(0, Math.max(MAX_TAGS, Object.keys(ownTags).length))),
    inputPreview: pick("inputPreview"),
    outputPreview: traces.findLast((trace) => trace.outputPreview !== null)?.outputPreview ?? null,
    errorPreview: pick("errorPreview"),
    totals: sumTotals(traces.map((trace) => trace.totals)),
  };
}

function sessionStatus(traces: readonly SessionTrace[]): Status {
  if (traces.some((trace) => trace.status === "error")) return "error";
  return traces.findLast((trace) => trace.status !== "unset")?.status ?? "unset";
}

function sumTotals(all: readonly Totals[]): Totals {
  const known = (key: "inputTokens" | "outputTokens" | "cacheReadTokens" | "cacheWriteTokens") =>
    sumKnown(all.map((totals) => totals[key]));
  const sum = (key: "unpricedCalls" | "spans" | "llmCalls" | "toolCalls" | "errors" | "rollupSpans") =>
    all.reduce((total, totals) => total + totals[key], 0);
  return {
    inputTokens: known("inputTokens"),
    outputTokens: known("outputTokens"),
    cacheReadTokens: known("cacheReadTokens"),
    cacheWriteTokens: known("cacheWriteTokens"),
    reasoningTokens: sumKnown(all.map((totals) => totals.reasoningTokens)),
    costUsd: sumKnown(all.map((totals) => totals.costUsd)),
    unpricedCalls: sum("unpricedCalls"),
    spans: sum("spans"),
    llmCalls: sum("llmCalls"),
    toolCalls: sum("toolCalls"),
    errors: sum("errors"),
    rollupSpans: sum("rollupSpans"),
  };
}

const sumKnown = (values: readonly (number | null)[]): number | null =>
  values.reduce((total, value) => (value === null ? total : (total ?? 0) + value), null);
