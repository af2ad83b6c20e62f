import type { Json, JsonObject } from "../../model/json.ts";
import type { RawLog } from "../raw.ts";
import { emptyObject } from "./any-value.ts";
import { idFromBytes, optionalId } from "./ids.ts";
import { finishLog } from "./log-record.ts";
import { messageEnd, peekTags, type Reader, readFields, readFixed64 } from "./protobuf-reader.ts";
import { type Origin, readExportRequest } from "./protobuf-resources.ts";
import { readAnyValue, readKeyValue } from "./protobuf-value.ts";
import type { Rejections } from "./rejected.ts";

// Field numbers: opentelemetry/proto/logs/v1/logs.proto.

/** Reads an ExportLogsServiceRequest. Throws what the reader throws when the bytes are not one. */
export function readLogsRequest(body: Uint8Array, rejections: Rejections): RawLog[] {
  const logs: RawLog[] = [];
  readExportRequest(body, (reader, origin) => {
    const log = readLog(reader, origin, rejections);
    if (log) logs.push(log);
  });
  return logs;
}

interface Draft {
  timeNs: bigint;
  observedNs: bigint;
  body: Json;
  attributes: JsonObject;
  traceId: Uint8Array | null;
  spanId: Uint8Array | null;
  eventName: string;
}

function readLog(reader: Reader, origin: Origin, rejections: Rejections): RawLog | null {
  const end = messageEnd(reader);
  // Writers put a record's time (tag 9) first; bytes in field 1 (tag 10) are a span's trace id.
  if (reader.buf[reader.pos] !== 9 && peekTags(reader, end).has(10)) {
    reader.pos = end;
    return rejections.add("not a log record but a span");
  }
  const draft: Draft = {
    timeNs: 0n,
    observedNs: 0n,
    body: null,
    attributes: emptyObject(),
    traceId: null,
    spanId: null,
    eventName: "",
  };
  readFields(reader, end, (tag) => readLogField(reader, tag, draft));
  return finishLog(
    {
      ...draft,
      eventName: draft.eventName || null,
      traceId: optionalId(idFromBytes(draft.traceId, 16)),
      spanId: optionalId(idFromBytes(draft.spanId, 8)),
      origin,
    },
    rejections,
  );
}

function readLogField(reader: Reader, tag: number, draft: Draft): boolean {
  switch (tag) {
    case 9:
      draft.timeNs = readFixed64(reader);
      return true;
    case 42:
      draft.body = readAnyValue(reader, 0);
      return true;
    case 50:
      readKeyValue(reader, draft.attributes, 0);
      return true;
    case 74:
      draft.traceId = reader.bytes();
      return true;
    case 82:
      draft.spanId = reader.bytes();
      return true;
    case 89:
      draft.observedNs = readFixed64(reader);
      return true;
    case 98:
      draft.eventName = reader.string();
      return true;
    default:
      return false;
  }
}
