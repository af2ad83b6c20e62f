import { hash } from "node:crypto";
import { isJsonObject, type Json } from "../../model/json.ts";
import type { Role } from "../../model/message.ts";
import type { ContentId } from "../../store/store.ts";
import { contentItems, type Item } from "../message-text.ts";

/** An item without its text: what comparing needs. */
export interface ItemMark {
  readonly type: Item["type"];
  readonly role: Role | null;
  /** Equal for items that say the same, however they are spaced or encoded. */
  readonly key: number;
  readonly callId: string | null;
  readonly name: string | null;
  readonly isError: boolean;
}

const MAX_DEPTH = 60;

/** JSON with sorted keys; texts that hold JSON are taken as the JSON that they hold. */
function canonical(value: Json, depth = 0): string {
  if (depth > MAX_DEPTH) return '"…"';
  if (typeof value === "string") return depth > 0 ? JSON.stringify(value) : canonicalText(value);
  if (Array.isArray(value)) return `[${value.map((inner) => canonical(inner, depth + 1)).join()}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner, depth + 1)}`).join()}}`;
}

const squeeze = (text: string): string => text.normalize("NFC").replace(/\s+/g, "");

function canonicalText(text: string): string {
  if (/^\s*[[{]/.test(text)) {
    try {
      const parsed: Json = JSON.parse(text);
      return canonical(parsed, 1);
    } catch {
      return squeeze(text);
    }
  }
  return squeeze(text);
}

/** `[{type: "text", text}]` says the same as the text. */
const unwrapped = (value: Json): Json => {
  const only = Array.isArray(value) && value.length === 1 ? value[0] : undefined;
  const text = only !== undefined && isJsonObject(only) ? only["text"] : undefined;
  return typeof text === "string" ? text : value;
};

function identity(item: Item): string {
  if (item.type === "call") return `call\n${item.name}\n${canonical(item.arguments)}`;
  if (item.type === "result") return `result\n${canonical(unwrapped(item.result))}`;
  return item.type === "text"
    ? `text\n${item.role}\n${squeeze(item.text)}`
    : `compaction\n${squeeze(item.text)}`;
}

/**
 * Gives items small numbers that are equal when the items say the same: role and text without white space, a
 * call's name and arguments, a result's value; call ids, reasoning and finish reasons do not count. Each
 * distinct content is looked at once; only marks stay in memory, never text.
 */
export function createKeyring() {
  const numbers = new Map<string, number>();
  const marks = new Map<ContentId, readonly ItemMark[]>();
  let reasoningChars = 0;
  const number = (text: string): number => {
    const digest = text.length > 40 ? hash("sha256", text, "base64").slice(0, 24) : text;
    const known = numbers.get(digest);
    if (known !== undefined) return known;
    numbers.set(digest, numbers.size + 1);
    return numbers.size;
  };
  const mark = (item: Item): ItemMark => ({
    type: item.type,
    role: item.type === "text" ? item.role : null,
    key: number(identity(item)),
    callId: item.type === "call" || item.type === "result" ? item.id : null,
    name: item.type === "call" || item.type === "result" ? item.name : null,
    isError: item.type === "result" && item.isError,
  });
  return {
    has: (id: ContentId): boolean => marks.has(id),
    marksOf: (id: ContentId): readonly ItemMark[] => marks.get(id) ?? [],
    mark,
    /** Characters of reasoning in the distinct contents so far. */
    reasoningChars: () => reasoningChars,
    add(id: ContentId, value: Json, role: Role): void {
      const { items, reasoningChars: reasoning } = contentItems(value, role);
      reasoningChars += reasoning;
      marks.set(id, items.map(mark));
    },
  };
}

export type Keyring = ReturnType<typeof createKeyring>;
