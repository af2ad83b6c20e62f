import { isJsonObject, type Json, type JsonObject } from "../../../model/json.ts";
import type { Part } from "../../../model/message.ts";
import { clip } from "../clip.ts";
import type { Found } from "./context.ts";
import { firstObject, firstText, firstValue, own, parseContainer } from "./fields.ts";

type ToolCall = Extract<Part, { type: "tool_call" }>;
type ToolResult = Extract<Part, { type: "tool_result" }>;

/** `id` last: in OpenAI Responses it is the item's, and results name the `call_id`. */
const ID = ["call_id", "tool_use_id", "tool_call_id", "toolCallId", "toolUseId", "callId", "id"] as const;
const NAME = ["name", "toolName", "tool_name"] as const;
const ARGUMENTS = ["arguments", "args", "input"] as const;

/**
 * Arguments of a tool call: parsed where they are the JSON of a list or an object, else as they came. An empty text
 * is how streaming sources write no arguments.
 */
export const parseArguments = (value: Json | undefined, found: Found): Json =>
  value === undefined || value === null || value === ""
    ? {}
    : clip(typeof value === "string" ? (parseContainer(value) ?? value) : value, found.allowance);

/** A call in any dialect, also with its name and arguments under `function`; null when it names no tool. */
export function parseToolCall(call: JsonObject, found: Found): ToolCall | null {
  const inner =
    firstObject(call, "function", "tool_call", "functionCall", "function_call", "toolUse") ?? call;
  const name = firstText(inner, ...NAME) ?? firstText(call, ...NAME);
  if (name === undefined) return inner === call ? null : parseToolCallInner(inner, found);
  return {
    type: "tool_call",
    id: firstText(call, ...ID) ?? firstText(inner, ...ID) ?? null,
    name,
    arguments: parseArguments(firstValue(inner, ...ARGUMENTS) ?? firstValue(call, ...ARGUMENTS), found),
  };
}

/** OpenInference nests twice: `tool_call.function.name` with `tool_call.id`. */
function parseToolCallInner(inner: JsonObject, found: Found): ToolCall | null {
  const deeper = firstObject(inner, "function");
  const name = deeper && firstText(deeper, ...NAME);
  if (deeper === undefined || name === undefined) return null;
  return {
    type: "tool_call",
    id: firstText(inner, ...ID) ?? null,
    name,
    arguments: parseArguments(firstValue(deeper, ...ARGUMENTS), found),
  };
}

/** Reads a content block inside a result; given from outside, since blocks in turn may be results. */
type ReadBlock = (block: JsonObject, found: Found) => Part;

/** A result in any dialect: OTel `response` or `result`, Anthropic, Bedrock, Gemini, AI SDK, OpenAI Responses. */
export function parseToolResult(part: JsonObject, found: Found, readBlock: ReadBlock): ToolResult {
  const inner = firstObject(part, "functionResponse", "function_response", "toolResult") ?? part;
  const wrapped = firstValue(inner, "response", "result", "output", "content", "value") ?? null;
  const unwrapped = unwrapOutput(wrapped);
  const isError =
    own(inner, "is_error") === true ||
    own(inner, "isError") === true ||
    own(inner, "status") === "error" ||
    unwrapped.isError;
  return {
    type: "tool_result",
    id: firstText(inner, ...ID) ?? firstText(part, ...ID) ?? null,
    name: firstText(inner, ...NAME) ?? firstText(part, ...NAME) ?? null,
    result: resultValue(unwrapped.value, found, readBlock),
    ...(isError ? { isError: true } : {}),
  };
}

/** AI SDK wraps results: `{type: "text" | "json" | "error-text" | "error-json" | "content", value}`. */
function unwrapOutput(value: Json): { value: Json; isError: boolean } {
  if (!isJsonObject(value)) return { value, isError: false };
  const type = own(value, "type");
  const inner = own(value, "value");
  if (typeof type !== "string" || inner === undefined) return { value, isError: false };
  return /^(text|json|content|error-text|error-json)$/.test(type)
    ? { value: inner, isError: type.startsWith("error") }
    : { value, isError: false };
}

const MAX_BLOCKS = 1_000;
const MAX_NESTING = 4;

/** A list of content blocks becomes its text where it is one text, with inline media taken out where it has some. */
export function resultValue(value: Json, found: Found, readBlock: ReadBlock): Json {
  const isBlocks =
    Array.isArray(value) && value.length > 0 && value.length <= MAX_BLOCKS && value.every(isBlock);
  if (!isBlocks || found.nesting >= MAX_NESTING) return clip(value, found.allowance);
  found.nesting += 1;
  const parts = value.flatMap((block) => (isJsonObject(block) ? readBlock(block, found) : []));
  found.nesting -= 1;
  const [first] = parts;
  if (parts.length === 1 && first?.type === "text") return first.text;
  return parts.map((part): Json => JSON.parse(JSON.stringify(part)));
}

const BLOCK_TYPES = new Set([
  "text",
  "image",
  "audio",
  "document",
  "resource",
  "file",
  "image_url",
  "input_text",
]);

function isBlock(block: Json): boolean {
  if (!isJsonObject(block)) return false;
  const type = own(block, "type");
  if (typeof type === "string") return BLOCK_TYPES.has(type);
  // Bedrock's blocks have one key that names their kind.
  const keys = Object.keys(block);
  return keys.length === 1 && typeof block["text"] === "string";
}
