import type { Json, JsonObject } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import type { Redactor } from "../privacy/ingest.ts";
import { addFound, type Found } from "./ingest-findings.ts";
import type { RawLog, RawSpan } from "./raw.ts";

/** Redacts decoded telemetry; what was removed is added to `found`. */
export interface RawRedactor {
  span(raw: RawSpan, found: Found): RawSpan;
  log(raw: RawLog, found: Found): RawLog;
}

/** Resources are shared by many spans: each object is read once, and stays shared. */
export function createRawRedactor(redactor: Redactor): RawRedactor {
  const resources = new Map<JsonObject, { value: JsonObject; found: Found }>();
  const text = (value: string, found: Found): string => {
    const result = redactor.redactText(value);
    addFound(found, result.found);
    return result.text;
  };
  const json = (value: Json, found: Found): Json => {
    const result = redactor.redactJson(value);
    addFound(found, result.found);
    return result.value;
  };
  const object = (value: JsonObject, found: Found): JsonObject => {
    const cleaned = json(value, found);
    return isJsonObject(cleaned) ? cleaned : {};
  };
  const resource = (value: JsonObject, found: Found): JsonObject => {
    const seen = resources.get(value);
    if (seen) {
      addFound(found, seen.found);
      return seen.value;
    }
    const own: Found = {};
    const cleaned = object(value, own);
    resources.set(value, { value: cleaned, found: own });
    addFound(found, own);
    return cleaned;
  };
  return {
    span: (raw, found) => ({
      ...raw,
      name: text(raw.name, found),
      statusMessage: raw.statusMessage === null ? null : text(raw.statusMessage, found),
      attributes: object(raw.attributes, found),
      resource: resource(raw.resource, found),
      events: raw.events.map((event) => ({ ...event, attributes: object(event.attributes, found) })),
    }),
    log: (raw, found) => ({
      ...raw,
      body: raw.body === null ? null : json(raw.body, found),
      attributes: object(raw.attributes, found),
      resource: resource(raw.resource, found),
    }),
  };
}
