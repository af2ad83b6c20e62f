import type { RawEvent, RawSpan } from "../raw.ts";
import { idFromJson } from "./ids.ts";
import { readJsonRequest, TRACE_SHAPE } from "./json-resources.ts";
import {
  attributesAt,
  countAt,
  type Fields,
  field,
  fieldsAt,
  isFields,
  listAt,
  textAt,
  timeAt,
} from "./json-value.ts";
import type { Origin } from "./protobuf-resources.ts";
import type { Rejections } from "./rejected.ts";
import { checkFrame } from "./request.ts";

/** Reads the parsed JSON of an ExportTraceServiceRequest. Throws `invalid_input` when it is something else. */
export function readJsonTraceRequest(request: unknown, rejections: Rejections): RawSpan[] {
  const spans: RawSpan[] = [];
  readJsonRequest(request, TRACE_SHAPE, rejections, (item, origin) => {
    const span = readSpan(item, origin, rejections);
    if (span) spans.push(span);
  });
  return spans;
}

function readSpan(item: Fields, origin: Origin, rejections: Rejections): RawSpan | null {
  const traceId = field(item, "traceId", "trace_id");
  const isLog = field(item, "timeUnixNano", "observedTimeUnixNano", "body", "severityText") !== undefined;
  if (isLog && field(item, "startTimeUnixNano", "start_time_unix_nano") === undefined) {
    return rejections.add("not a span but a log record");
  }
  const parent = field(item, "parentSpanId", "parent_span_id") ?? "";
  const frame = checkFrame(
    {
      traceId: idFromJson(traceId, 16),
      spanId: idFromJson(field(item, "spanId", "span_id"), 8),
      parentSpanId: parent === "" ? "" : idFromJson(parent, 8),
      startNs: timeAt(item, "startTimeUnixNano", "start_time_unix_nano"),
      endNs: timeAt(item, "endTimeUnixNano", "end_time_unix_nano"),
    },
    rejections,
  );
  if (!frame) return null;
  const status = fieldsAt(item, "status");
  const { links, dropped } = readLinks(item);
  return {
    ...frame,
    name: textAt(item, "name"),
    statusCode: statusCode(field(status, "code")),
    statusMessage: textAt(status, "message") || null,
    attributes: attributesAt(item),
    resource: origin.resource,
    scope: origin.scope,
    events: listAt(item, "events").filter(isFields).map(readEvent),
    links,
    droppedAttributes: countAt(item, "droppedAttributesCount", "dropped_attributes_count"),
    droppedEvents: countAt(item, "droppedEventsCount", "dropped_events_count"),
    droppedLinks: dropped + countAt(item, "droppedLinksCount", "dropped_links_count"),
  };
}

const readEvent = (event: Fields): RawEvent => ({
  name: textAt(event, "name"),
  timeNs: timeAt(event, "timeUnixNano", "time_unix_nano"),
  attributes: attributesAt(event),
});

/** A link without valid ids points nowhere: it counts as dropped. */
function readLinks(item: Fields) {
  const links: { traceId: string; spanId: string }[] = [];
  const given = listAt(item, "links");
  for (const link of given) {
    if (!isFields(link)) continue;
    const traceId = idFromJson(field(link, "traceId", "trace_id"), 16);
    const spanId = idFromJson(field(link, "spanId", "span_id"), 8);
    if (traceId.length === 32 && spanId.length === 16) links.push({ traceId, spanId });
  }
  return { links, dropped: given.length - links.length };
}

const STATUS_CODES: ReadonlyMap<string, 1 | 2> = new Map([
  ["1", 1],
  ["OK", 1],
  ["STATUS_CODE_OK", 1],
  ["2", 2],
  ["ERROR", 2],
  ["STATUS_CODE_ERROR", 2],
]);

const statusCode = (code: unknown): 0 | 1 | 2 => STATUS_CODES.get(String(code).toUpperCase()) ?? 0;
