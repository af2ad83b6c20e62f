import { AppError } from "../../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import { decodeLogsJson, decodeTraceJson } from "../otlp/decode.ts";
import type { Rejected } from "../otlp/rejected.ts";
import type { Importer, JsonRecord, Output, Source } from "./contract.ts";

const TRACES = ["resourceSpans", "resource_spans"];
const LOGS = ["resourceLogs", "resource_logs"];
const METRICS = ["resourceMetrics", "resource_metrics"];
const MAX_DETECT = 20;

const hasAny = (value: JsonObject, keys: readonly string[]): boolean =>
  keys.some((key) => Object.hasOwn(value, key));

/** One span a line, as some tools write OTLP/JSON: ids and a start in nanoseconds. */
const isLoneSpan = (value: JsonObject): boolean =>
  hasAny(value, ["traceId", "trace_id"]) &&
  hasAny(value, ["spanId", "span_id"]) &&
  hasAny(value, ["startTimeUnixNano", "start_time_unix_nano"]);

const isOtlp = (value: Json): boolean =>
  Array.isArray(value)
    ? value.slice(0, MAX_DETECT).some((item) => !Array.isArray(item) && isOtlp(item))
    : isJsonObject(value) && (hasAny(value, [...TRACES, ...LOGS, ...METRICS]) || isLoneSpan(value));

/**
 * OTLP/JSON: a request, an array of requests, a request a line (the collector's file exporter), or a span a line;
 * spans and log records.
 */
export const otlpImporter: Importer = {
  format: "otlp",
  detect: (sample) =>
    sample.values.some(isOtlp) ||
    (sample.values.length === 0 &&
      /^\s*\[?\s*\{\s*"resource_?(Spans|Logs|spans|logs)"/.test(sample.text ?? "")),
  read: readOtlp,
};

async function readOtlp(source: Source, output: Output): Promise<void> {
  for await (const record of source.records()) {
    const items = Array.isArray(record.value) ? record.value : [record.value];
    const chars = record.chars / Math.max(1, items.length);
    for (const value of items) await readRequest({ ...record, value, chars }, output);
  }
}

async function readRequest(record: JsonRecord, output: Output): Promise<void> {
  const { value, line, chars } = record;
  if (!isJsonObject(value)) return output.skip("not an OTLP request", line);
  try {
    if (hasAny(value, TRACES)) {
      const { spans, rejected } = decodeTraceJson(value);
      countRejected(rejected, line, output);
      await output.emit({ raw: spans }, chars);
    } else if (hasAny(value, LOGS)) {
      const { logs, rejected } = decodeLogsJson(value);
      countRejected(rejected, line, output);
      await output.emit({ logs }, chars);
    } else if (hasAny(value, METRICS)) output.skip("metrics are not stored", line);
    else if (isLoneSpan(value)) {
      const { spans, rejected } = decodeTraceJson(asRequest(value));
      countRejected(rejected, line, output);
      await output.emit({ raw: spans }, chars);
    } else output.skip("not an OTLP request", line);
  } catch (cause) {
    if (!(cause instanceof AppError) || cause.code !== "invalid_input") throw cause;
    output.skip("an OTLP request of which nothing could be read", line);
  }
}

function asRequest(span: JsonObject): JsonObject {
  const resource = isJsonObject(span["resource"]) ? span["resource"] : {};
  const scope = isJsonObject(span["scope"]) ? span["scope"] : {};
  return { resourceSpans: [{ resource, scopeSpans: [{ scope, spans: [span] }] }] };
}

export function countRejected(rejected: Rejected, line: number | undefined, output: Output): void {
  for (const [reason, count] of Object.entries(rejected.reasons)) {
    output.skip(`refused: ${reason}`, line, count);
  }
}
