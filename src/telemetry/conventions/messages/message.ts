import { isJsonObject, type Json, type JsonObject } from "../../../model/json.ts";
import type { Message, Part, Role } from "../../../model/message.ts";
import { clip, clipText } from "../clip.ts";
import type { Found } from "./context.ts";
import { firstList, firstObject, firstText, firstValue, own } from "./fields.ts";
import { messageData } from "./langchain.ts";
import { parsePart, textOf } from "./part.ts";
import { roleOf } from "./role.ts";
import { parseToolCall, parseToolResult } from "./tool.ts";

/**
 * One message of any dialect, or null when the object is none. Its finish reason goes to `found`, so that an answer
 * equals itself when it comes back as history. A message of tool results alone has the role `tool`, whatever
 * the source calls it (Anthropic, Bedrock and pydantic-ai say `user`).
 */
export function parseMessage(value: JsonObject, found: Found, fallback: Role): Message | null {
  noteFinishReason(value, found);
  const body = unwrap(value);
  if (body !== value) noteFinishReason(body, found);
  const role = roleOf(value) ?? roleOf(body);
  if (role === undefined && !Array.isArray(own(body, "parts"))) return null;
  const kwargs = firstObject(body, "kwargs") ?? body;
  if (role === "tool" && isDefinition(kwargs)) {
    found.toolDefinitions.push(clip(own(kwargs, "content") ?? null, found.allowance));
    return { role: "tool", parts: [] };
  }
  const parts = partsOf(kwargs, role ?? fallback, found);
  const onlyResults = parts.length > 0 && parts.every((part) => part.type === "tool_result");
  const name = role === "tool" || onlyResults ? undefined : firstText(kwargs, "name");
  return {
    role: onlyResults ? "tool" : (role ?? fallback),
    parts,
    ...(name === undefined ? {} : { name: name.slice(0, 200) }),
  };
}

/** `{message: {...}}` (choices, OpenInference), `{content: {parts}}` (Gemini candidates), `{type, data}` (LangChain). */
function unwrap(value: JsonObject): JsonObject {
  const inner = firstObject(value, "message");
  if (inner && own(value, "content") === undefined) return inner;
  const content = firstObject(value, "content");
  if (content && (Array.isArray(own(content, "parts")) || typeof own(content, "role") === "string"))
    return content;
  return messageData(value) ?? value;
}

function noteFinishReason(value: JsonObject, found: Found): void {
  const reason = firstText(value, "finish_reason", "finishReason", "stop_reason", "stopReason");
  if (reason !== undefined) found.finishReasons.push(reason.slice(0, 80));
}

const isDefinition = (message: JsonObject): boolean => {
  const content = firstObject(message, "content");
  const definition = content && firstObject(content, "function");
  return definition !== undefined && own(definition, "arguments") === undefined;
};

function partsOf(message: JsonObject, role: Role, found: Found): Part[] {
  const thought = firstText(message, "reasoning_content", "reasoning", "thinking");
  const parts: Part[] = thought === undefined ? [] : [reasoning(thought, found)];
  const content = firstValue(message, "parts", "contents", "content", "text") ?? null;
  const listed = contentParts(content, found);
  const results = role === "tool" && !listed.some((part) => part.type === "tool_result");
  // A tool's message says its result as its content: text, blocks or any value.
  if (results && content !== null)
    parts.push(parseToolResult({ ...message, id: null, content }, found, parsePart));
  else parts.push(...listed);
  for (const call of toolCalls(message)) {
    const parsed = isJsonObject(call) ? parseToolCall(call, found) : null;
    if (parsed) parts.push(parsed);
  }
  const refusal = firstText(message, "refusal");
  if (refusal !== undefined) parts.push({ type: "text", text: clipText(refusal, found.allowance) });
  // Messages are remembered by the thousand, and a list that grew keeps room for sixteen more.
  return parts.slice();
}

const reasoning = (text: string, found: Found): Part => ({
  type: "reasoning",
  text: clipText(text, found.allowance),
});

/** LangChain repeats the calls in `additional_kwargs`; they count once. */
function toolCalls(message: JsonObject): Json[] {
  const extra = firstObject(message, "additional_kwargs");
  const listed = firstList(message, "tool_calls", "toolCalls");
  const calls = listed?.length ? listed : extra && firstList(extra, "tool_calls");
  const single = firstObject(message, "function_call") ?? (extra && firstObject(extra, "function_call"));
  return calls ?? (single ? [single] : []);
}

export function contentParts(content: Json, found: Found): Part[] {
  if (content === null || content === "") return [];
  if (typeof content === "string") return [{ type: "text", text: clipText(content, found.allowance) }];
  if (Array.isArray(content)) {
    return content.flatMap((item): Part[] => {
      if (typeof item === "string") return contentParts(item, found);
      return isJsonObject(item) ? [parsePart(item, found)] : [];
    });
  }
  if (isJsonObject(content)) {
    const inner = firstList(content, "parts");
    return inner ? contentParts(inner, found) : [parsePart(content, found)];
  }
  return [{ type: "text", text: clipText(textOf(String(content)), found.allowance) }];
}
