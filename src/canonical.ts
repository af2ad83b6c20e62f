import { createHash } from "node:crypto";
import type { Json } from "./model/json.ts";

const byCodeUnits = ([a]: readonly [string, Json], [b]: readonly [string, Json]): number =>
  a < b ? -1 : a > b ? 1 : 0;

/**
 * The one text of a JSON value: no spaces, keys in order of their UTF-16 code units, numbers as ECMAScript writes
 * them (RFC 8785, JSON Canonicalization Scheme). Unlike there, half a surrogate pair is no error but written `\udXXX`,
 * since texts of traces hold such halves.
 * @throws TypeError for a number that JSON has not (NaN, infinity).
 */
export function canonicalJson(value: Json): string {
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError("JSON has no number that is not finite");
    return JSON.stringify(value);
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const fields = Object.entries(value).sort(byCodeUnits);
  return `{${fields.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`).join(",")}}`;
}

/** SHA-256 of the canonical JSON in UTF-8: 64 hex digits, equal for equal values in whatever order of keys. */
export const hashOf = (value: Json): string =>
  createHash("sha256").update(canonicalJson(value)).digest("hex");
