import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { Span } from "../../model/span.ts";
import {
  anyField,
  arrayField,
  numberField,
  objectField,
  parsedOrText,
  textField,
  timeUs,
} from "../fields.ts";
import { spanIdFrom, spanIdOf, traceIdFrom } from "../synthetic.ts";
import type { Importer, Output, Source } from "./contract.ts";
import { mlflowAssessments } from "./mlflow-assessment.ts";
import { type Understood, understand } from "./raw-span.ts";

const INFO_KEYS = ["trace_id", "request_id", "traceId", "requestId"];

function isTrace(value: Json): value is JsonObject {
  if (!isJsonObject(value)) return false;
  const info = objectField(value, "info");
  return info !== null && INFO_KEYS.some((key) => textField(info, key) !== null) && "data" in value;
}

const tracesOf = (value: Json): Json[] => {
  if (Array.isArray(value)) return value;
  return isJsonObject(value) && !isTrace(value) ? (arrayField(value, "traces") ?? [value]) : [value];
};

/** MLflow traces as JSON: `{info, data: {spans}}` of versions 2 and 3, lists of them, one a line. */
export const mlflowImporter: Importer = {
  format: "mlflow",
  detect: (sample) => sample.values.some((value) => tracesOf(value).slice(0, 20).some(isTrace)),
  read: readTraces,
};

async function readTraces(source: Source, output: Output): Promise<void> {
  for await (const record of source.records()) {
    const traces = tracesOf(record.value);
    for (const trace of traces) {
      if (isTrace(trace)) await readTrace(trace, record.line, record.chars / traces.length, output);
      else output.skip("not an MLflow trace", record.line);
    }
  }
}

async function readTrace(trace: JsonObject, line: number, chars: number, output: Output): Promise<void> {
  const info = objectField(trace, "info") ?? {};
  const data = asObject(trace["data"] ?? null);
  const given = (arrayField(data, "spans") ?? []).filter(isJsonObject);
  const id = textField(info, ...INFO_KEYS) ?? "";
  const traceId = otelTraceId(given) ?? traceIdFrom("trace", id.replace(/^tr-/, ""));
  const understood: Understood[] = [];
  for (const span of given) {
    const found = readSpan(span, traceId, info);
    if (found) understood.push(found);
    else output.skip("a span without an id or a time", line);
  }
  if (understood.length === 0) {
    const alone = spanOfInfo(info, data, traceId);
    if (alone === null) return output.skip("a trace without spans and time", line);
    understood.push(alone);
  }
  await output.emit(
    {
      spans: understood.map(({ span }) => (span.parentSpanId === null ? withTags(span, info) : span)),
      media: understood.flatMap(({ media }) => media),
      assessments: mlflowAssessments(arrayField(info, "assessments") ?? [], traceId, timeOf(info) ?? 0),
    },
    chars,
  );
}

function asObject(value: Json): JsonObject {
  const parsed = typeof value === "string" ? parsedOrText(value) : value;
  return isJsonObject(parsed) ? parsed : {};
}

/** Ids are base64 (version 3) or hexadecimal after `0x` (version 2). */
function idOf(text: string | null, bytes: 8 | 16): string | null {
  if (text === null) return null;
  const hex = text.toLowerCase().replace(/^0x/, "");
  if (/^[0-9a-f]+$/.test(hex) && hex.length <= bytes * 2 && hex.length >= bytes * 2 - 4) {
    return hex.padStart(bytes * 2, "0");
  }
  const decoded = Buffer.from(text, "base64");
  return decoded.length === bytes && decoded.some((byte) => byte !== 0) ? decoded.toString("hex") : null;
}

const traceField = (span: JsonObject): string | null =>
  textField(span, "trace_id") ?? textField(objectField(span, "context") ?? {}, "trace_id");

const otelTraceId = (spans: readonly JsonObject[]): string | null =>
  spans.map((span) => idOf(traceField(span), 16)).find((id) => id !== null) ?? null;

