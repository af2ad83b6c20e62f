import { randomBytes } from "node:crypto";
import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import { capText, cleanText } from "./clean.ts";
import { createRedactor } from "./ingest.ts";

/** Decides what of a cleaned value its viewer may see; what it takes out is counted. */
export type Policy = (value: Json) => {
  readonly value: Json;
  readonly found: Readonly<Record<string, number>>;
};

/** Who reads an answer. */
export interface Viewer {
  /** Longest string, in UTF-16 units, its note included: at least 60. Default 100,000. */
  readonly maxChars?: number;
  /** Default: credentials are redacted once more, for what was stored before a rule was known. */
  readonly policy?: Policy;
}

export interface PresentNotes {
  /** Characters removed because they are invisible or steer a terminal. */
  readonly cleaned: number;
  /** Values taken out by the policy. */
  readonly redacted: number;
  /** Characters beyond the cap of their string. */
  readonly cut: number;
  /** Values nested too deeply to be shown. */
  readonly tooDeep: number;
}

const DEFAULT_MAX_CHARS = 100_000;
const LEAST_MAX_CHARS = 60;
const MAX_KEY_CHARS = 300;
const MAX_DEPTH = 64;
const TOO_DEEP = `[nested deeper than ${MAX_DEPTH} levels]`;

let redactor: ReturnType<typeof createRedactor> | undefined;

const redactCredentials: Policy = (value) => {
  redactor ??= createRedactor();
  return redactor.redactJson(value);
};

/**
 * The one way out for strings that came from a trace, a dataset, feedback or a model: cleaned, redacted, capped.
 * Cleaning comes first, so that invisible characters cannot hide a credential; the cap comes last, so that it cannot
 * show the beginning of one. Never throws; presenting the result again changes nothing.
 */
export function present(value: Json, viewer: Viewer): { readonly value: Json; readonly notes: PresentNotes } {
  const maxChars = Math.max(LEAST_MAX_CHARS, viewer.maxChars ?? DEFAULT_MAX_CHARS);
  const notes = { cleaned: 0, redacted: 0, cut: 0, tooDeep: 0 };
  const clean = (text: string): string => {
    const result = cleanText(text);
    notes.cleaned += result.removed;
    return result.text;
  };
  const cap = (max: number) => (text: string) => {
    const result = capText(text, max);
    notes.cut += result.cut;
    return result.text;
  };
  const tooDeep = () => {
    notes.tooDeep += 1;
    return TOO_DEEP;
  };
  const cleaned = mapStrings(value, { text: clean, key: clean, tooDeep }, 0);
  const allowed = (viewer.policy ?? redactCredentials)(cleaned);
  for (const count of Object.values(allowed.found)) notes.redacted += count;
  const capped = mapStrings(allowed.value, { text: cap(maxChars), key: cap(MAX_KEY_CHARS), tooDeep }, 0);
  return { value: capped, notes };
}

interface Mapping {
  readonly text: (text: string) => string;
  readonly key: (key: string) => string;
  readonly tooDeep: () => string;
}

function mapStrings(value: Json, mapping: Mapping, depth: number): Json {
  if (typeof value === "string") return mapping.text(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth >= MAX_DEPTH) return mapping.tooDeep();
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, mapping, depth + 1));
  const entries = new Map<string, Json>();
  for (const [key, item] of Object.entries(value)) {
    entries.set(unique(mapping.key(key), entries), mapStrings(item, mapping, depth + 1));
  }
  // Object.fromEntries defines properties, so that a key `__proto__` is a key like any other.
  return Object.fromEntries(entries);
}

/** Keys that differed in what was removed only stay apart. */
function unique(key: string, taken: ReadonlyMap<string, Json>): string {
  let candidate = key;
  for (let n = 2; taken.has(candidate); n++) candidate = `${key} (${n})`;
  return candidate;
}

/** A word that nobody who wrote a trace can know: 10 hexadecimal digits, random per answer. */
export const createNonce = (): string => randomBytes(5).toString("hex");

/**
 * What an answer shows under `untrusted`: the presented value, the nonce that occurs nowhere inside it, and what was
 * changed where something was. The value's own keys `nonce` and `changed` give way.
 */
export function untrusted(value: JsonObject, viewer: Viewer): JsonObject {
  const presented = present(value, viewer);
  const body = isJsonObject(presented.value) ? presented.value : {};
  const changed = Object.entries(presented.notes).filter(([, count]) => count > 0);
  const { nonce: _nonce, changed: _changed, ...rest } = body;
  const text = JSON.stringify(rest);
  let nonce = createNonce();
  while (text.includes(nonce)) nonce = createNonce();
  return { nonce, ...rest, ...(changed.length > 0 ? { changed: Object.fromEntries(changed) } : {}) };
}
