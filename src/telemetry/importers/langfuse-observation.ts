import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import {
  anyField,
  arrayField,
  numberField,
  objectField,
  parsedOrText,
  textField,
  timeUs,
} from "../fields.ts";
import { spanIdFrom, spanIdOf } from "../synthetic.ts";
import { fillAbsent, type Understood, understand } from "./raw-span.ts";

interface Metadata {
  /** Of the OpenTelemetry span that it came from; empty when it did not come as one. */
  readonly attributes: JsonObject;
  readonly resource: JsonObject;
  readonly scope: { readonly name: string; readonly version: string };
  readonly rest: JsonObject;
}

/**
 * One observation as a span: the original OpenTelemetry attributes, which Langfuse keeps in its metadata, are read
 * first; its own fields fill what they leave open (it moves what it understood out of the attributes).
 */
export function observationSpan(
  observation: JsonObject,
  traceId: string,
  trace: JsonObject | null,
): Understood | null {
  const id = textField(observation, "id");
  const startUs = timeUs(observation["startTime"] ?? null);
  if (id === null || startUs === null) return null;
  const parent = textField(observation, "parentObservationId");
  const isEvent = textField(observation, "type") === "EVENT";
  const metadata = readMetadata(observation["metadata"] ?? null);
  const frame = {
    traceId,
    spanId: spanIdFrom("observation", id),
    parentSpanId: parent === null ? null : spanIdFrom("observation", parent),
    name: textField(observation, "name") ?? textField(observation, "type")?.toLowerCase() ?? "observation",
    startUs,
    endUs: timeUs(observation["endTime"] ?? null) ?? (isEvent ? startUs : null),
    scope: metadata.scope,
  };
  const original = understand(frame, metadata.attributes, metadata.resource);
  const own = understand(
    frame,
    { ...observationFields(observation, metadata), ...traceFields(trace, parent === null) },
    {},
  );
  const span = fillAbsent(original.span, own.span);
  const findings = hasOwn(metadata.attributes) ? original.span.findings : own.span.findings;
  return {
    span: { ...span, sessionId: span.sessionId ?? threadOf(metadata), findings },
    media: [...original.media, ...own.media],
  };
}

/** A trace of which no observation was exported. */
export function traceSpan(trace: JsonObject, traceId: string): Understood | null {
  const startUs = timeUs(trace["timestamp"] ?? null);
  if (startUs === null) return null;
  const metadata = readMetadata(trace["metadata"] ?? null);
  const seconds = numberField(trace, "latency");
  return understand(
    {
      traceId,
      spanId: spanIdOf(traceId, "trace"),
      parentSpanId: null,
      name: textField(trace, "name") ?? "trace",
      startUs,
      endUs: seconds === null || seconds < 0 ? null : startUs + Math.round(seconds * 1e6),
      scope: metadata.scope,
    },
    { ...metadata.attributes, ...traceFields(trace, true) },
    metadata.resource,
  );
}

const hasOwn = (attributes: JsonObject): boolean => Object.keys(attributes).length > 0;

/** Metadata is an object or its JSON text, and so are its parts. */
function readMetadata(value: Json): Metadata {
  const whole = asObject(value);
  const { attributes, resourceAttributes, scope, ...rest } = whole;
  const named = asObject(scope ?? null);
  return {
    attributes: asObject(attributes ?? null),
    resource: asObject(resourceAttributes ?? null),
    scope: { name: textField(named, "name") ?? "", version: textField(named, "version") ?? "" },
    rest,
  };
}

function asObject(value: Json): JsonObject {
  const parsed = typeof value === "string" ? parsedOrText(value) : value;
  return isJsonObject(parsed) ? parsed : {};
}

/** LangGraph's conversation; Langfuse leaves it in the metadata. */
const threadOf = (metadata: Metadata): string | null =>
  textField(metadata.rest, "session_id", "langfuse_session_id", "conversation_id", "thread_id");

/** Under the names that Langfuse's own SDKs send, so that one reader knows them. */
function observationFields(observation: JsonObject, metadata: Metadata): JsonObject {
  const fields: JsonObject = {};
  const set = (name: string, value: Json): void => {
    if (value !== null) fields[`langfuse.observation.${name}`] = value;
  };
  set("type", textField(observation, "type")?.toLowerCase() ?? null);
  set("input", anyField(observation, "input"));
  set("output", anyField(observation, "output"));
  set("model.name", textField(observation, "model"));
  set("usage_details", nonEmpty(usageOf(observation)));
  set("cost_details", nonEmpty(objectField(observation, "costDetails")));
  set("level", textField(observation, "level"));
  set("status_message", textField(observation, "statusMessage"));
  set("completion_start_time", textField(observation, "completionStartTime"));
  set("prompt.name", textField(observation, "promptName"));
  set("prompt.version", promptVersion(observation));
  set("metadata", nonEmpty(hasOwn(metadata.attributes) ? null : metadata.rest));
  return fields;
}

const nonEmpty = (value: JsonObject | null): JsonObject | null =>
  value !== null && Object.keys(value).length > 0 ? value : null;

function promptVersion(observation: JsonObject): string | null {
  const version = observation["promptVersion"] ?? null;
  return typeof version === "number" ? String(version) : typeof version === "string" ? version : null;
}

/**
 * Buckets that exclude one another, but for those named after parts of OpenInference counts (`prompt_details.*`,
 * `completion_details.*`), which are within `input` and `output`. Older exports: `usage {input, output}`.
 */
function usageOf(observation: JsonObject): JsonObject | null {
  const details = nonEmpty(objectField(observation, "usageDetails"));
  if (details === null) return objectField(observation, "usage");
  return Object.fromEntries(
    Object.entries(details).filter(([name]) => !/^(prompt|completion)_details\./.test(name)),
  );
}

/** What a trace says of all its observations is put on each; what is its own only on the root. */
function traceFields(trace: JsonObject | null, isRoot: boolean): JsonObject {
  if (trace === null) return {};
  const fields: JsonObject = {};
  const set = (name: string, value: Json): void => {
    if (value !== null) fields[name] = value;
  };
  set("langfuse.session.id", textField(trace, "sessionId"));
  set("langfuse.user.id", textField(trace, "userId"));
  set("langfuse.release", textField(trace, "release") ?? textField(trace, "version"));
  if (!isRoot) return fields;
  set("langfuse.environment", textField(trace, "environment"));
  set("langfuse.trace.input", anyField(trace, "input"));
  set("langfuse.trace.output", anyField(trace, "output"));
  set("langfuse.trace.tags", arrayField(trace, "tags"));
  set("langfuse.trace.metadata", nonEmpty(readMetadata(trace["metadata"] ?? null).rest));
  return fields;
}
