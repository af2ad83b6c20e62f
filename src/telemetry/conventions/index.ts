import type { MediaItem } from "../../model/message.ts";
import type { Span, SpanKind, Status } from "../../model/span.ts";
import type { RawSpan } from "../raw.ts";
import { resourceText } from "./common.ts";
import { readContent } from "./content.ts";
import type { Ask, Convention, Fields } from "./fields.ts";
import { identify } from "./identity.ts";
import { createNotes, type Notes } from "./notes.ts";
import { createReader, type Reader } from "./reader.ts";
import { conventionsOf } from "./registry.ts";
import { readSource } from "./source.ts";
import { addTag } from "./tags.ts";
import { mergeUsage } from "./usage.ts";

export type { Found } from "./messages/context.ts";
export { newFound } from "./messages/context.ts";
export { parseMessages, parseSystem, textMessage } from "./messages/parse.ts";

const MAX_TEXT = 2_000;
const MAX_MESSAGE = 16_000;

/**
 * The canonical span of a raw one, whatever conventions it is written in, each field from the first that has it.
 * Never throws. Inline images, audio and files leave the messages and come back in `media`, each once. What was wrong
 * with the telemetry is in `findings`.
 * @param context.arrivedUs when it arrived, microseconds since the epoch: clocks are judged by it
 */
export function normalizeSpan(
  raw: RawSpan,
  context: { readonly arrivedUs: number },
): { span: Span; media: MediaItem[] } {
  const notes = createNotes();
  const reader = createReader(raw, { notes, media: new Map(), finishReasons: [], toolDefinitions: [] });
  const conventions = conventionsOf(raw);
  const ask: Ask = (field) => firstOf(conventions, field, reader);

  const source = readSource(raw, notes);
  const identity = identify(raw, context.arrivedUs, notes);
  const usage = mergeUsage(
    conventions.flatMap((convention) => convention.fields.usage?.(reader) ?? []),
    notes,
  );
  const text = limited(notes);
  const toolName = text("toolName", ask("toolName"));
  const model = text("model", ask("model"));
  const kind = ask("kind") ?? inferKind(toolName, model, usage.outputTokens);
  const content = readContent(reader, ask, kind);
  const costUsd = ask("costUsd") ?? null;
  const error = readError(raw, ask, notes);
  const span: Span = {
    traceId: raw.traceId,
    ...identity,
    name: raw.name.slice(0, MAX_TEXT),
    kind,
    ...error,
    service: text("service", resourceText(raw, "service.name")),
    scope: raw.scope.name === "" ? null : raw.scope.name.slice(0, MAX_TEXT),
    sessionId: text("sessionId", ask("sessionId")),
    userId: text("userId", ask("userId")),
    agentName: text("agentName", ask("agentName")),
    provider: text("provider", ask("provider")),
    model,
    toolName,
    toolCallId: text("toolCallId", ask("toolCallId")),
    finishReasons: (ask("finishReasons") ?? [...new Set(reader.finishReasons)]).slice(0, 100),
    usage,
    costUsd,
    costSource: costUsd === null ? null : "reported",
    timeToFirstTokenMs: ask("timeToFirstTokenMs") ?? null,
    responseId: text("responseId", ask("responseId")),
    prompts: (ask("prompts") ?? []).slice(0, 20),
    release: text("release", ask("release")),
    commit: text("commit", ask("commit")),
    tags: readTags(conventions, reader),
    findings: [],
    content,
    source,
  };
  return { span: { ...span, findings: notes.list() }, media: [...reader.media.values()] };
}

function firstOf<F extends keyof Fields>(
  conventions: readonly Convention[],
  field: F,
  reader: Reader,
): Fields[F] | undefined {
  for (const convention of conventions) {
    const found = convention.fields[field]?.(reader);
    if (found !== undefined && found !== null) return found;
  }
  return undefined;
}

/** Small fields are cut to a small length; the source's attribute keeps the whole. */
const limited =
  (notes: Notes) =>
  (field: string, value: string | undefined, max = MAX_TEXT): string | null => {
    if (value === undefined) return null;
    if (value.length > max) notes.add("value_too_large", field);
    return value.slice(0, max);
  };

function inferKind(toolName: string | null, model: string | null, outputTokens: number | null): SpanKind {
  if (toolName !== null) return "tool";
  return model !== null && outputTokens !== null ? "llm" : "other";
}

function readError(raw: RawSpan, ask: Ask, notes: Notes) {
  const text = limited(notes);
  const errorType = ask("errorType");
  const stated: Status = raw.statusCode === 2 ? "error" : raw.statusCode === 1 ? "ok" : "unset";
  const status = ask("status") ?? stated;
  const statusMessage = raw.statusMessage || (status === "error" ? ask("statusMessage") : undefined);
  return {
    status,
    statusMessage: text("statusMessage", statusMessage || undefined, MAX_MESSAGE),
    errorType: status === "error" ? text("errorType", errorType) : null,
  };
}

function readTags(conventions: readonly Convention[], reader: Reader): Record<string, string> {
  const tags = new Map<string, string>();
  for (const convention of conventions) {
    for (const [name, value] of convention.fields.tags?.(reader) ?? []) addTag(tags, name, value);
  }
  return Object.fromEntries(tags);
}
