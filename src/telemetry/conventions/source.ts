import type { JsonObject } from "../../model/json.ts";
import type { SpanSource } from "../../model/span.ts";
import type { RawSpan } from "../raw.ts";
import { clip, MAX_VALUE_CHARS, newAllowance } from "./clip.ts";
import { toMicroseconds } from "./identity.ts";
import type { Notes } from "./notes.ts";

const MAX_EVENTS = 2_000;
const MAX_LINKS = 1_000;

/** What the source said, bounded. */
export function readSource(raw: RawSpan, notes: Notes): SpanSource {
  if (raw.events.length > MAX_EVENTS)
    notes.add("value_too_large", `${raw.events.length - MAX_EVENTS} events`);
  if (raw.links.length > MAX_LINKS) notes.add("value_too_large", `${raw.links.length - MAX_LINKS} links`);
  const dropped = [
    [raw.droppedAttributes, "attributes"],
    [raw.droppedEvents, "events"],
    [raw.droppedLinks, "links"],
  ] as const;
  for (const [count, what] of dropped) {
    if (count > 0) notes.add("dropped_attributes", `${count} ${what} dropped by the SDK`);
  }
  return {
    attributes: clipAttributes(raw.attributes, notes),
    resource: clipAttributes(raw.resource, notes),
    events: raw.events.slice(0, MAX_EVENTS).map((event) => ({
      name: event.name.slice(0, 1_000),
      timeUs: toMicroseconds(event.timeNs),
      attributes: clipAttributes(event.attributes, notes),
    })),
    links: raw.links.slice(0, MAX_LINKS).map(({ traceId, spanId }) => ({ traceId, spanId })),
  };
}

function clipAttributes(attributes: JsonObject, notes: Notes): JsonObject {
  let copy: [string, JsonObject[string]][] | null = null;
  const keys = Object.keys(attributes);
  for (let i = 0; i < keys.length; i += 1) {
    const key = keys[i] ?? "";
    const value = attributes[key] ?? null;
    const isWhole = typeof value === "string" && value.length <= MAX_VALUE_CHARS && key !== "__proto__";
    if (isWhole && !copy) continue;
    const allowance = newAllowance();
    const unsafe = key === "__proto__";
    const kept = unsafe ? null : clip(value, allowance);
    if (unsafe || allowance.unsafe) notes.add("bad_attribute", "__proto__");
    if (allowance.cut) notes.add("value_too_large", key);
    if (!copy && (unsafe || kept !== value)) {
      copy = keys.slice(0, i).map((earlier) => [earlier, attributes[earlier] ?? null]);
    }
    if (!unsafe) copy?.push([key, kept]);
  }
  return copy ? Object.fromEntries(copy) : attributes;
}
