import { createHash } from "node:crypto";
import type { JsonObject } from "../model/json.ts";
import { ABSENT, NO_CONTENT, type Span } from "../model/span.ts";
import type { RawLog, RawSpan } from "./raw.ts";

const microseconds = (ns: bigint): number => Number(ns / 1000n);

const serviceOf = (resource: JsonObject): string | null => {
  const name = resource["service.name"];
  return typeof name === "string" ? name : null;
};

const STATUSES = ["unset", "ok", "error"] as const;

/** A span that no convention could read: its frame, and its attributes as they came. */
export function unparsedSpan(raw: RawSpan): Span {
  return {
    ...ABSENT,
    traceId: raw.traceId,
    spanId: raw.spanId,
    parentSpanId: raw.parentSpanId,
    name: raw.name,
    startUs: microseconds(raw.startNs),
    endUs: raw.endNs === null ? null : microseconds(raw.endNs),
    status: STATUSES[raw.statusCode],
    statusMessage: raw.statusMessage,
    service: serviceOf(raw.resource),
    scope: raw.scope.name === "" ? null : raw.scope.name,
    findings: [{ code: "unparsed_content", detail: "the span could not be read; its attributes are kept" }],
    source: {
      attributes: raw.attributes,
      resource: raw.resource,
      events: raw.events.map((event) => ({
        name: event.name,
        timeUs: microseconds(event.timeNs),
        attributes: event.attributes,
      })),
      links: [...raw.links],
    },
  };
}

/** A log record that could not be read, as a span of no duration; its ids follow from its content. */
export function unparsedLog(raw: RawLog, arrivedUs: number): Span {
  const text = JSON.stringify([raw.eventName, String(raw.timeNs), raw.body, raw.attributes, raw.resource]);
  const digest = createHash("sha256").update(text).digest("hex");
  const timeUs = raw.timeNs === 0n ? arrivedUs : microseconds(raw.timeNs);
  return {
    ...ABSENT,
    traceId: raw.traceId ?? digest.slice(0, 32),
    spanId: digest.slice(32, 48),
    parentSpanId: raw.traceId === null ? null : raw.spanId,
    name: raw.eventName ?? "log record",
    startUs: timeUs,
    endUs: timeUs,
    service: serviceOf(raw.resource),
    scope: raw.scope.name === "" ? null : raw.scope.name,
    findings: [
      { code: "unparsed_content", detail: "the log record could not be read; it is kept as it came" },
    ],
    content: { ...NO_CONTENT, input: raw.body },
    source: { attributes: raw.attributes, resource: raw.resource, events: [], links: [] },
  };
}
