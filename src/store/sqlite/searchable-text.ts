import { isJsonObject, type Json } from "../../model/json.ts";
import type { Message, Part } from "../../model/message.ts";

/** Characters of one content that full-text search sees. */
export const SEARCHED_CHARS = 32_768;
const MAX_NODES = 20_000;

/** The strings and numbers in a value in reading order, a space between; keys are left out. */
export function leafText(value: Json, limit = SEARCHED_CHARS): string {
  if (typeof value === "string") return value.slice(0, limit);
  const found: string[] = [];
  let chars = 0;
  const stack: Json[] = [value];
  for (let seen = 0; stack.length > 0 && chars < limit && seen < MAX_NODES; seen++) {
    const next = stack.pop() ?? null;
    if (typeof next === "string" || typeof next === "number") {
      const text = String(next);
      if (text !== "") found.push(text);
      chars += text.length + 1;
    } else if (Array.isArray(next)) pushReversed(stack, next);
    else if (isJsonObject(next)) pushReversed(stack, Object.values(next));
  }
  return found.join(" ").slice(0, limit);
}

function pushReversed(stack: Json[], values: readonly Json[]): void {
  for (let i = Math.min(values.length, MAX_NODES) - 1; i >= 0; i--) stack.push(values[i] ?? null);
}

function partText(part: Part): string {
  switch (part.type) {
    case "text":
    case "reasoning":
    case "compaction":
      return part.text;
    case "tool_call":
      return `${part.name} ${leafText(part.arguments)}`;
    case "tool_result":
      return `${part.name ?? ""} ${leafText(part.result)}`;
    case "media":
      return part.uri ?? "";
    case "other":
      return leafText(part.value);
  }
}

/** What a message is found by; null for system messages, which repeat in every call and are not searched. */
export function messageText(message: Message): string | null {
  if (message.role === "system") return null;
  const only = message.parts[0];
  if (message.parts.length === 1 && only) return partText(only).slice(0, SEARCHED_CHARS);
  let text = "";
  for (const part of message.parts) {
    if (text.length >= SEARCHED_CHARS) break;
    text += text === "" ? partText(part) : ` ${partText(part)}`;
  }
  return text.slice(0, SEARCHED_CHARS);
}
