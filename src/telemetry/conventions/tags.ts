import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";

const MAX_TAGS = 64;
const MAX_NAME = 120;
const MAX_VALUE = 1_000;

/** Adds a tag; the first value of a name stays. Lists and objects as their JSON. */
export function addTag(tags: Map<string, string>, name: string, value: Json | undefined): void {
  if (value === undefined || value === null || name === "" || name === "__proto__") return;
  const key = name.slice(0, MAX_NAME);
  if (tags.size >= MAX_TAGS || tags.has(key)) return;
  tags.set(key, (typeof value === "string" ? value : shallowText(value)).slice(0, MAX_VALUE));
}

function shallowText(value: Json): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "";
  }
}

/** A list of words is tags without value; an object is tags by name, one level deep. */
export function addTags(tags: Map<string, string>, value: Json | undefined, prefix = ""): void {
  if (Array.isArray(value)) {
    for (const item of value.slice(0, MAX_TAGS)) if (typeof item === "string") addTag(tags, item, "true");
  } else if (isJsonObject(value)) {
    for (const [name, item] of Object.entries(value)) addTag(tags, prefix + name, item);
  } else if (typeof value === "string" && value !== "") {
    addTag(tags, value, "true");
  }
}

/** Attributes `PREFIX.NAME` as tags NAME. */
export function addPrefixed(
  tags: Map<string, string>,
  attributes: JsonObject,
  prefix: string,
  except?: ReadonlySet<string>,
): void {
  const start = `${prefix}.`;
  for (const key of Object.keys(attributes)) {
    if (!key.startsWith(start)) continue;
    const name = key.slice(start.length);
    if (!except?.has(name)) addTag(tags, name, attributes[key]);
  }
}
