import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";

/** Own text field, or null: absent, empty or of another type. Own keys only, so `__proto__` is never walked. */
export function textField(from: JsonObject, ...keys: readonly string[]): string | null {
  for (const key of keys) {
    const value = Object.hasOwn(from, key) ? from[key] : null;
    if (typeof value === "string" && value !== "") return value;
  }
  return null;
}

/** Own finite number, also one written as text (exporters of several agents do). */
export function numberField(from: JsonObject, ...keys: readonly string[]): number | null {
  for (const key of keys) {
    const value = Object.hasOwn(from, key) ? from[key] : null;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    if (typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))) {
      return Number(value);
    }
  }
  return null;
}

/** Own boolean, also written as "true" or "false". */
export function booleanField(from: JsonObject, key: string): boolean | null {
  const value = Object.hasOwn(from, key) ? from[key] : null;
  if (value === true || value === "true") return true;
  if (value === false || value === "false") return false;
  return null;
}

export function objectField(from: JsonObject, ...keys: readonly string[]): JsonObject | null {
  for (const key of keys) {
    const value = Object.hasOwn(from, key) ? from[key] : null;
    if (isJsonObject(value)) return value;
  }
  return null;
}

export function arrayField(from: JsonObject, ...keys: readonly string[]): Json[] | null {
  for (const key of keys) {
    const value = Object.hasOwn(from, key) ? from[key] : null;
    if (Array.isArray(value)) return value;
  }
  return null;
}

/** First own field that is present and not null. */
export function anyField(from: JsonObject, ...keys: readonly string[]): Json {
  for (const key of keys) {
    const value = Object.hasOwn(from, key) ? from[key] : null;
    if (value !== null && value !== undefined) return value;
  }
  return null;
}

const isJson = (value: unknown): value is Json =>
  value === null || ["string", "number", "boolean", "object"].includes(typeof value);

/** JSON text parsed, any other text as it is. For values that exporters may or may not have serialised. */
export function parsedOrText(text: string): Json {
  const first = text.trimStart()[0];
  if (first === undefined || !'{["-0123456789tfn'.includes(first)) return text;
  return parseJson(text) ?? text;
}

/** Undefined when the text is not JSON. JSON.parse makes `__proto__` an own key, which is harmless here. */
export function parseJson(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJson(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const MAX_DEPTH = 200;

/** Deeper than 200 levels: JSON.parse copes with that, what walks values after it may not. */
export function isTooDeep(value: Json): boolean {
  let level: Json[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true;
    const next: Json[] = [];
    for (const item of level) {
      if (typeof item !== "object" || item === null) continue;
      for (const inner of Array.isArray(item) ? item : Object.values(item)) {
        if (typeof inner === "object" && inner !== null) next.push(inner);
      }
    }
    level = next;
  }
  return false;
}

/** Microseconds since the epoch of an ISO time, or of a number in s, ms, us or ns (told apart by size). */
export function timeUs(value: Json): number | null {
  if (typeof value === "string") {
    const numeric = Number(value);
    if (value.trim() !== "" && Number.isFinite(numeric)) return timeUs(numeric);
    const ms = Date.parse(value);
    return Number.isNaN(ms) ? null : ms * 1000 + subMillisecond(value);
  }
  if (typeof value !== "number" || !Number.isFinite(value) || value <= 0) return null;
  if (value < 1e11) return Math.round(value * 1e6);
  if (value < 1e14) return Math.round(value * 1e3);
  if (value < 1e17) return Math.round(value);
  return Math.round(value / 1e3);
}

/** Date.parse stops at milliseconds: the fourth to sixth decimals of an ISO time. */
function subMillisecond(text: string): number {
  const digits = /\.\d{3}(\d{1,3})/.exec(text)?.[1];
  return digits ? Number(digits.padEnd(3, "0")) : 0;
}
