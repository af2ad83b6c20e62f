import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { SpanSource } from "../../model/span.ts";

/** The JSON of span_source.data, as encode-source.ts writes it. */
export type SourceData = Omit<SpanSource, "resource">;

export const NO_SOURCE: SourceData = { attributes: {}, events: [], links: [] };

const isLarge = (value: Json): value is JsonObject & { $chain: number } =>
  isJsonObject(value) && Object.hasOwn(value, "$chain") && typeof value["$chain"] === "number";

/** Reads span_source.data; its large strings are still references. */
export function parseSourceData(text: string): SourceData {
  const data: Json = JSON.parse(text);
  const { attributes, events, links } = isJsonObject(data) ? data : {};
  return {
    attributes: objectOf(attributes),
    events: listOf(events).map((event) => ({
      name: String(event["name"] ?? ""),
      timeUs: Number(event["timeUs"] ?? 0),
      attributes: objectOf(event["attributes"]),
    })),
    links: listOf(links).map((link) => ({
      traceId: String(link["traceId"] ?? ""),
      spanId: String(link["spanId"] ?? ""),
    })),
  };
}

const objectOf = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});
const listOf = (value: Json | undefined): JsonObject[] =>
  Array.isArray(value) ? value.filter(isJsonObject) : [];

/** The exact strings again; `elements` gives the contents of the span's n-th chain, in order. */
export function restoreSource(data: SourceData, elements: (n: number) => readonly string[]): SourceData {
  return mapValues(data, (value) => {
    if (isLarge(value)) return joinLarge(value, elements(value.$chain));
    return isJsonObject(value) && Object.hasOwn(value, "$value") ? (value["$value"] ?? null) : value;
  });
}

function joinLarge(value: JsonObject, elements: readonly string[]): string {
  const join = Array.isArray(value["$join"]) ? value["$join"] : [];
  const [open, separator, close] = join.map(String);
  return (open ?? "") + elements.join(separator ?? "") + (close ?? "");
}

/** Two versions of what a source said, the second's large strings numbered on from `offset`. */
export function mergeSource(
  old: SourceData,
  added: SourceData,
  addedIsStub: boolean,
  offset: number,
): SourceData {
  const moved = mapValues(added, (value) =>
    isLarge(value) ? { ...value, $chain: value.$chain + offset } : value,
  );
  const [first, second] = addedIsStub ? [old, moved] : [moved, old];
  return {
    attributes: { ...second.attributes, ...first.attributes },
    events: first.events.length > 0 ? first.events : second.events,
    links: first.links.length > 0 ? first.links : second.links,
  };
}

function mapValues(data: SourceData, change: (value: Json) => Json): SourceData {
  const each = (attributes: Record<string, Json>): Record<string, Json> =>
    Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, change(value)]));
  return {
    attributes: each(data.attributes),
    events: data.events.map((event) => ({ ...event, attributes: each(event.attributes) })),
    links: data.links,
  };
}
