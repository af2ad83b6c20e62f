import type { Finding } from "../../model/finding.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Message } from "../../model/message.ts";
import type { Span } from "../../model/span.ts";
import { textField, timeUs } from "../fields.ts";
import type { RawLog } from "../raw.ts";
import { recordIdOf } from "../synthetic.ts";

/** What the readers of log records share. */
export interface LogContext {
  /** Microseconds since the epoch; stands in for records without a time. */
  readonly arrivedUs: number;
}

export const STUB: Finding = { code: "stub", detail: "known from log records only" };

/** Full event name: agents put it in the body, in `event.name` or, without its prefix, in both. */
export function eventNameOf(log: RawLog): string {
  const own = log.eventName ?? textField(log.attributes, "event.name") ?? "";
  if (own.includes(".") || typeof log.body !== "string") return own;
  return log.body.endsWith(`.${own}`) || own === "" ? log.body.slice(0, 200) : own;
}

/** When it happened: the record's time, else the agent's own timestamp, else arrival. */
export function logTimeUs(log: RawLog, context: LogContext): number {
  if (log.timeNs > 0n) return Number(log.timeNs / 1000n);
  return timeUs(log.attributes["event.timestamp"] ?? null) ?? context.arrivedUs;
}

/** Names a record that has no id of its own. */
export const logKey = (log: RawLog): string =>
  recordIdOf(
    eventNameOf(log),
    String(log.timeNs),
    JSON.stringify(log.attributes),
    JSON.stringify(log.body ?? null),
  );

export const serviceOf = (resource: JsonObject): string | null => textField(resource, "service.name");

/** Text that the agent withheld: `<REDACTED>` (Claude Code), `[REDACTED]` (Codex). */
export const isWithheld = (text: string | null): boolean => text === "<REDACTED>" || text === "[REDACTED]";

export const withheld = (field: string): Finding => ({ code: "redacted_by_source", detail: field });

export const textMessage = (role: Message["role"], text: string): Message => ({
  role,
  parts: [{ type: "text", text }],
});

/** Later records of one span fill what the earlier ones left absent. */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const byId = new Map<string, Span>();
  for (const span of spans) {
    const key = `${span.traceId}${span.spanId}`;
    const before = byId.get(key);
    byId.set(key, before ? fill(before, span) : span);
  }
  return [...byId.values()];
}

const isStub = (span: Span): boolean => span.findings.some((finding) => finding.code === "stub");

/** Of two views of one span, the fuller one wins; a stub only fills. */
function fill(first: Span, second: Span): Span {
  const [base, extra] = isStub(first) && !isStub(second) ? [second, first] : [first, second];
  return {
    ...base,
    startUs: isStub(extra) && !isStub(base) ? base.startUs : Math.min(base.startUs, extra.startUs),
    model: base.model ?? extra.model,
    responseId: base.responseId ?? extra.responseId,
    tags: { ...extra.tags, ...base.tags },
    findings: isStub(base) ? base.findings : withoutStub([...base.findings, ...extra.findings]),
    content: {
      system: base.content.system ?? extra.content.system,
      inputMessages: base.content.inputMessages ?? extra.content.inputMessages,
      outputMessages: base.content.outputMessages ?? extra.content.outputMessages,
      input: base.content.input ?? extra.content.input,
      output: base.content.output ?? extra.content.output,
      toolDefinitions: base.content.toolDefinitions ?? extra.content.toolDefinitions,
      documents: base.content.documents ?? extra.content.documents,
    },
    source: { ...base.source, events: [...base.source.events, ...extra.source.events] },
  };
}

const withoutStub = (findings: readonly Finding[]): Finding[] =>
  findings.filter((finding) => finding.code !== "stub");
