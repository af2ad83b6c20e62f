import { AppError } from "../../errors.ts";
import { attributesAt, type Fields, field, fieldsAt, isFields, listAt, textAt } from "./json-value.ts";
import type { Origin } from "./protobuf-resources.ts";
import type { Rejections } from "./rejected.ts";

interface Signal {
  readonly key: string;
  readonly path: string;
}

const TRACES: Signal = { key: "resourceSpans", path: "/v1/traces" };
const LOGS: Signal = { key: "resourceLogs", path: "/v1/logs" };
const METRICS: Signal = { key: "resourceMetrics", path: "/v1/metrics" };

interface Shape {
  readonly signal: Signal;
  readonly resources: readonly string[];
  readonly scopes: readonly string[];
  readonly items: readonly string[];
}

export const TRACE_SHAPE: Shape = {
  signal: TRACES,
  resources: ["resourceSpans", "resource_spans"],
  scopes: ["scopeSpans", "scope_spans", "instrumentationLibrarySpans"],
  items: ["spans"],
};

export const LOG_SHAPE: Shape = {
  signal: LOGS,
  resources: ["resourceLogs", "resource_logs"],
  scopes: ["scopeLogs", "scope_logs", "instrumentationLibraryLogs"],
  items: ["logRecords", "log_records"],
};

const wrong = (what: string, hint: string) => new AppError("invalid_input", what, { hint });

/** Walks an export request of either signal; `read` gets one span or log record. */
export function readJsonRequest(
  request: unknown,
  shape: Shape,
  rejections: Rejections,
  read: (item: Fields, origin: Origin) => void,
): void {
  for (const group of listAt(checkRequest(request, shape), ...shape.resources)) {
    if (!isFields(group)) continue;
    const resource = attributesAt(fieldsAt(group, "resource"));
    for (const scopeGroup of listAt(group, ...shape.scopes)) {
      if (!isFields(scopeGroup)) continue;
      const scope = fieldsAt(scopeGroup, "scope", "instrumentationLibrary");
      const origin = { resource, scope: { name: textAt(scope, "name"), version: textAt(scope, "version") } };
      for (const item of listAt(scopeGroup, ...shape.items)) {
        if (isFields(item)) read(item, origin);
        else rejections.add("not an object");
      }
    }
  }
}

/** An empty object is a valid request. One that holds only other things is data that we would lose in silence. */
function checkRequest(request: unknown, shape: Shape): Fields {
  const { key, path } = shape.signal;
  if (!isFields(request)) throw wrong("The body is not a JSON object", `Send {"${key}": [...]} to ${path}.`);
  const content = field(request, ...shape.resources);
  if (Array.isArray(content) || Object.keys(request).length === 0) return request;
  for (const other of [TRACES, LOGS, METRICS]) {
    if (other.key !== key && Object.hasOwn(request, other.key)) {
      throw wrong(`The body has ${other.key}, which do not belong here`, `Send them to ${other.path}.`);
    }
  }
  throw wrong(
    `The body has no list "${key}"`,
    `Send {"${key}": [...]}, as OTLP/JSON defines it, to ${path}.`,
  );
}
