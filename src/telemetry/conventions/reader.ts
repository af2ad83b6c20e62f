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

export const createReader = (
  raw: RawSpan,
  findings: Findings,
  attributes: JsonObject = raw.attributes,
): Reader => new AttributeReader(raw, findings, attributes);

/** A class: one object for each span, where closures would be thirty. */
class AttributeReader implements Reader {
  readonly raw: RawSpan;
  readonly attributes: JsonObject;
  readonly notes: Notes;
  readonly media: Map<string, MediaItem>;
  readonly finishReasons: string[];
  readonly toolDefinitions: Json[];
  private readonly lists: ReadonlyMap<string, TextList> | undefined;
  private parsed: Map<string, Json | undefined> | undefined;

  constructor(raw: RawSpan, findings: Findings, attributes: JsonObject) {
    this.raw = raw;
    this.attributes = attributes;
    this.notes = findings.notes;
    this.media = findings.media;
    this.finishReasons = findings.finishReasons;
    this.toolDefinitions = findings.toolDefinitions;
    this.lists = textListsOf(attributes);
    this.parsed = undefined;
  }

  over(attributes: JsonObject): Reader {
    return new AttributeReader(this.raw, this, attributes);
  }

  value(key: string): Json | undefined {
    if (!Object.hasOwn(this.attributes, key)) return undefined;
    const held = this.attributes[key];
    if (held !== REDACTED) return held ?? undefined;
    this.notes.add("redacted_by_source", key);
    return undefined;
  }

  text(...keys: readonly string[]): string | undefined {
    for (const key of keys) {
      const held = this.value(key);
      if (held === undefined || held === "") continue;
      if (typeof held === "string") return held;
      if (typeof held !== "object") return String(held);
      this.notes.add("bad_attribute", key);
    }
    return undefined;
  }

  number(...keys: readonly string[]): number | undefined {
    for (const key of keys) {
      const held = this.value(key);
      if (held === undefined || held === "") continue;
      const read = typeof held === "string" && held.length < 40 ? Number(held) : held;
      if (typeof read === "number" && Number.isFinite(read) && read >= 0) return read;
      this.notes.add("bad_attribute", key);
    }
    return undefined;
  }

  json(...keys: readonly string[]): Json | undefined {
    for (const key of keys) {
      const held = this.value(key);
      const read = held === undefined || held === "" ? undefined : this.parse(key, held);
      if (read !== undefined) return read;
    }
    return undefined;
  }

  object(...keys: readonly string[]): JsonObject | undefined {
    for (const key of keys) {
      const read = this.parse(key, this.value(key));
      if (isJsonObject(read)) return read;
    }
    return undefined;
  }

  list(...keys: readonly string[]): string[] | undefined {
    for (const key of keys) {
      const read = asTexts(this.parse(key, this.value(key)));
      if (read !== undefined) return read;
    }
    return undefined;
  }

  group(prefix: string): Json | undefined {
    return unflatten(this.attributes, prefix) ?? undefined;
  }

  messages(role: Role, ...keys: readonly string[]): Message[] | undefined {
    for (const key of keys) {
      const known = this.messagesOfList(key, role);
      if (known) return known;
      const held = this.json(key);
      if (held === undefined) continue;
      const messages =
        this.tryMessages(held, role) ?? (typeof held === "string" ? this.textMessage(role, held) : undefined);
      if (messages) return messages;
      this.notes.add("unparsed_content", key);
    }
    return undefined;
  }

  tryMessages(held: Json | undefined, role: Role): Message[] | undefined {
    if (held === undefined) return undefined;
    return this.found("messages", (found) => parseMessages(held, found, role), role) ?? undefined;
  }

  textMessage(role: Role, text: string | undefined): Message[] | undefined {
    if (text === undefined) return undefined;
    return [this.found("messages", (found) => textMessage(role, text, found), role)];
  }

  system(...keys: readonly string[]): Part[] | undefined {
    for (const key of keys) {
      const list = this.lists?.get(key);
      const known = list && listSystem(list);
      if (known) return known;
      const held = this.json(key);
      const parts =
        held === undefined ? null : this.found(key, (found) => parseSystem(held, found), "system");
      if (parts) return parts;
    }
    return undefined;
  }

  found<T>(key: string, read: (found: Found) => T, role: Role = "user"): T {
    const found = newFound(this.media);
    const result = read(found);
    const { notes } = this;
    if (found.truncated) notes.add("truncated_json", key);
    if (found.allowance.cut) notes.add("value_too_large", key);
    if (found.allowance.unsafe) notes.add("bad_attribute", key);
    if (role === "assistant" && result !== null) this.finishReasons.push(...found.finishReasons);
    this.toolDefinitions.push(...found.toolDefinitions);
    return result;
  }

  /** An attribute's value, parsed once where it is JSON. */
  private parse(key: string, held: Json | undefined): Json | undefined {
    if (typeof held !== "string") return held;
    const known = this.parsed?.get(key);
    if (known !== undefined) return known;
    const list = this.lists?.get(key);
    const read = (list && listValue(list)) ?? this.found(key, (found) => parseTolerant(held, found)) ?? held;
    this.parsed ??= new Map();
    this.parsed.set(key, read);
    return read;
  }

  private messagesOfList(key: string, role: Role): Message[] | undefined {
    const list = this.lists?.get(key);
    const read = list && listMessages(list, role);
    if (!read) return undefined;
    if (role === "assistant") this.finishReasons.push(...read.finishReasons);
    this.toolDefinitions.push(...read.toolDefinitions);
    return read.messages;
  }
}

function asTexts(value: Json | undefined): string[] | undefined {
  if (Array.isArray(value)) return value.filter((item) => typeof item === "string").slice(0, 100);
  return typeof value === "string" && value !== "" ? [value] : undefined;
}
