import { z } from "zod";
import { endedAtLimit } from "../model/finish-reason.ts";
import type { Json } from "../model/json.ts";
import type { Retrieval } from "../model/judged-item.ts";
import { Part } from "../model/message.ts";
import { RetrievedDocument, type SpanHead } from "../model/span.ts";
import type { TraceSummary } from "../model/trace.ts";
import type { ContentRef, SpanOutline, TraceStore } from "../store/store.ts";
import { spansOf } from "./store-pages.ts";

/** Retrievals of one item that are kept; a judge asks about each. */
const MAX_RETRIEVALS = 20;
const MAX_CONTENT_CHARS = 400_000;

export interface SpanFacts {
  readonly system: string | null;
  readonly tools: Json;
  readonly retrievals: readonly Retrieval[];
  readonly cutOff: boolean;
}

const Documents = z.array(RetrievedDocument);
const Parts = z.array(Part);

const partsText = (value: Json): string | null => {
  const parts = Parts.safeParse(value);
  if (!parts.success) return typeof value === "string" ? value : null;
  return parts.data.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n") || null;
};

/** What only spans know, not the transcript: instructions, tool definitions, retrieved documents. */
export async function readSpanFacts(
  store: TraceStore,
  projectId: string,
  traces: readonly TraceSummary[],
): Promise<SpanFacts> {
  let system: ContentRef | null = null;
  let tools: ContentRef | null = null;
  const retrievals: SpanOutline[] = [];
  let cutOff = false;
  for (const { traceId } of traces) {
    let last: SpanHead | null = null;
    for await (const page of spansOf(store, projectId, traceId)) {
      for (const span of page) {
        if (span.head.kind === "llm") {
          system ??= span.system;
          tools ??= span.toolDefinitions;
          if (last === null || span.head.startUs >= last.startUs) last = span.head;
        }
        if (span.documents && retrievals.length < MAX_RETRIEVALS) retrievals.push(span);
      }
    }
    cutOff ||= endedAtLimit(last?.finishReasons ?? []);
  }
  const read = async (ref: ContentRef | null): Promise<Json> => {
    if (ref === null || ref.chars > MAX_CONTENT_CHARS) return null;
    return (await store.readContents(projectId, [ref.id])).get(ref.id) ?? null;
  };
  return {
    system: partsText(await read(system)),
    tools: await read(tools),
    cutOff,
    retrievals: await Promise.all(
      retrievals.map(async (span) => ({
        spanId: span.head.spanId,
        query: await read(span.input),
        documents: Documents.catch([]).parse(await read(span.documents)),
      })),
    ),
  };
}
