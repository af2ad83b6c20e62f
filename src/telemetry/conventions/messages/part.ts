import { isJsonObject, type Json, type JsonObject } from "../../../model/json.ts";
import type { Part } from "../../../model/message.ts";
import { clip, clipText } from "../clip.ts";
import type { Found } from "./context.ts";
import { firstObject, firstText, firstValue, own } from "./fields.ts";
import { parseMedia } from "./media.ts";
import { parseToolCall, parseToolResult } from "./tool.ts";

type Reader = (part: JsonObject, found: Found, type: string) => Part | null;

const text = (value: string, found: Found): Part => ({
  type: "text",
  text: clipText(value, found.allowance),
});

const readText: Reader = (part, found) => {
  const value = firstValue(part, "content", "text", "value", "refusal") ?? "";
  return typeof value === "string" ? text(value, found) : null;
};

const readReasoning: Reader = (part, found) => {
  const value =
    firstValue(part, "content", "text", "thinking", "reasoning", "reasoningText", "summary", "data") ?? "";
  return { type: "reasoning", text: clipText(textOf(value), found.allowance) };
};

const readCompaction: Reader = (part, found) => ({
  type: "compaction",
  text: clipText(textOf(firstValue(part, "content", "text", "summary") ?? ""), found.allowance),
});

const readCall: Reader = (part, found) => parseToolCall(part, found);
const readResult: Reader = (part, found) => parseToolResult(part, found, parsePart);
const readMedia: Reader = (part, found, type) => parseMedia(part, type, found);

/** Words that part kinds go by: OTel GenAI, OpenAI chat and Responses, Anthropic, AI SDK, pydantic-ai, MCP. */
const READERS: ReadonlyMap<string, Reader> = new Map([
  ...["text", "input_text", "output_text", "refusal", "summary_text"].map((t) => [t, readText] as const),
  ...["reasoning", "thinking", "redacted_thinking", "reasoning_content", "redacted-reasoning"].map(
    (t) => [t, readReasoning] as const,
  ),
  ...[
    "tool_call",
    "tool-call",
    "tool_use",
    "toolCall",
    "function_call",
    "function",
    "server_tool_call",
    "server_tool_use",
    "mcp_call",
    "mcp_tool_use",
    "custom_tool_call",
  ].map((t) => [t, readCall] as const),
  ...[
    "tool_call_response",
    "tool-result",
    "tool_result",
    "function_call_output",
    "server_tool_call_response",
    "web_search_tool_result",
    "mcp_tool_result",
    "code_execution_tool_result",
    "custom_tool_call_output",
    "tool-error",
  ].map((t) => [t, readResult] as const),
  ...[
    "image_url",
    "image",
    "input_image",
    "input_audio",
    "audio",
    "video",
    "file",
    "input_file",
    "blob",
    "uri",
    "image-url",
    "audio-url",
    "video-url",
    "document-url",
    "binary",
    "document",
    "media",
    "image-data",
    "file-data",
    "image-file-id",
    "file-id",
    "file-url",
  ].map((t) => [t, readMedia] as const),
  ["compaction", readCompaction],
]);

/** Kinds that are named by a key: Gemini and Bedrock Converse. */
const KEYED: readonly (readonly [string, Reader])[] = [
  ["toolName", readCall],
  ["functionCall", readCall],
  ["function_call", readCall],
  ["toolUse", readCall],
  ["functionResponse", readResult],
  ["function_response", readResult],
  ["toolResult", readResult],
  ["inlineData", readMedia],
  ["inline_data", readMedia],
  ["fileData", readMedia],
  ["file_data", readMedia],
  ["image", readMedia],
  ["document", readMedia],
  ["video", readMedia],
  ["reasoningContent", readBedrockReasoning],
  ["thinking", readReasoning],
];

/** One part of any dialect; what is in none is kept whole as `other`. */
export function parsePart(value: JsonObject, found: Found): Part {
  const part = firstObject(value, "message_content") ?? value;
  const type = own(part, "type") ?? own(part, "kind");
  if (typeof type === "string") {
    const read = READERS.get(type)?.(part, found, type);
    if (read) return read;
  }
  const plain = own(part, "text");
  if (typeof plain === "string") {
    return own(part, "thought") === true
      ? { type: "reasoning", text: clipText(plain, found.allowance) }
      : text(plain, found);
  }
  for (const [key, reader] of KEYED) {
    if (firstValue(part, key) === undefined) continue;
    const read = reader(part, found, key);
    if (read) return read;
  }
  return {
    type: "other",
    kind: typeof type === "string" ? type.slice(0, 80) : "unknown",
    value: clip(value, found.allowance),
  };
}

function readBedrockReasoning(part: JsonObject, found: Found): Part | null {
  const inner = firstObject(part, "reasoningContent");
  const body = inner && (firstObject(inner, "reasoningText") ?? inner);
  return body ? readReasoning(body, found, "reasoning") : null;
}

/** The text of a value that should be text but may come as a list of blocks. */
export function textOf(value: Json): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) {
    return value
      .slice(0, 1_000)
      .map((item) =>
        typeof item === "string"
          ? item
          : isJsonObject(item)
            ? (firstText(item, "text", "content") ?? "")
            : "",
      )
      .join("\n");
  }
  return isJsonObject(value) ? (firstText(value, "text", "content") ?? "") : "";
}
