import { isJsonObject, type Json } from "../../../model/json.ts";
import type { Message, Part, Role } from "../../../model/message.ts";
import { since, type TextList } from "../../../model/text-list.ts";
import { type Found, newFound } from "./context.ts";
import { parseMessage } from "./message.ts";
import { parseSystem } from "./parse.ts";

/** What the elements of a list are, together with those of its parents. */
interface Read {
  readonly messages: readonly Message[];
  readonly count: number;
  readonly finishReasons: readonly string[];
  readonly toolDefinitions: readonly Json[];
  /** What the whole list may still have, see `Allowance`. */
  readonly chars: number;
}

export interface ListMessages {
  /** The very same objects for what lists have in common. */
  readonly messages: Message[];
  readonly finishReasons: readonly string[];
  readonly toolDefinitions: readonly Json[];
}

/** Null: read the text as a whole. */
type Known = WeakMap<TextList, Read | null>;

const byRole = new Map<Role, Known>();

/**
 * What `parseMessages` reads in the list's text, where each element is a message by itself that has no inline media
 * and needs no note; null for other lists. Only what the list adds to those read before is parsed.
 */
export function listMessages(list: TextList, role: Role): ListMessages | null {
  const known = byRole.get(role) ?? new WeakMap<TextList, Read | null>();
  byRole.set(role, known);
  const { base, added } = since(list, (ancestor) => known.has(ancestor));
  let last = base ? (known.get(base) ?? null) : NOTHING;
  for (const next of added) {
    last = last && readAdded(next, role, last);
    known.set(next, last);
  }
  return last && { ...last, messages: allMessages(list, known, last.count) };
}

const NOTHING: Read = {
  messages: [],
  count: 0,
  finishReasons: [],
  toolDefinitions: [],
  chars: newFound().allowance.chars,
};

function readAdded(list: TextList, role: Role, before: Read): Read | null {
  const items = parsed(list);
  if (!items) return null;
  const found = newFound();
  found.allowance.chars = before.chars;
  const messages: Message[] = [];
  for (const item of items) {
    const message = isJsonObject(item) ? parseMessage(item, found, role) : null;
    if (!message) return null;
    if (message.role !== "tool" || message.parts.length > 0) messages.push(message);
  }
  if (needsNote(found)) return null;
  const { finishReasons, toolDefinitions, allowance } = found;
  return {
    // Without the room for more that a list keeps which grew; likewise wherever lists are remembered.
    messages: messages.slice(),
    count: before.count + messages.length,
    finishReasons: [...before.finishReasons, ...finishReasons],
    toolDefinitions: [...before.toolDefinitions, ...toolDefinitions],
    chars: allowance.chars,
  };
}

function parsed(list: TextList): Json[] | null {
  try {
    const items: unknown = JSON.parse(`[${list.added.join(",")}]`);
    return Array.isArray(items) ? items : null;
  } catch {
    return null;
  }
}

/** Media are kept with each span that shows them, and what was cut is noted on each. */
const needsNote = ({ media, allowance, truncated }: Found): boolean =>
  media.size > 0 || allowance.cut || allowance.unsafe || truncated;

function allMessages(list: TextList, known: Known, count: number): Message[] {
  const all = new Array<Message>(count);
  let end = count;
  for (let next: TextList | null = list; next; next = next.parent) {
    const messages = known.get(next)?.messages ?? [];
    end -= messages.length;
    messages.forEach((message, i) => {
      all[end + i] = message;
    });
  }
  return all;
}

const systems = new WeakMap<TextList, Part[] | null>();

/** What `parseSystem` reads in a text that begins with nothing known; undefined: read the text. */
export function listSystem(list: TextList): Part[] | undefined {
  if (list.parent) return undefined;
  let parts = systems.get(list);
  if (parts === undefined) {
    const found = newFound();
    const items = parsed(list);
    parts = items && parseSystem(items, found);
    if (needsNote(found) || found.finishReasons.length > 0 || found.toolDefinitions.length > 0) parts = null;
    systems.set(list, parts);
  }
  return parts ?? undefined;
}

const values = new WeakMap<TextList, Json[] | null>();

/** The value of a text that begins with nothing known, the very same each time; undefined: parse the text. */
export function listValue(list: TextList): Json[] | undefined {
  if (list.parent) return undefined;
  let value = values.get(list);
  if (value === undefined) {
    value = parsed(list);
    values.set(list, value);
  }
  return value ?? undefined;
}