function spanIdFor(text: string | null): string | null {
  return text === null ? null : (idOf(text, 8) ?? spanIdFrom("mlflow", text));
}

function readSpan(given: JsonObject, traceId: string, info: JsonObject): Understood | null {
  const context = objectField(given, "context") ?? {};
  const spanId = spanIdFor(textField(given, "span_id") ?? textField(context, "span_id"));
  const startUs = timeUs(anyField(given, "start_time_unix_nano", "start_time_ns", "start_time"));
  if (spanId === null || startUs === null) return null;
  const status = objectField(given, "status") ?? given;
  const code = textField(status, "code", "status_code") ?? "";
  const attributes = objectField(given, "attributes") ?? {};
  const metadata = metadataOf(info);
  return understand(
    {
      traceId,
      spanId,
      parentSpanId: spanIdFor(textField(given, "parent_span_id", "parent_id")),
      name: textField(given, "name") ?? "span",
      startUs,
      endUs: timeUs(anyField(given, "end_time_unix_nano", "end_time_ns", "end_time")),
      statusCode: /ERROR/.test(code) ? 2 : /OK/.test(code) ? 1 : 0,
      statusMessage: textField(status, "message", "status_message", "description"),
      scope: { name: "mlflow", version: "" },
      events: eventsOf(given, startUs),
    },
    { ...pick(metadata, ["mlflow.trace.session", "mlflow.trace.user"]), ...attributes },
    {},
  );
}

const metadataOf = (info: JsonObject): JsonObject =>
  objectField(info, "trace_metadata", "request_metadata") ?? {};

const pick = (from: JsonObject, keys: readonly string[]): JsonObject =>
  Object.fromEntries(keys.flatMap((key) => (Object.hasOwn(from, key) ? [[key, from[key] ?? null]] : [])));

function eventsOf(given: JsonObject, startUs: number) {
  return (arrayField(given, "events") ?? []).filter(isJsonObject).map((event) => ({
    name: textField(event, "name") ?? "event",
    timeNs: BigInt(timeUs(anyField(event, "time_unix_nano", "timestamp")) ?? startUs) * 1000n,
    attributes: objectField(event, "attributes") ?? {},
  }));
}

const timeOf = (info: JsonObject): number | null =>
  timeUs(anyField(info, "request_time", "timestamp_ms", "request_time_ms"));

/** A trace whose spans were not exported: what its info and data say. */
function spanOfInfo(info: JsonObject, data: JsonObject, traceId: string): Understood | null {
  const startUs = timeOf(info);
  if (startUs === null) return null;
  const ms = numberField(info, "execution_time_ms", "execution_duration_ms");
  const attributes: JsonObject = pick(metadataOf(info), ["mlflow.trace.session", "mlflow.trace.user"]);
  const input = anyField(data, "request");
  const output = anyField(data, "response");
  if (input !== null) attributes["mlflow.spanInputs"] = input;
  if (output !== null) attributes["mlflow.spanOutputs"] = output;
  return understand(
    {
      traceId,
      spanId: spanIdOf(traceId, "trace"),
      parentSpanId: null,
      name: textField(objectField(info, "tags") ?? {}, "mlflow.traceName") ?? "trace",
      startUs,
      endUs: ms === null ? null : startUs + Math.round(ms * 1000),
      statusCode: textField(info, "state", "status") === "ERROR" ? 2 : 0,
      scope: { name: "mlflow", version: "" },
    },
    attributes,
    {},
  );
}

/** Tags that people set; those of MLflow itself begin with its name. */
function withTags(span: Span, info: JsonObject): Span {
  const tags: Record<string, string> = {};
  for (const [name, value] of Object.entries(objectField(info, "tags") ?? {})) {
    if (!name.startsWith("mlflow.") && typeof value === "string" && name !== "__proto__") tags[name] = value;
  }
  return { ...span, tags: { ...span.tags, ...tags } };
}
