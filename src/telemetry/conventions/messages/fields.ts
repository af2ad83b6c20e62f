import { isJsonObject, type Json, type JsonObject } from "../../../model/json.ts";

/** Own property, so that a hostile `constructor` or `__proto__` is never found on the prototype. */
export const own = (object: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined;

/** The first of the keys whose value is a text that is not empty. */
export function firstText(object: JsonObject, ...keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = own(object, key);
    if (typeof value === "string" && value !== "") return value;
  }
  return undefined;
}

/** The first of the keys whose value is neither missing nor null. */
export function firstValue(object: JsonObject, ...keys: readonly string[]): Json | undefined {
  for (const key of keys) {
    const value = own(object, key);
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

export function firstObject(object: JsonObject, ...keys: readonly string[]): JsonObject | undefined {
  for (const key of keys) {
    const value = own(object, key);
    if (isJsonObject(value)) return value;
  }
  return undefined;
}

export function firstList(object: JsonObject, ...keys: readonly string[]): Json[] | undefined {
  for (const key of keys) {
    const value = own(object, key);
    if (Array.isArray(value)) return value;
  }
  return undefined;
}

const looksLikeJson = (text: string): boolean => {
  const first = text.charCodeAt(0) === 0x20 || text.charCodeAt(0) === 0x0a ? text.trimStart()[0] : text[0];
  return first === "{" || first === "[";
};

/** The list or object that a text is the JSON of, else undefined. */
export function parseContainer(text: string): Json | undefined {
  if (!looksLikeJson(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Parsed where it is the JSON of a list, an object or a text in quotes, else as it came. */
export function jsonOrText(text: string): Json {
  if (!text.startsWith('"')) return parseContainer(text) ?? text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
