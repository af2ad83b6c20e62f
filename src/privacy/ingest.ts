import { LRUCache } from "lru-cache";
import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import { createRecentMap } from "../model/recent-map.ts";
import { type TextList, textListsOf } from "../model/text-list.ts";
import { createCleanLists } from "./clean-lists.ts";
import { findCredentials } from "./credentials/find.ts";
import { meaningOf } from "./credentials/named-key.ts";
import type { Hit } from "./credentials/rule.ts";
import { isPlaceholder, looksRandom } from "./credentials/value.ts";

/** How many of each rule's credentials were removed, by the name of the rule. */
export type Found = Record<string, number>;

/**
 * Removes credentials before anything is stored. Both methods are synchronous, never throw, and return the very same
 * string or object when nothing was found. A credential becomes `[REDACTED:rule]`; a redacted text is left as it is
 * when redacted again, and JSON inside a text stays JSON.
 */
export interface Redactor {
  redactText(text: string): { readonly text: string; readonly found: Found };
  /** Every string and every key, at any depth, and whatever stands under a key such as `authorization`. */
  redactJson(value: Json): { readonly value: Json; readonly found: Found };
}

const NOTHING: Found = Object.freeze({});

/** Strings over this are remembered: agents send the same instructions and histories with each call. */
const CACHED_FROM = 1_000;
const CACHE_CHARS = 4_000_000;
/** Of the shorter ones, names of models, tools and sessions come again: these are known to be clean. */
const SHORT = 64;
const SHORT_TEXTS = 4_000;

/** Deeper values are replaced where they stand, and counted; decoders stop far earlier. */
const MAX_DEPTH = 200;
const TOO_DEEP = "too-deep";

export const mask = (name: string): string => `[REDACTED:${name}]`;

/** A redactor with a memory of its own, at most 4 million characters; make one per worker and keep it. */
export function createRedactor(): Redactor {
  const cache = new LRUCache<string, TextResult>({ maxSize: CACHE_CHARS, sizeCalculation: sizeOf });
  const clean = createRecentMap<string, TextResult>(SHORT_TEXTS);
  const redactShort = (text: string): TextResult => {
    const remembered = clean.get(text);
    if (remembered) return remembered;
    const result = redactOnce(text);
    if (result.found === NOTHING) clean.set(text, result);
    return result;
  };
  const redactText = (text: string): TextResult => {
    if (text.length < SHORT) return redactShort(text);
    if (text.length < CACHED_FROM) return redactOnce(text);
    const remembered = cache.get(text);
    if (remembered) return remembered;
    const result = redactOnce(text);
    cache.set(text, result);
    return result;
  };
  const isClean = createCleanLists();
  return {
    redactText,
    redactJson(value) {
      const found: Found = {};
      const lists = isJsonObject(value) ? textListsOf(value) : undefined;
      return { value: walk(value, "plain", 0, { found, redactText, isClean, lists }), found };
    },
  };
}

interface TextResult {
  readonly text: string;
  readonly found: Found;
}

const sizeOf = (result: TextResult, text: string): number =>
  text.length + (result.text === text ? 0 : result.text.length);

function redactOnce(text: string): TextResult {
  const hits = findCredentials(text);
  return hits.length === 0 ? { text, found: NOTHING } : without(hits, text);
}

function without(hits: readonly Hit[], text: string): TextResult {
  const found: Found = {};
  let redacted = "";
  let end = 0;
  for (const hit of hits) {
    redacted += text.slice(end, hit.start) + mask(hit.name);
    end = hit.end;
    count(found, hit.name);
  }
  return { text: redacted + text.slice(end), found };
}

interface Walk {
  readonly found: Found;
  readonly redactText: (text: string) => TextResult;
  readonly isClean: (list: TextList) => boolean;
  /** By the keys of the outermost object. */
  readonly lists: ReadonlyMap<string, TextList> | undefined;
}

type KeyMeaning = ReturnType<typeof meaningOf>;

function walk(value: Json, meaning: KeyMeaning, depth: number, state: Walk): Json {
  if (typeof value === "string") return walkText(value, meaning, state);
  if (typeof value !== "object" || value === null) return value;
  if (depth >= MAX_DEPTH) {
    count(state.found, TOO_DEEP);
    return mask(TOO_DEEP);
  }
  return Array.isArray(value) ? walkArray(value, meaning, depth, state) : walkObject(value, depth, state);
}

function walkText(text: string, meaning: KeyMeaning, state: Walk): string {
  const isSecret =
    meaning !== "plain" &&
    text.length > 0 &&
    !isPlaceholder(text) &&
    (meaning === "secret" || (text.length >= 16 && !/\s/.test(text) && looksRandom(text)));
  if (isSecret) {
    count(state.found, "named");
    return mask("named");
  }
  const result = state.redactText(text);
  for (const name in result.found) count(state.found, name, result.found[name]);
  return result.text;
}

function walkArray(values: Json[], meaning: KeyMeaning, depth: number, state: Walk): Json[] {
  let copy: Json[] | undefined;
  values.forEach((value, index) => {
    const next = walk(value, meaning, depth + 1, state);
    if (next === value) return;
    copy ??= [...values];
    copy[index] = next;
  });
  return copy ?? values;
}

function walkObject(object: JsonObject, depth: number, state: Walk): JsonObject {
  const keys = Object.keys(object);
  const named = meaningOfPair(object);
  let copy: [string, Json][] | undefined;
  for (let i = 0; i < keys.length; i += 1) {
    const key = keys[i] ?? "";
    const value = object[key] ?? null;
    const meaning = named !== "plain" && key === "value" ? named : meaningOf(key);
    const nextKey = key.length < 20 ? key : walkText(key, "plain", state);
    const list = depth === 0 && meaning === "plain" ? state.lists?.get(key) : undefined;
    const next = list && state.isClean(list) ? value : walk(value, meaning, depth + 1, state);
    if (!copy && (next !== value || nextKey !== key))
      copy = keys.slice(0, i).map((earlier) => [earlier, object[earlier] ?? null]);
    copy?.push([nextKey, next]);
  }
  return copy ? objectOf(copy) : object;
}

/** `{name: "authorization", value: "..."}`, as headers are often written. */
function meaningOfPair(object: JsonObject): KeyMeaning {
  if (typeof object["value"] !== "string") return "plain";
  const name = object["name"] ?? object["key"];
  return typeof name === "string" ? meaningOf(name) : "plain";
}

/** Two keys that were different credentials stay two. */
function objectOf(entries: readonly (readonly [string, Json])[]): JsonObject {
  const object: JsonObject = Object.create(null);
  for (const [key, value] of entries) {
    let unique = key;
    for (let n = 2; unique in object; n++) unique = `${key} (${n})`;
    object[unique] = value;
  }
  return isJsonObject(object) ? object : {};
}

function count(found: Found, name: string, by = 1): void {
  found[name] = (found[name] ?? 0) + by;
}
