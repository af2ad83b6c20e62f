import type { JsonObject } from "../../model/json.ts";
import type { RawEvent, RawSpan } from "../raw.ts";
import { emptyObject } from "./any-value.ts";
import { idFromBytes } from "./ids.ts";
import type { ListMemory } from "./list-memory.ts";
import { messageEnd, peekTags, type Reader, readFields, readFixed64 } from "./protobuf-reader.ts";
import { type Origin, readExportRequest } from "./protobuf-resources.ts";
import { readAttribute } from "./protobuf-value.ts";
import type { Rejections } from "./rejected.ts";
import { checkFrame } from "./request.ts";

// Field numbers: opentelemetry/proto/trace/v1/trace.proto.

/** Reads an ExportTraceServiceRequest. Throws what the reader throws when the bytes are not one. */
export function readTraceRequest(body: Uint8Array, rejections: Rejections, lists: ListMemory): RawSpan[] {
  const spans: RawSpan[] = [];
  readExportRequest(body, (reader, origin) => {
    const span = readSpan(reader, origin, rejections, lists);
    if (span) spans.push(span);
  });
  return spans;
}

interface Draft {
  traceId: Uint8Array | null;
  spanId: Uint8Array | null;
  parentSpanId: Uint8Array | null;
  name: string;
  startNs: bigint | null;
  endNs: bigint | null;
  status: { code: 0 | 1 | 2; message: string | null };
  attributes: JsonObject;
  events: RawEvent[];
  links: { traceId: string; spanId: string }[];
  dropped: { attributes: number; events: number; links: number };
}

/**
 * Writers put a span's trace id (tag 10) first. What begins otherwise may be a log record, which has its times
 * (tags 9 and 89) where a span has bytes and messages, and must not be read as a span.
 */
function isLogRecord(reader: Reader, end: number): boolean {
  if (reader.buf[reader.pos] === 10) return false;
  const tags = peekTags(reader, end);
  return !tags.has(10) && (tags.has(9) || tags.has(89));
}

function readSpan(reader: Reader, origin: Origin, rejections: Rejections, lists: ListMemory): RawSpan | null {
  const end = messageEnd(reader);
  if (isLogRecord(reader, end)) {
    reader.pos = end;
    return rejections.add("not a span but a log record");
  }
  const draft: Draft = {
    traceId: null,
    spanId: null,
    parentSpanId: null,
    name: "",
    startNs: null,
    endNs: null,
    status: { code: 0, message: null },
    attributes: emptyObject(),
    events: [],
    links: [],
    dropped: { attributes: 0, events: 0, links: 0 },
  };
  readFields(reader, end, (tag) => readSpanField(reader, tag, draft, lists));
  const parent = draft.parentSpanId;
  const frame = checkFrame(
    {
      traceId: idFromBytes(draft.traceId, 16),
      spanId: idFromBytes(draft.spanId, 8),
      parentSpanId: parent === null || parent.length === 0 ? "" : idFromBytes(parent, 8),
      startNs: draft.startNs,
      endNs: draft.endNs,
    },
    rejections,
  );
  if (!frame) return null;
  return {
    ...frame,
    name: draft.name,
    statusCode: draft.status.code,
    statusMessage: draft.status.message,
    attributes: draft.attributes,
    resource: origin.resource,
    scope: origin.scope,
    events: draft.events,
    links: draft.links,
    droppedAttributes: draft.dropped.attributes,
    droppedEvents: draft.dropped.events,
    droppedLinks: draft.dropped.links,
  };
}

function readSpanField(reader: Reader, tag: number, draft: Draft, lists: ListMemory): boolean {
  switch (tag) {
    case 10:
      draft.traceId = reader.bytes();
      return true;
    case 18:
      draft.spanId = reader.bytes();
      return true;
    case 34:
      draft.parentSpanId = reader.bytes();
      return true;
    case 42:
      draft.name = reader.string();
      return true;
    case 57:
      draft.startNs = readFixed64(reader);
      return true;
    case 65:
      draft.endNs = readFixed64(reader);
      return true;
    case 74:
      readAttribute(reader, draft.attributes, lists);
      return true;
    case 80:
      draft.dropped.attributes = reader.uint32();
      return true;
    case 90:
      draft.events.push(readEvent(reader, lists));
      return true;
    case 96:
      draft.dropped.events = reader.uint32();
      return true;
    case 106:
      readLink(reader, draft);
      return true;
    case 112:
      draft.dropped.links += reader.uint32();
      return true;
    case 122:
      readStatus(reader, draft.status);
      return true;
    default:
      return false;
  }
}

function readEvent(reader: Reader, lists: ListMemory): RawEvent {
  const event = { name: "", timeNs: 0n, attributes: emptyObject() };
  readFields(reader, messageEnd(reader), (tag) => {
    if (tag === 9) event.timeNs = readFixed64(reader);
    else if (tag === 18) event.name = reader.string();
    else if (tag === 26) readAttribute(reader, event.attributes, lists);
    else return false;
    return true;
  });
  return event;
}

/** A link without valid ids points nowhere: it counts as dropped. */
function readLink(reader: Reader, draft: Draft): void {
  let traceBytes: Uint8Array | null = null;
  let spanBytes: Uint8Array | null = null;
  readFields(reader, messageEnd(reader), (tag) => {
    if (tag === 10) traceBytes = reader.bytes();
    else if (tag === 18) spanBytes = reader.bytes();
    else return false;
    return true;
  });
  const traceId = idFromBytes(traceBytes, 16);
  const spanId = idFromBytes(spanBytes, 8);
  if (traceId.length === 32 && spanId.length === 16) draft.links.push({ traceId, spanId });
  else draft.dropped.links += 1;
}

function readStatus(reader: Reader, status: Draft["status"]): void {
  readFields(reader, messageEnd(reader), (tag) => {
    if (tag === 18) status.message = reader.string() || null;
    else if (tag === 24) status.code = statusCode(reader.int32());
    else return false;
    return true;
  });
}

const statusCode = (code: number): 0 | 1 | 2 => (code === 1 || code === 2 ? code : 0);
