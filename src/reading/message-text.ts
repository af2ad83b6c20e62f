import { isJsonObject, type Json } from "../model/json.ts";
import { Message, type Part, type Role } from "../model/message.ts";
import { shortBytes } from "./short.ts";

/** What a transcript counts as one thing said or done. A message of several parts gives several items. */
export type Item =
  | { readonly type: "text"; readonly role: Role; readonly text: string }
  | { readonly type: "call"; readonly id: string | null; readonly name: string; readonly arguments: Json }
  | {
      readonly type: "result";
      readonly id: string | null;
      readonly name: string | null;
      readonly result: Json;
      readonly isError: boolean;
    }
  | { readonly type: "compaction"; readonly text: string };

export interface MessageItems {
  readonly items: readonly Item[];
  /** Characters of reasoning, which is no part of what was said. */
  readonly reasoningChars: number;
}

/** `[image/png 84 kB 1a2b3c4d]`, or the kind and where the bytes are when they were not stored. */
export function mediaLabel(part: Extract<Part, { type: "media" }>): string {
  if (part.ref) return `[${part.ref.mimeType} ${shortBytes(part.ref.bytes)} ${part.ref.hash.slice(0, 8)}]`;
  return part.uri === null ? `[${part.modality}]` : `[${part.modality} ${part.uri.slice(0, 200)}]`;
}

const textBlock = (value: Json): string | null => {
  if (typeof value === "string") return value;
  if (!isJsonObject(value)) return null;
  const text = value["text"];
  return typeof text === "string" && Object.keys(value).length <= 3 ? text : null;
};

/** A value as its reader would want it: text as it is, lists of text blocks joined, all else as JSON. */
export function valueText(value: Json): string {
  if (value === null) return "";
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.length > 0) {
    const texts = value.map(textBlock);
    if (texts.every((text) => text !== null)) return texts.join("\n");
  }
  return JSON.stringify(value);
}

/** Names under which programs put the one text that was asked or answered. */
const TEXT_KEYS = [
  "text",
  "content",
  "message",
  "query",
  "question",
  "prompt",
  "input",
  "output",
  "answer",
  "response",
  "result",
];

/** The text of an agent's own input or output value: the one text in it where it has only one, else its JSON. */
export function saidText(value: Json): string {
  if (isJsonObject(value)) {
    const found = TEXT_KEYS.flatMap((key) => {
      const inner = Object.hasOwn(value, key) ? value[key] : undefined;
      return typeof inner === "string" && inner !== "" ? [inner] : [];
    });
    if (found.length === 1 && found[0] !== undefined) return found[0];
  }
  return valueText(value);
}

const plainText = (part: Part): string | null => {
  if (part.type === "text") return part.text;
  if (part.type === "media") return mediaLabel(part);
  if (part.type === "other") return `[${part.kind.slice(0, 60)} ${JSON.stringify(part.value)}]`;
  return null;
};

/** Items of one message: its texts and media as one, then its calls and results in order. */
export function messageItems(message: Message): MessageItems {
  const items: Item[] = [];
  const texts: string[] = [];
  let reasoningChars = 0;
  for (const part of message.parts) {
    const text = plainText(part);
    if (text !== null && text.trim() !== "") texts.push(text);
    else if (part.type === "reasoning") reasoningChars += part.text.length;
    else if (part.type === "compaction") items.push({ type: "compaction", text: part.text });
    else if (part.type === "tool_call")
      items.push({ type: "call", id: part.id, name: part.name, arguments: part.arguments });
    else if (part.type === "tool_result")
      items.push({
        type: "result",
        id: part.id,
        name: part.name,
        result: part.result,
        isError: part.isError ?? false,
      });
  }
  if (texts.length > 0) {
    const text = texts.join("\n");
    const hasResult = items.some((item) => item.type === "result");
    if (message.role === "tool" && !hasResult)
      items.unshift({ type: "result", id: null, name: message.name ?? null, result: text, isError: false });
    else items.unshift({ type: "text", role: message.role === "tool" ? "user" : message.role, text });
  }
  return { items, reasoningChars };
}

/** Items of a stored content that should be a message; one that is none is kept as a text of `role`. */
export function contentItems(value: Json, role: Role): MessageItems {
  const parsed = Message.safeParse(value);
  if (parsed.success) return messageItems(parsed.data);
  const text = saidText(value);
  return { items: text.trim() === "" ? [] : [{ type: "text", role, text }], reasoningChars: 0 };
}

/** One item in one line of text: `name(arguments)` for a call. */
export function itemText(item: Item): string {
  if (item.type === "call") return `${item.name}(${argumentsText(item.arguments)})`;
  return item.type === "result" ? valueText(item.result) : item.text;
}

/** Arguments as they read best: nothing for none, text as it came, else JSON. */
export function argumentsText(value: Json): string {
  if (value === null || (isJsonObject(value) && Object.keys(value).length === 0)) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
