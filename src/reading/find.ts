import type { Answer } from "../model/answer.ts";
import type { Json } from "../model/json.ts";
import type { ContentId, ContentRef, SpanOutline, TraceStore } from "../store/store.ts";
import { foundAnswer, type Place } from "./find-answer.ts";
import { contentItems, itemText, valueText } from "./message-text.ts";
import { type Matcher, toMatcher } from "./pattern.ts";
import { contentsOf, spansOf, tracesOf } from "./store-pages.ts";

interface FindQuery {
  readonly projectId: string;
  /** Plain text in any case, or /regex/flags. */
  readonly pattern: string;
  readonly budget: number;
}

interface Search {
  readonly matcher: Matcher;
  readonly seen: Set<ContentId>;
  readonly places: Place[];
  /** Contents and names searched. */
  searched: number;
}

/** Hits of one content that are shown. */
const KEPT = 3;
/** Characters around a hit. */
const AROUND = 60;
const MAX_HIT = 120;
/** Places that are kept; further ones are counted. */
const MAX_PLACES = 2_000;

/** The hit between »«, with what stands around it on one line. */
function contextOf(text: string, start: number, end: number): string {
  const hit = end - start > MAX_HIT ? `${text.slice(start, start + MAX_HIT)}…` : text.slice(start, end);
  const before = text.slice(Math.max(0, start - AROUND), start).replace(/^[\uDC00-\uDFFF]/, "");
  const after = text.slice(end, end + AROUND).replace(/[\uD800-\uDBFF]$/, "");
  const dots = [start > AROUND ? "…" : "", end + AROUND < text.length ? "…" : ""];
  return `${dots[0]}${before}»${hit}«${after}${dots[1]}`.replace(/\s+/g, " ");
}

function searchText(search: Search, place: Omit<Place, "count" | "contexts">, text: string): void {
  search.searched += 1;
  if (text === "") return;
  const found = search.matcher.find(text, KEPT);
  if (found.count === 0) return;
  const isFull = search.places.length >= MAX_PLACES;
  const contexts = isFull ? [] : found.hits.map(({ start, end }) => contextOf(text, start, end));
  search.places.push({ ...place, count: found.count, contexts });
}

interface Wanted {
  readonly ref: ContentRef;
  readonly field: string;
  readonly span: SpanOutline;
}

const FIELDS = ["input", "output", "system", "toolDefinitions", "documents"] as const;

function wantedOf(span: SpanOutline): Wanted[] {
  const single = FIELDS.flatMap((name) => {
    const ref = span[name];
    return ref ? [{ ref, field: name === "toolDefinitions" ? "tools" : name, span }] : [];
  });
  const input = span.inputMessages.map((ref) => ({ ref, field: "messages", span }));
  const output = span.outputMessages.map((ref) => ({ ref, field: "output", span }));
  return [...input, ...output, ...single];
}

/** A message as it is read, so that patterns need not know JSON; any other value as text. */
function textOf(field: string, span: SpanOutline, value: Json): string {
  const isMessage = field === "messages" || (field === "output" && span.outputMessages.length > 0);
  return isMessage ? contentItems(value, "user").items.map(itemText).join("\n") : valueText(value);
}

async function searchTrace(
  store: TraceStore,
  projectId: string,
  traceId: string,
  search: Search,
): Promise<void> {
  for await (const page of spansOf(store, projectId, traceId)) {
    const wanted = new Map<ContentId, Wanted>();
    for (const span of page) {
      const place = { traceId, spanId: span.head.spanId };
      searchText(search, { ...place, field: "name" }, span.head.name);
      if (span.head.statusMessage) searchText(search, { ...place, field: "error" }, span.head.statusMessage);
      for (const item of wantedOf(span)) {
        if (search.seen.has(item.ref.id)) continue;
        search.seen.add(item.ref.id);
        wanted.set(item.ref.id, item);
      }
    }
    const refs = [...wanted.values()].map(({ ref }) => ref);
    for await (const contents of contentsOf(store, projectId, refs)) {
      for (const [id, value] of contents) {
        const item = wanted.get(id);
        if (!item) continue;
        const place = { traceId, spanId: item.span.head.spanId, field: item.field };
        searchText(search, place, textOf(item.field, item.span, value));
      }
    }
  }
}

const newSearch = (pattern: string): Search => ({
  matcher: toMatcher(pattern),
  seen: new Set(),
  places: [],
  searched: 0,
});

/**
 * Where a pattern occurs in a trace: in names, errors, messages, inputs, outputs, instructions, tool definitions and
 * documents (not in raw attributes, which repeat them). Each distinct content is searched once and counted at the
 * first span that has it, so resent history does not multiply hits. Totals are exact. Throws `invalid_input` for a
 * bad or too slow pattern.
 */
export async function findInTrace(
  store: TraceStore,
  query: FindQuery & { readonly traceId: string },
): Promise<Answer> {
  const search = newSearch(query.pattern);
  await searchTrace(store, query.projectId, query.traceId, search);
  return foundAnswer(search, { ids: { traceId: query.traceId }, isSession: false, budget: query.budget });
}

/** The same over all traces of a session; a content that several traces share counts at the first. */
export async function findInSession(
  store: TraceStore,
  query: FindQuery & { readonly sessionId: string },
): Promise<Answer> {
  const search = newSearch(query.pattern);
  for await (const trace of tracesOf(store, query.projectId, query.sessionId))
    await searchTrace(store, query.projectId, trace.traceId, search);
  return foundAnswer(search, { ids: {}, isSession: true, budget: query.budget });
}
