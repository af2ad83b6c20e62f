import { AppError } from "../../errors.ts";
import type { RawLog, RawSpan } from "../raw.ts";
import { readJsonLogsRequest } from "./json-logs.ts";
import { readJsonTraceRequest } from "./json-trace.ts";
import { createListMemory, type ListMemory } from "./list-memory.ts";
import { readLogsRequest } from "./protobuf-logs.ts";
import { malformed } from "./protobuf-reader.ts";
import { readTraceRequest } from "./protobuf-trace.ts";
import { createRejections, type Rejected, type Rejections, refuseIfNothingLeft } from "./rejected.ts";
import type { Encoding } from "./request.ts";

interface DecodedSpans {
  readonly spans: RawSpan[];
  readonly rejected: Rejected;
}

interface DecodedLogs {
  readonly logs: RawLog[];
  readonly rejected: Rejected;
}

/**
 * Decodes the body of an OTLP trace export (protocol 1.11, https://opentelemetry.io/docs/specs/otlp/). Spans
 * without valid ids or start are counted in `rejected`; the rest is kept whole. Integers beyond 2^53 are decimal
 * text, bytes base64, numbers that JSON lacks their names.
 *
 * `lists` remembers long texts from one request to the next, so that what is sent again is not read again; the
 * spans are the same without it.
 *
 * Throws `invalid_input`, and nothing else, when the body is not one or when no span of it could be taken.
 */
export function decodeTraceRequest(
  body: Uint8Array,
  encoding: Encoding,
  lists: ListMemory = createListMemory(),
): DecodedSpans {
  return encoding === "json"
    ? decodeTraceJson(parseJson(body))
    : finishSpans((rejections) => guarded(() => readTraceRequest(body, rejections, lists)));
}

/** The same for a log export: Claude Code, Codex and `gen_ai.*` events arrive so. */
export function decodeLogsRequest(body: Uint8Array, encoding: Encoding): DecodedLogs {
  return encoding === "json"
    ? decodeLogsJson(parseJson(body))
    : finishLogs((rejections) => guarded(() => readLogsRequest(body, rejections)));
}

/** A trace export that is parsed JSON already, e.g. one line of a file. */
export const decodeTraceJson = (request: unknown): DecodedSpans =>
  finishSpans((rejections) => readJsonTraceRequest(request, rejections));

/** A log export that is parsed JSON already. */
export const decodeLogsJson = (request: unknown): DecodedLogs =>
  finishLogs((rejections) => readJsonLogsRequest(request, rejections));

function finishSpans(read: (rejections: Rejections) => RawSpan[]): DecodedSpans {
  const rejections = createRejections();
  const spans = read(rejections);
  const rejected = rejections.result();
  refuseIfNothingLeft("spans", spans.length, rejected);
  return { spans, rejected };
}

function finishLogs(read: (rejections: Rejections) => RawLog[]): DecodedLogs {
  const rejections = createRejections();
  const logs = read(rejections);
  const rejected = rejections.result();
  refuseIfNothingLeft("log records", logs.length, rejected);
  return { logs, rejected };
}

/** Whatever the reader throws about bytes means one thing. */
function guarded<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw malformed(cause);
  }
}

function parseJson(body: Uint8Array): unknown {
  if (body.byteLength === 0) return {};
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (cause) {
    throw new AppError("invalid_input", "The body is not valid JSON", {
      hint: "Check Content-Type and Content-Encoding, and that the whole document was sent.",
      cause,
    });
  }
}
