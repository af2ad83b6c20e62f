import type { Json, JsonObject } from "../../model/json.ts";
import { emptyObject, jsonInteger, jsonNumber, MAX_DEPTH, TOO_DEEP } from "./any-value.ts";

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A field by its names: the specification's lowerCamelCase, else snake_case, else an older name. */
export function field(fields: Fields, ...names: readonly string[]): unknown {
  for (const name of names) if (Object.hasOwn(fields, name) && fields[name] !== null) return fields[name];
  return undefined;
}

/** The object there, or an empty one. */
export const fieldsAt = (fields: Fields, ...names: readonly string[]): Fields => {
  const value = field(fields, ...names);
  return isFields(value) ? value : {};
};

export const listAt = (fields: Fields, ...names: readonly string[]): readonly unknown[] => {
  const value = field(fields, ...names);
  return Array.isArray(value) ? value : [];
};

export const textAt = (fields: Fields, ...names: readonly string[]): string => {
  const value = field(fields, ...names);
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
};

/** A count: number or decimal text; 0 when absent or neither. */
export function countAt(fields: Fields, ...names: readonly string[]): number {
  const count = Number(field(fields, ...names) ?? 0);
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}

/** Nanoseconds as decimal text or number; 0n when absent or neither. */
export function timeAt(fields: Fields, ...names: readonly string[]): bigint {
  const value = field(fields, ...names);
  if (typeof value === "number" && Number.isFinite(value) && value > 0) return BigInt(Math.trunc(value));
  return typeof value === "string" && /^\d{1,20}$/.test(value) ? BigInt(value) : 0n;
}

/** Attributes as the specification's list of `{key, value}`, or as the plain object that hand-written senders send. */
export function attributesAt(fields: Fields, depth = 0): JsonObject {
  return keyValues(field(fields, "attributes"), depth);
}

function keyValues(value: unknown, depth: number): JsonObject {
  const attributes = emptyObject();
  if (Array.isArray(value)) {
    for (const entry of value) {
      if (isFields(entry) && typeof entry["key"] === "string") {
        attributes[entry["key"]] = anyValue(entry["value"], depth);
      }
    }
  } else if (isFields(value)) {
    for (const key of Object.keys(value)) attributes[key] = anyValue(value[key], depth);
  }
  return attributes;
}

/** An AnyValue of OTLP/JSON; a value that is not wrapped in one is taken as it is. */
export function anyValue(value: unknown, depth: number): Json {
  if (!isFields(value)) return plain(value, depth);
  if (depth > MAX_DEPTH) return TOO_DEEP;
  const keys = Object.keys(value);
  if (keys.length === 0) return null;
  const [key] = keys;
  if (keys.length > 1 || key === undefined) return plain(value, depth);
  const inner = value[key];
  switch (camel(key)) {
    case "stringValue":
      return typeof inner === "string" ? inner : plain(inner, depth);
    case "boolValue":
      return inner === true || inner === "true";
    case "intValue":
      return integer(inner, depth);
    case "doubleValue":
      return double(inner, depth);
    case "bytesValue":
      return plain(inner, depth);
    case "arrayValue":
      return isFields(inner) ? listAt(inner, "values").map((item) => anyValue(item, depth + 1)) : [];
    case "kvlistValue":
      return isFields(inner) ? keyValues(inner["values"], depth + 1) : emptyObject();
    default:
      return plain(value, depth);
  }
}

const camel = (key: string): string => key.replace(/_v/, "V");

function integer(value: unknown, depth: number): Json {
  if (typeof value === "string" && /^-?\d{1,20}$/.test(value)) return jsonInteger(BigInt(value));
  return plain(value, depth);
}

const NOT_FINITE = new Set(["NaN", "Infinity", "-Infinity"]);

function double(value: unknown, depth: number): Json {
  if (typeof value !== "string" || NOT_FINITE.has(value) || value.trim() === "") return plain(value, depth);
  const number = Number(value);
  return Number.isFinite(number) ? number : value;
}

/** JSON as it is, with the depth limit and without prototypes. */
function plain(value: unknown, depth: number): Json {
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return jsonNumber(value);
  if (typeof value !== "object" || value === null) return null;
  if (depth > MAX_DEPTH) return TOO_DEEP;
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
  const copy = emptyObject();
  for (const [key, item] of Object.entries(value)) copy[key] = plain(item, depth + 1);
  return copy;
}
