import { isJsonObject, type Json, type JsonObject } from "../../../model/json.ts";
import type { Message, Part, Role } from "../../../model/message.ts";
import { parsePartialJson } from "../partial-json.ts";
import { type Found, newFound } from "./context.ts";
import { firstList, firstObject, firstText, firstValue, own, parseContainer } from "./fields.ts";
import { contentParts, parseMessage } from "./message.ts";
import { parsePart } from "./part.ts";

const MAX_NESTING = 4;

/**
 * Reads messages in any of the dialects that telemetry, SDKs and exports use: OpenTelemetry parts, OpenAI chat and
 * Responses, Anthropic, Gemini, Bedrock Converse, AI SDK, LangChain (also serialised), pydantic-ai, deprecated GenAI
 * events; a list, a request or an answer that holds the list, or the JSON text of one. Text that was cut at its end
 * is read as far as it goes (`found.truncated`). Inline media are in `found.media` afterwards, finish reasons in
 * `found.finishReasons`. Null when the value is in no such form; a text that is not JSON is not a list of messages.
 */
export function parseMessages(
  value: Json,
  found: Found = newFound(),
  fallback: Role = "user",
): Message[] | null {
  return read(value, found, fallback, 0);
}

/** A text as the one message that it is. */
export const textMessage = (role: Role, text: string, found: Found = newFound()): Message => ({
  role,
  parts: contentParts(text, found),
});

/** System instructions: a text, or a list of parts. Null when there are none. */
export function parseSystem(value: Json, found: Found = newFound()): Part[] | null {
  const parsed = typeof value === "string" ? (parseContainer(value) ?? value) : value;
  const parts = contentParts(parsed, found);
  return parts.length > 0 ? parts : null;
}

/** The list or object whose JSON the text is or begins with; undefined when it is other text. */
export function parseTolerant(text: string, found: Found): Json | undefined {
  const whole = parseContainer(text);
  if (whole !== undefined) return whole;
  const start = text.trimStart();
  if (!/^(\[\s*[{["\]]|\{\s*["}])/.test(start.slice(0, 64))) return undefined;
  const partial = parsePartialJson(start);
  if (partial === null) return undefined;
  found.truncated = true;
  return partial;
}

function read(value: Json, found: Found, fallback: Role, nesting: number): Message[] | null {
  if (nesting > MAX_NESTING) return null;
  if (typeof value === "string") {
    const parsed = parseTolerant(value, found);
    return parsed === undefined || typeof parsed === "string"
      ? null
      : read(parsed, found, fallback, nesting + 1);
  }
  if (Array.isArray(value)) return readList(value, found, fallback, nesting);
  return isJsonObject(value) ? readObject(value, found, fallback, nesting) : null;
}

function readList(list: Json[], found: Found, fallback: Role, nesting: number): Message[] | null {
  if (list.length > 0 && list.every((item) => Array.isArray(item))) {
    return read(list.flat(1), found, fallback, nesting + 1);
  }
  const messages: Message[] = [];
  let bare: Part[] | null = null;
  let recognized = 0;
  for (const item of list) {
    if (!isJsonObject(item)) return null;
    const message = parseMessage(item, found, fallback);
    if (message) {
      bare = null;
      // A definition of a tool among the messages has gone to `found`.
      if (message.role !== "tool" || message.parts.length > 0) messages.push(message);
      recognized += 1;
      continue;
    }
    const known = isBarePart(item);
    const part = parsePart(item, found);
    if (known) recognized += 1;
    // Parts without a message (OpenAI Responses items, Anthropic content) are one message while its role lasts.
    const role = part.type === "tool_result" ? "tool" : roleOfBare(part, fallback);
    if (bare && messages.at(-1)?.role === role) bare.push(part);
    else {
      bare = [part];
      messages.push({ role, parts: bare });
    }
  }
  return recognized > 0 || list.length === 0 ? messages : null;
}

const roleOfBare = (part: Part, fallback: Role): Role =>
  part.type === "tool_call" || part.type === "reasoning" ? "assistant" : fallback;

const BARE = new Set([
  "text",
  "output_text",
  "input_text",
  "reasoning",
  "thinking",
  "tool_use",
  "tool_result",
  "tool-call",
  "tool-result",
  "function_call",
  "function_call_output",
  "tool_call",
  "tool_call_response",
  "image",
  "image_url",
  "refusal",
  "custom_tool_call",
  "custom_tool_call_output",
]);

function isBarePart(item: JsonObject): boolean {
  const type = own(item, "type");
  if (typeof type === "string") return BARE.has(type);
  return typeof own(item, "toolCallId") === "string" && typeof own(item, "toolName") === "string";
}

/** Requests and answers that hold messages, by the key that holds them. */
const HOLDERS = ["messages", "contents", "choices", "candidates", "generations", "new_message"] as const;

function readObject(value: JsonObject, found: Found, fallback: Role, nesting: number): Message[] | null {
  const single = parseMessage(value, found, fallback);
  if (single) return [single];
  if (typeof own(value, "content") === "string") return null;
  for (const key of HOLDERS) {
    const held = firstValue(value, key);
    if (held === undefined) continue;
    const role = key === "messages" || key === "contents" || key === "new_message" ? fallback : "assistant";
    const messages = read(held, found, role, nesting + 1);
    if (messages) return [...systemOf(value, found), ...messages];
  }
  return readPrompt(value, found, fallback, nesting) ?? readOutput(value, found, nesting);
}

/** AI SDK's `{system, prompt}` and OpenAI Responses' `{instructions, input}`. */
function readPrompt(value: JsonObject, found: Found, fallback: Role, nesting: number): Message[] | null {
  const prompt = own(value, "prompt");
  const isCall = own(value, "model") !== undefined || own(value, "instructions") !== undefined;
  const asked = prompt ?? (isCall ? own(value, "input") : undefined);
  if (asked === undefined || asked === null) return null;
  if (prompt !== undefined && Object.keys(value).length > 8) return null;
  const messages =
    typeof asked === "string"
      ? [textMessage(fallback, asked, found)]
      : read(asked, found, fallback, nesting + 1);
  return messages && [...systemOf(value, found), ...messages];
}

/** OpenAI Responses' `{output: [items]}` and Bedrock Converse's `{output: {message}}`. */
function readOutput(value: JsonObject, found: Found, nesting: number): Message[] | null {
  const items = firstList(value, "output");
  if (items) return read(items, found, "assistant", nesting + 1);
  const message = firstObject(firstObject(value, "output") ?? {}, "message");
  if (message) return read([message], found, "assistant", nesting + 1);
  const part = isBarePart(value) ? parsePart(value, found) : null;
  return part ? [{ role: roleOfBare(part, "assistant"), parts: [part] }] : null;
}

function systemOf(value: JsonObject, found: Found): Message[] {
  const config = firstObject(value, "config") ?? value;
  const system =
    firstValue(value, "system", "instructions", "systemInstruction", "system_instruction") ??
    firstValue(config, "system_instruction", "systemInstruction");
  if (system === undefined || (typeof system === "string" && firstText({ system }, "system") === undefined))
    return [];
  const parts = contentParts(system, found);
  return parts.length > 0 ? [{ role: "system", parts }] : [];
}
