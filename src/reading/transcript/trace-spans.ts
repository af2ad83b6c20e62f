import type { SpanHead } from "../../model/span.ts";
import type { ContentRef, SpanOutline, TraceStore } from "../../store/store.ts";
import { spansOf } from "../store-pages.ts";
import { type Place, placeSpans } from "./scope.ts";

/** A span as the transcript needs it; the references of histories that are not read are let go. */
export interface TranscriptSpan {
  readonly head: SpanHead;
  readonly place: Place;
  readonly inputMessages: readonly ContentRef[];
  readonly outputMessages: readonly ContentRef[];
  readonly input: ContentRef | null;
  readonly output: ContentRef | null;
}

export interface TraceSpans {
  /** Spans of the main conversation in order of start. */
  readonly main: readonly TranscriptSpan[];
  /** What works inside of a span, by that span's id. */
  readonly inner: ReadonlyMap<string, Inner>;
}

/** A sub-agent's or tool's own work, counted. */
export interface Inner {
  agent: string | null;
  llmCalls: number;
  toolCalls: number;
  agents: number;
  errors: number;
  tokens: number;
}

const hasContent = (span: SpanOutline): boolean =>
  span.input !== null || span.output !== null || span.inputMessages.length + span.outputMessages.length > 0;

/** References are shared: long sessions name the same contents again and again. */
function createPool() {
  const pool = new Map<string, ContentRef>();
  const one = (ref: ContentRef): ContentRef => {
    const known = pool.get(ref.id);
    if (known) return known;
    pool.set(ref.id, ref);
    return ref;
  };
  return {
    one: (ref: ContentRef | null) => ref && one(ref),
    many: (refs: readonly ContentRef[]) => refs.map(one),
  };
}

function countInner(inner: Map<string, Inner>, owner: string, head: SpanHead, agent: string | null): void {
  const counts = inner.get(owner) ?? {
    agent: null,
    llmCalls: 0,
    toolCalls: 0,
    agents: 0,
    errors: 0,
    tokens: 0,
  };
  if (head.kind === "agent" || head.spanId === owner) counts.agent ??= agent;
  if (head.kind === "llm") counts.llmCalls += 1;
  if (head.kind === "tool" && head.spanId !== owner) counts.toolCalls += 1;
  if (head.kind === "agent") counts.agents += 1;
  if (head.status === "error") counts.errors += 1;
  if (head.kind === "llm") counts.tokens += (head.usage.inputTokens ?? 0) + (head.usage.outputTokens ?? 0);
  inner.set(owner, counts);
}

/** Reads a trace's spans in pages and sorts what is conversation from what is inner work. */
export async function readTraceSpans(
  store: TraceStore,
  projectId: string,
  traceId: string,
): Promise<TraceSpans> {
  const pool = createPool();
  const outlines: Omit<TranscriptSpan, "place">[] = [];
  for await (const page of spansOf(store, projectId, traceId)) {
    for (const span of page) {
      const keep = hasContent(span);
      outlines.push({
        head: span.head,
        inputMessages: keep ? pool.many(span.inputMessages) : [],
        outputMessages: keep ? pool.many(span.outputMessages) : [],
        input: pool.one(span.input),
        output: pool.one(span.output),
      });
    }
  }
  const places = placeSpans(
    outlines.map(({ head, inputMessages, outputMessages }) => ({
      ...head,
      messages: inputMessages.length + outputMessages.length,
    })),
  );
  const main: TranscriptSpan[] = [];
  const inner = new Map<string, Inner>();
  for (const span of outlines) {
    const place = places.get(span.head.spanId) ?? { owner: null, agent: null, wraps: false };
    const { owner } = place;
    if (owner !== null) countInner(inner, owner, span.head, place.agent);
    if (owner === null || owner === span.head.spanId) main.push({ ...span, place });
  }
  return { main, inner };
}
