import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { MediaItem, Message, Part, Role } from "../../model/message.ts";
import { type TextList, textListsOf } from "../../model/text-list.ts";
import type { RawSpan } from "../raw.ts";
import { type Found, newFound } from "./messages/context.ts";
import { listMessages, listSystem, listValue } from "./messages/list.ts";
import { parseMessages, parseSystem, parseTolerant, textMessage } from "./messages/parse.ts";
import type { Notes } from "./notes.ts";
import { unflatten } from "./unflatten.ts";

const REDACTED = "<REDACTED>";

/** What reading a span finds besides the fields that were asked for. */
export interface Findings {
  readonly notes: Notes;
  readonly media: Map<string, MediaItem>;
  /** Finish reasons that stood in output messages. */
  readonly finishReasons: string[];
  /** Tool definitions that stood among messages. */
  readonly toolDefinitions: Json[];
}

/** Typed access to one span's attributes, in which nothing throws and what is wrong is noted. */
export interface Reader extends Findings {
  readonly raw: RawSpan;
  readonly attributes: JsonObject;
  /** The attribute, or undefined when it is missing, null or withheld by the source. */
  value(key: string): Json | undefined;
  /** The first of the keys that has a text; numbers and truth values as text. */
  text(...keys: readonly string[]): string | undefined;
  /** The first of the keys that has a number of at least 0, also written as text. */
  number(...keys: readonly string[]): number | undefined;
  list(...keys: readonly string[]): string[] | undefined;
  /** The first of the keys, parsed where it is the JSON (or the beginning of the JSON) of a list or object. */
  json(...keys: readonly string[]): Json | undefined;
  object(...keys: readonly string[]): JsonObject | undefined;
  /** Flattened attributes under a prefix as one value. */
  group(prefix: string): Json | undefined;
  /** The first of the keys that holds messages; other text is one message; what is neither is noted. */
  messages(role: Role, ...keys: readonly string[]): Message[] | undefined;
  /** A value that need not be messages: undefined when it is in no known form. */
  tryMessages(value: Json | undefined, role: Role): Message[] | undefined;
  textMessage(role: Role, text: string | undefined): Message[] | undefined;
  system(...keys: readonly string[]): Part[] | undefined;
  /** Runs a message parser and keeps what it found. */
  found<T>(key: string, read: (found: Found) => T, role?: Role): T;
  /** The same reading over other attributes, e.g. an event's. */
  over(attributes: JsonObject): Reader;
}

type Values = Pick<Reader, "value" | "text" | "number" | "list" | "json" | "object" | "group">;
type Messages = Pick<Reader, "messages" | "tryMessages" | "textMessage" | "system" | "found">;

export function createReader(
  raw: RawSpan,
  findings: Findings,
  attributes: JsonObject = raw.attributes,
): Reader {
  const values = readValues(attributes, findings);
  return {
    ...findings,
    raw,
    attributes,
    ...values,
    ...readMessages(values, findings, textListsOf(attributes)),
    over: (other) => createReader(raw, findings, other),
  };
}

function readValues(attributes: JsonObject, findings: Findings): Values {
  const { notes } = findings;
  const lists = textListsOf(attributes);
  const parsed = new Map<string, Json | undefined>();
  const value = (key: string): Json | undefined => {
    if (!Object.hasOwn(attributes, key)) return undefined;
    const held = attributes[key];
    if (held !== REDACTED) return held ?? undefined;
    notes.add("redacted_by_source", key);
    return undefined;
  };
  const parse = (key: string): Json | undefined => {
    if (parsed.has(key)) return parsed.get(key);
    const held = value(key);
    const list = lists?.get(key);
    const read =
      (list && listValue(list)) ??
      (typeof held === "string" ? keeping(key, findings, "user", (f) => parseTolerant(held, f)) : held);
    const result = read ?? held;
    parsed.set(key, result);
    return result;
  };
  const first = <T>(keys: readonly string[], read: (key: string) => T | undefined): T | undefined => {
    for (const key of keys) {
      const found = read(key);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const text = (key: string) => {
    const held = value(key);
    if (typeof held === "string") return held === "" ? undefined : held;
    if (typeof held === "object") notes.add("bad_attribute", key);
    return held === undefined || typeof held === "object" ? undefined : String(held);
  };
  const number = (key: string) => {
    const held = value(key);
    if (held === undefined || held === "") return undefined;
    const read = typeof held === "string" && held.length < 40 ? Number(held) : held;
    if (typeof read === "number" && Number.isFinite(read) && read >= 0) return read;
    notes.add("bad_attribute", key);
    return undefined;
  };
  return {
    value,
    text: (...keys) => first(keys, text),
    number: (...keys) => first(keys, number),
    json: (...keys) => first(keys, (key) => (value(key) === "" ? undefined : parse(key))),
    object: (...keys) => first(keys, (key) => asObject(parse(key))),
    list: (...keys) => first(keys, (key) => asTexts(parse(key))),
    group: (prefix) => unflatten(attributes, prefix) ?? undefined,
  };
}

const asObject = (value: Json | undefined): JsonObject | undefined =>
  isJsonObject(value) ? value : undefined;

function asTexts(value: Json | undefined): string[] | undefined {
  if (Array.isArray(value)) return value.filter((item) => typeof item === "string").slice(0, 100);
  return typeof value === "string" && value !== "" ? [value] : undefined;
}

function readMessages(
  values: Values,
  findings: Findings,
  lists: ReadonlyMap<string, TextList> | undefined,
): Messages {
  const fromList = (key: string, role: Role): Message[] | undefined => {
    const list = lists?.get(key);
    const read = list && listMessages(list, role);
    if (!read) return undefined;
    if (role === "assistant") findings.finishReasons.push(...read.finishReasons);
    findings.toolDefinitions.push(...read.toolDefinitions);
    return read.messages;
  };
  const tryMessages = (held: Json | undefined, role: Role): Message[] | undefined =>
    held === undefined
      ? undefined
      : (keeping("messages", findings, role, (found) => parseMessages(held, found, role)) ?? undefined);
  const one = (role: Role, text: string | undefined): Message[] | undefined =>
    text === undefined
      ? undefined
      : [keeping("messages", findings, role, (found) => textMessage(role, text, found))];
  return {
    tryMessages,
    textMessage: one,
    found: (key, read, role = "user") => keeping(key, findings, role, read),
    messages(role, ...keys) {
      for (const key of keys) {
        const known = fromList(key, role);
        if (known) return known;
        const held = values.json(key);
        if (held === undefined) continue;
        const messages = tryMessages(held, role) ?? (typeof held === "string" ? one(role, held) : undefined);
        if (messages) return messages;
        findings.notes.add("unparsed_content", key);
      }
      return undefined;
    },
    system(...keys) {
      for (const key of keys) {
        const list = lists?.get(key);
        const known = list && listSystem(list);
        if (known) return known;
        const held = values.json(key);
        const parts =
          held === undefined ? null : keeping(key, findings, "system", (found) => parseSystem(held, found));
        if (parts) return parts;
      }
      return undefined;
    },
  };
}

function keeping<T>(key: string, findings: Findings, role: Role, read: (found: Found) => T): T {
  const found = newFound(findings.media);
  const result = read(found);
  const { notes } = findings;
  if (found.truncated) notes.add("truncated_json", key);
  if (found.allowance.cut) notes.add("value_too_large", key);
  if (found.allowance.unsafe) notes.add("bad_attribute", key);
  if (role === "assistant" && result !== null) findings.finishReasons.push(...found.finishReasons);
  findings.toolDefinitions.push(...found.toolDefinitions);
  return result;
}
