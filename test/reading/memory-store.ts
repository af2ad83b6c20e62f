import { hash } from "node:crypto";
import type { Assessment } from "../../src/model/assessment.ts";
import type { Json } from "../../src/model/json.ts";
import type { Span } from "../../src/model/span.ts";
import type { SessionSummary, Totals, TraceSummary } from "../../src/model/trace.ts";
import type { ContentRef, SpanOutline, TraceStore } from "../../src/store/store.ts";

const sum = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((a, b) => a + b, 0);
};

function totalsOf(spans: readonly Span[]): Totals {
  const of = (key: keyof Span["usage"]) => sum(spans.map((span) => span.usage[key]));
  return {
    inputTokens: of("inputTokens"),
    outputTokens: of("outputTokens"),
    cacheReadTokens: of("cacheReadTokens"),
    cacheWriteTokens: of("cacheWriteTokens"),
    reasoningTokens: of("reasoningTokens"),
    costUsd: sum(spans.map((span) => span.costUsd)),
    unpricedCalls: 0,
    spans: spans.length,
    llmCalls: spans.filter((span) => span.kind === "llm").length,
    toolCalls: spans.filter((span) => span.kind === "tool").length,
    errors: spans.filter((span) => span.status === "error").length,
    rollupSpans: 0,
  };
}

const base = (spans: readonly Span[]) => {
  const first = spans.find((span) => span.parentSpanId === null) ?? spans[0];
  return {
    projectId: "shop",
    startUs: Math.min(...spans.slice(0, 50).map((span) => span.startUs)),
    endUs: spans.reduce((end, span) => Math.max(end, span.endUs ?? 0), 0),
    status: first?.status ?? ("unset" as const),
    service: first?.service ?? null,
    userId: null,
    agentName: first?.agentName ?? null,
    models: [...new Set(spans.flatMap((span) => span.model ?? []))],
    tags: {},
    inputPreview: null,
    outputPreview: null,
    errorPreview: null,
    totals: totalsOf(spans),
  };
};

const unused = () => {
  throw new Error("not part of reading");
};

/** What reading asks of a store, over plain spans: equal values get equal ids, everything comes in small pages. */
export function createMemoryStore(
  all: readonly Span[],
  assessments: readonly Assessment[] = [],
): TraceStore & { readonly reads: () => number; readonly contentReads: () => number } {
  const contents = new Map<string, Json>();
  const traces = new Map<string, Span[]>();
  let reads = 0;
  let contentReads = 0;
  const ref = (value: unknown): ContentRef => {
    const text = JSON.stringify(value);
    const id = hash("sha1", text);
    contents.set(id, JSON.parse(text));
    return { id, chars: text.length };
  };
  const maybe = (value: unknown) => (value === null ? null : ref(value));
  const outline = (span: Span): SpanOutline => {
    const { content, source: _source, ...head } = span;
    return {
      head,
      system: maybe(content.system),
      inputMessages: (content.inputMessages ?? []).map(ref),
      outputMessages: (content.outputMessages ?? []).map(ref),
      input: maybe(content.input),
      output: maybe(content.output),
      toolDefinitions: maybe(content.toolDefinitions),
      documents: maybe(content.documents),
    };
  };
  for (const span of all) {
    const spans = traces.get(span.traceId);
    if (spans) spans.push(span);
    else traces.set(span.traceId, [span]);
  }
  for (const spans of traces.values()) spans.sort((a, b) => a.startUs - b.startUs);
  const page = <T>(items: readonly T[], limit: number, cursor: string | undefined) => {
    const from = Number(cursor ?? 0);
    const next = from + limit < items.length ? String(from + limit) : null;
    return { items: items.slice(from, from + limit), total: items.length, next };
  };
  const summary = (traceId: string): TraceSummary | undefined => {
    const spans = traces.get(traceId);
    const first = spans?.find((span) => span.parentSpanId === null) ?? spans?.[0];
    if (!spans || !first) return undefined;
    return {
      ...base(spans),
      traceId,
      name: first.name,
      sessionId: first.sessionId,
      sessionInferred: false,
      tools: [],
      prompts: [],
      release: null,
      commit: null,
      findings: [...new Set(spans.flatMap((span) => span.findings))],
    };
  };
  const inSession = (sessionId: string) =>
    [...traces]
      .filter(([, spans]) => spans.some((span) => span.sessionId === sessionId))
      .map(([id]) => summary(id))
      .filter((trace) => trace !== undefined)
      .sort((a, b) => a.startUs - b.startUs);
  const session = (sessionId: string): SessionSummary | undefined => {
    const found = inSession(sessionId);
    if (found.length === 0) return undefined;
    const spans = found.flatMap((trace) => traces.get(trace.traceId) ?? []);
    return { ...base(spans), sessionId, inferred: false, turns: found.length };
  };
  return {
    reads: () => reads,
    contentReads: () => contentReads,
    insert: unused,
    settle: unused,
    searchTraces: unused,
    searchSessions: unused,
    aggregate: unused,
    getMedia: unused,
    listMedia: unused,
    addAssessments: unused,
    listValues: unused,
    delete: unused,
    getTrace: async (_project, id) => summary([...traces.keys()].find((each) => each.startsWith(id)) ?? ""),
    readSpans: async (_project, traceId, { limit, cursor }) => {
      reads += 1;
      const found = page(traces.get(traceId) ?? [], limit, cursor);
      return { ...found, items: found.items.map(outline) };
    },
    getSpan: async (_project, traceId, spanId) =>
      traces.get(traceId)?.find((span) => span.spanId.startsWith(spanId)),
    readContents: async (_project, ids) => {
      contentReads += ids.length;
      return new Map(
        ids.flatMap((id) => (contents.has(id) ? [[id, contents.get(id) ?? null] as const] : [])),
      );
    },
    getSession: async (_project, id) => session(id),
    readSessionTraces: async (_project, id, { limit, cursor }) => page(inSession(id), limit, cursor),
    readAssessments: async () => assessments,
  };
}
