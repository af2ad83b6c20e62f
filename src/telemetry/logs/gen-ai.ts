import { isJsonObject, type JsonObject } from "../../model/json.ts";
import type { MediaItem } from "../../model/message.ts";
import type { Span } from "../../model/span.ts";
import { normalizeSpan } from "../conventions/index.ts";
import { textField } from "../fields.ts";
import type { RawEvent, RawLog, RawSpan } from "../raw.ts";
import { spanIdOf, traceIdOf } from "../synthetic.ts";
import { eventNameOf, type LogContext, logKey, STUB } from "./record.ts";

const DETAILS = "gen_ai.client.inference.operation.details";

/** Deprecated since semantic conventions 1.38 and still what many SDKs send. */
const MESSAGES = new Set([
  "gen_ai.system.message",
  "gen_ai.user.message",
  "gen_ai.assistant.message",
  "gen_ai.tool.message",
  "gen_ai.choice",
]);

export const isGenAiLog = (log: RawLog): boolean => {
  const name = eventNameOf(log);
  return name === DETAILS || MESSAGES.has(name);
};

/** Content that came as log records, read by the same conventions as spans, as stubs of the spans it belongs to. */
export function genAiSpans(
  logs: readonly RawLog[],
  context: LogContext,
): { spans: Span[]; media: MediaItem[] } {
  const bySpan = new Map<string, RawLog[]>();
  for (const log of logs) {
    const key = log.traceId === null || log.spanId === null ? logKey(log) : `${log.traceId}${log.spanId}`;
    const group = bySpan.get(key);
    if (group) group.push(log);
    else bySpan.set(key, [log]);
  }
  const spans: Span[] = [];
  const media: MediaItem[] = [];
  for (const [key, group] of bySpan) {
    const result = normalizeSpan(rawSpanOf(key, group), context);
    media.push(...result.media);
    spans.push(asStub(result.span));
  }
  return { spans, media };
}

/** A stub's own frame says nothing about the span: it must not outlast or end it. */
const asStub = (span: Span): Span => ({
  ...span,
  endUs: null,
  findings: [...span.findings.filter((finding) => finding.code !== "missing_end"), STUB],
});

const byTime = (left: RawLog, right: RawLog): number =>
  left.timeNs < right.timeNs ? -1 : left.timeNs > right.timeNs ? 1 : 0;

function rawSpanOf(key: string, group: readonly RawLog[]): RawSpan {
  const ordered = [...group].sort(byTime);
  const attributes: JsonObject = {};
  const events: RawEvent[] = [];
  for (const log of ordered) {
    if (eventNameOf(log) === DETAILS) Object.assign(attributes, log.attributes, bodyObject(log));
    else events.push({ name: eventNameOf(log), timeNs: log.timeNs, attributes: eventAttributes(log) });
  }
  for (const name of ["gen_ai.system", "gen_ai.provider.name", "gen_ai.conversation.id"]) {
    const value = ordered.map((log) => textField(log.attributes, name)).find((text) => text !== null);
    if (value) attributes[name] ??= value;
  }
  const [first] = ordered;
  return {
    traceId: first?.traceId ?? traceIdOf("gen_ai", key),
    spanId: first?.spanId ?? spanIdOf("gen_ai", key),
    parentSpanId: null,
    name: `${textField(attributes, "gen_ai.operation.name") ?? "chat"} ${textField(attributes, "gen_ai.request.model") ?? ""}`.trim(),
    startNs: first?.timeNs ?? 0n,
    endNs: ordered.at(-1)?.timeNs ?? null,
    statusCode: 0,
    statusMessage: null,
    attributes,
    resource: first?.resource ?? {},
    scope: first?.scope ?? { name: "", version: "" },
    events,
    links: [],
    droppedAttributes: 0,
    droppedEvents: 0,
    droppedLinks: 0,
  };
}

const bodyObject = (log: RawLog): JsonObject => (isJsonObject(log.body) ? log.body : {});

/** Log events carry in their body what span events carry as attributes. */
const eventAttributes = (log: RawLog): JsonObject => ({ ...log.attributes, ...bodyObject(log) });
