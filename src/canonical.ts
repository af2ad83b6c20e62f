import { createHash } from "node:crypto";

/** A JSON value as programs hold it: read-only, with fields that may be absent. */
export type JsonLike =
  | string
  | number
  | boolean
  | null
  | readonly JsonLike[]
  | { readonly [key: string]: JsonLike | undefined };

const isList = (value: JsonLike): value is readonly JsonLike[] => Array.isArray(value);

const byCodeUnits = ([a]: readonly [string, JsonLike], [b]: readonly [string, JsonLike]): number =>
  a < b ? -1 : a > b ? 1 : 0;

/**
 * The one text of a JSON value: no spaces, keys in order of their UTF-16 code units, numbers as ECMAScript writes
 * them (RFC 8785, JSON Canonicalization Scheme). Unlike there, half a surrogate pair is no error but written `\udXXX`,
 * since texts of traces hold such halves. Absent fields are left out.
 * @throws TypeError for a number that JSON has not (NaN, infinity).
 */
export function canonicalJson(value: JsonLike): string {
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError("JSON has no number that is not finite");
    return JSON.stringify(value);
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const fields = Object.entries(value)
    .flatMap(([key, inner]): [string, JsonLike][] => (inner === undefined ? [] : [[key, inner]]))
    .sort(byCodeUnits);
  return `{${fields.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`).join(",")}}`;
}

/** SHA-256 of the canonical JSON in UTF-8: 64 hex digits, equal for equal values in whatever order of keys. */
export const hashOf = (value: JsonLike): string =>
  createHash("sha256").update(canonicalJson(value)).digest("hex");
