import type { MediaItem } from "../../model/message.ts";
import type { Span } from "../../model/span.ts";
import type { RawSpan } from "../raw.ts";
import { readContent } from "./content.ts";
import type { Ask, Convention, Fields } from "./fields.ts";
import { readNames, readOrigin, readOutcome, readTags } from "./head.ts";
import { identify } from "./identity.ts";
import { createNotes } from "./notes.ts";
import { createReader, type Reader } from "./reader.ts";
import { conventionsOf } from "./registry.ts";
import { readSource } from "./source.ts";
import { mergeUsage } from "./usage.ts";

export { newFound } from "./messages/context.ts";
export { parseMessages, textMessage } from "./messages/parse.ts";

const MAX_REASONS = 100;

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
  const readings = conventions.flatMap((convention) => convention.fields.usage?.(reader) ?? []);
  const usage = mergeUsage(readings, notes);
  const names = readNames(raw, ask, usage, notes);
  const content = readContent(reader, ask, names.kind);
  const costUsd = ask("costUsd") ?? null;
  const span: Span = {
    traceId: raw.traceId,
    ...identify(raw, context.arrivedUs, notes),
    ...names,
    ...readOutcome(raw, ask, notes),
    ...readOrigin(ask, notes),
    finishReasons: (ask("finishReasons") ?? [...new Set(reader.finishReasons)]).slice(0, MAX_REASONS),
    usage,
    costUsd,
    costSource: costUsd === null ? null : "reported",
    timeToFirstTokenMs: ask("timeToFirstTokenMs") ?? null,
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
