import type { FilterValue } from "../model/filter.ts";
import { nearMatch } from "../near-match.ts";
import type { Field } from "./field-types.ts";
import { filterError, quoted } from "./filter-error.ts";
import { parseDuration, parseTime, UNITS } from "./time-value.ts";

export interface RawValue {
  readonly text: string;
  /** In quotes: text, whatever it looks like. */
  readonly quoted: boolean;
  readonly at: number;
}

const PLAIN_NUMBER = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;
const COUNT = /^(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)(k)?$/i;
const TRACE_ID = /^[0-9a-f]{6,32}$/;

function plainNumber(text: string): number | undefined {
  const value = PLAIN_NUMBER.test(text) ? Number(text) : Number.NaN;
  // Adding 0 makes -0 plain 0.
  return Number.isFinite(value) ? value + 0 : undefined;
}

function parseNumber(raw: RawValue, field: Field): number {
  const text = field.type === "money" ? raw.text.replace(/^\$/, "") : raw.text;
  const found = COUNT.exec(text);
  const value = found ? Number(found[1]) * (found[2] ? 1000 : 1) : Number.NaN;
  if (Number.isFinite(value)) return value + 0;
  const what = field.type === "money" ? "an amount of US dollars" : "a number";
  throw filterError(
    raw.at,
    `${field.name} is ${what}, not ${quoted(raw.text)}`,
    `Digits, with k for thousands. Example: ${field.example}`,
  );
}

function parseDurationValue(raw: RawValue, field: Field): number {
  const value = parseDuration(raw.text);
  if (value !== undefined) return value;
  const units = [...UNITS.keys()].join(", ");
  const bare = plainNumber(raw.text);
  const hint =
    bare !== undefined && bare >= 0
      ? `Add the unit: ${raw.text}s or ${raw.text}ms.`
      : `Example: ${field.example}`;
  throw filterError(
    raw.at,
    `${field.name} needs a number with a unit (${units}), not ${quoted(raw.text)}`,
    hint,
  );
}

function parseTimeValue(raw: RawValue, nowUs: number): number {
  const value = parseTime(raw.text, nowUs);
  if (value !== undefined) return value;
  throw filterError(
    raw.at,
    `${quoted(raw.text)} is not a time`,
    "Times are 24h (ago), now, today, yesterday, or ISO such as 2026-01-31 or 2026-01-31T09:30Z; UTC unless a zone is named.",
  );
}

function parseEnum(raw: RawValue, field: Field): string {
  const values = field.values ?? [];
  const wanted = raw.text.toLowerCase();
  if (values.includes(wanted)) return wanted;
  const near = nearMatch(wanted, values);
  throw filterError(
    raw.at,
    `${field.name} is never ${quoted(raw.text)}`,
    `${near ? `Did you mean ${near}? ` : ""}It is one of ${values.join(", ")}. Example: ${field.name} = ${near ?? values.at(-1)}`,
  );
}

function parseSearch(raw: RawValue, field: Field): string {
  if (/[\p{L}\p{N}]/u.test(raw.text)) return raw.text;
  throw filterError(
    raw.at,
    `${field.name} ~ needs at least one letter or digit`,
    `Example: ${field.example}`,
  );
}

function parseTraceId(raw: RawValue): string {
  const id = raw.text.toLowerCase();
  if (TRACE_ID.test(id)) return id;
  throw filterError(
    raw.at,
    `a trace id is 6 to 32 hex digits, not ${quoted(raw.text)}`,
    "Copy it from search_traces; a beginning of at least 6 digits will do.",
  );
}

function parseScalar(raw: RawValue): FilterValue {
  if (raw.quoted) return raw.text;
  const word = raw.text.toLowerCase();
  if (word === "true" || word === "false") return word === "true";
  return plainNumber(raw.text) ?? raw.text;
}

/**
 * The value of a comparison, as its field's type has it: durations in milliseconds, times in microseconds since
 * the epoch. `ordered`: the comparison is `<` or a like one. Throws `invalid_input` with what is allowed.
 */
export function parseValue(raw: RawValue, field: Field, ordered: boolean, nowUs: number): FilterValue {
  switch (field.type) {
    case "number":
    case "money":
      return parseNumber(raw, field);
    case "duration":
      return parseDurationValue(raw, field);
    case "time":
      return parseTimeValue(raw, nowUs);
    case "enum":
      return parseEnum(raw, field);
    case "id":
      return parseTraceId(raw);
    case "search":
      return parseSearch(raw, field);
    case "scalar":
      return ordered ? parseNumber(raw, field) : parseScalar(raw);
    case "tag":
      return ordered ? parseNumber(raw, field) : raw.quoted ? raw.text : (plainNumber(raw.text) ?? raw.text);
    default:
      return raw.text;
  }
}
