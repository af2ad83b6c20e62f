import type { Json } from "../model/json.ts";
import type { TraceSummary } from "../model/trace.ts";
import type { ContentId, ContentRef, SpanOutline, TraceStore } from "../store/store.ts";

/** Spans a page: small, since each outline of a long conversation names its whole history. */
const SPANS = 200;
const TRACES = 100;
const CONTENTS = 200;
const CONTENT_CHARS = 4_000_000;

/** All spans of a trace in order of start, read in pages. */
export async function* spansOf(
  store: TraceStore,
  projectId: string,
  traceId: string,
  limit = SPANS,
): AsyncGenerator<readonly SpanOutline[]> {
  let cursor: string | undefined;
  do {
    const page = await store.readSpans(projectId, traceId, { limit, cursor });
    yield page.items;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
}

/** All traces of a session, oldest first. */
export async function* tracesOf(
  store: TraceStore,
  projectId: string,
  sessionId: string,
): AsyncGenerator<TraceSummary> {
  let cursor: string | undefined;
  do {
    const page = await store.readSessionTraces(projectId, sessionId, { limit: TRACES, cursor });
    yield* page.items;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
}

/** Distinct contents a few at a time, so that only as many are in memory as their sizes allow. */
export async function* contentsOf(
  store: TraceStore,
  projectId: string,
  refs: Iterable<ContentRef>,
): AsyncGenerator<ReadonlyMap<ContentId, Json>> {
  let batch = new Set<ContentId>();
  let chars = 0;
  for (const ref of refs) {
    if (batch.size > 0 && (batch.size >= CONTENTS || chars + ref.chars > CONTENT_CHARS)) {
      yield await store.readContents(projectId, [...batch]);
      batch = new Set();
      chars = 0;
    }
    if (!batch.has(ref.id)) chars += ref.chars;
    batch.add(ref.id);
  }
  if (batch.size > 0) yield await store.readContents(projectId, [...batch]);
}
