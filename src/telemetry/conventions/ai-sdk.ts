import { isJsonObject, type Json } from "../../model/json.ts";
import type { Message, Part } from "../../model/message.ts";
import type { SpanKind } from "../../model/span.ts";
import type { Convention } from "./fields.ts";
import { firstObject, jsonOrText, own } from "./messages/fields.ts";
import { contentParts } from "./messages/message.ts";
import { parsePart } from "./messages/part.ts";
import { parseToolCall } from "./messages/tool.ts";
import { promptRef } from "./prompt-ref.ts";
import type { Reader } from "./reader.ts";
import { addPrefixed } from "./tags.ts";

/** What an application says about a call: metadata up to version 6, since then runtime context. */
const SAID = ["ai.telemetry.metadata", "ai.settings.context"] as const;
const said = (r: Reader, ...names: readonly string[]) =>
  r.text(...SAID.flatMap((prefix) => names.map((name) => `${prefix}.${name}`)));
const IDENTITY = new Set(["sessionId", "session_id", "threadId", "userId", "user_id"]);

/**
 * `ai.generateText` runs the loop of calls and tools, `ai.generateText.doGenerate` is one call. Embeddings and
 * reranking have the same two levels.
 */
function kind(r: Reader): SpanKind | undefined {
  const operation = r.text("ai.operationId");
  if (operation === undefined) return undefined;
  if (operation === "ai.toolCall") return "tool";
  if (operation.startsWith("ai.embed")) return "embedding";
  if (operation.startsWith("ai.rerank")) return "rerank";
  return /\.do(Generate|Stream|Call)$/.test(operation) ? "llm" : "agent";
}

/**
 * Vercel AI SDK, telemetry up to version 6 and `LegacyOpenTelemetry` of version 7 (scope `ai`); version 7's own spans
 * are GenAI ones. https://ai-sdk.dev/docs/ai-sdk-core/telemetry
 */
export const aiSdk: Convention = {
  name: "ai_sdk",
  scope: /^ai$/,
  words: ["ai"],
  fields: {
    kind,
    status: (r) => (r.text("ai.response.finishReason") === "error" ? "error" : undefined),
    sessionId: (r) => said(r, "sessionId", "session_id", "threadId"),
    userId: (r) => said(r, "userId", "user_id"),
    agentName: (r) => r.text("ai.telemetry.functionId"),
    provider: (r) => r.text("ai.model.provider"),
    model: (r) => r.text("ai.response.model", "ai.model.id"),
    toolName: (r) => r.text("ai.toolCall.name"),
    toolCallId: (r) => r.text("ai.toolCall.id"),
    finishReasons: (r) => r.list("ai.response.finishReason", "ai.finishReason"),
    usage,
    timeToFirstTokenMs: (r) => r.number("ai.response.msToFirstChunk", "ai.stream.msToFirstChunk"),
    responseId: (r) => r.text("ai.response.id"),
    prompts: (r) => promptRef(said(r, "promptName"), said(r, "promptVersion")),
    inputMessages: (r) =>
      r.text("ai.prompt.messages") === undefined && r.value("ai.prompt.messages") === undefined
        ? r.tryMessages(r.json("ai.prompt"), "user")
        : r.messages("user", "ai.prompt.messages"),
    outputMessages,
    input: (r) =>
      r.json("ai.toolCall.args", "ai.prompt.messages", "ai.prompt", "ai.value") ??
      parsedItems(r.json("ai.values", "ai.documents")),
    output: (r) => r.json("ai.toolCall.result", "ai.response.object", "ai.result.object", "ai.ranking"),
    toolDefinitions: (r) => parsedItems(r.json("ai.prompt.tools")),
    tags(r) {
      const tags = new Map<string, string>();
      for (const prefix of SAID) addPrefixed(tags, r.attributes, prefix, IDENTITY);
      return tags;
    },
  },
};

function usage(r: Reader) {
  const inputTokens = r.number("ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens");
  const cacheReadTokens = r.number(
    "ai.usage.inputTokenDetails.cacheReadTokens",
    "ai.usage.cachedInputTokens",
  );
  return {
    inputTokens,
    outputTokens: r.number("ai.usage.outputTokens", "ai.usage.completionTokens"),
    cacheReadTokens: cacheReadTokens ?? anthropicUsage(r, "cache_read_input_tokens"),
    cacheWriteTokens:
      r.number("ai.usage.inputTokenDetails.cacheWriteTokens") ??
      anthropicUsage(r, "cache_creation_input_tokens"),
    reasoningTokens: r.number("ai.usage.outputTokenDetails.reasoningTokens", "ai.usage.reasoningTokens"),
    // Up to version 5 the count of Anthropic's API came through as it was: without cached tokens.
    exclusive: inputTokens !== undefined && inputTokens === anthropicUsage(r, "input_tokens"),
  };
}

function anthropicUsage(r: Reader, field: string): number | undefined {
  const metadata = r.object("ai.response.providerMetadata");
  const anthropic = metadata && firstObject(metadata, "anthropic");
  const counts = anthropic && firstObject(anthropic, "usage");
  const count = counts && own(counts, field);
  return typeof count === "number" && count >= 0 ? count : undefined;
}

/** The answer is spread over attributes: reasoning, text, files and tool calls. */
function outputMessages(r: Reader): Message[] | undefined {
  const text = r.text("ai.response.text", "ai.result.text");
  const reasoning = r.json("ai.response.reasoning");
  const calls = r.json("ai.response.toolCalls", "ai.result.toolCalls");
  const files = r.json("ai.response.files");
  const object = r.text("ai.response.object", "ai.result.object");
  // The outer span adds the calls of all steps to the last one's text; they were answered on the way.
  const open = text === undefined || kind(r) !== "agent" ? objects(calls) : [];
  const parts = r.found("ai.response", (found): Part[] => [
    ...contentParts(reasoning ?? null, found).map(
      (part): Part => (part.type === "text" ? { type: "reasoning", text: part.text } : part),
    ),
    ...contentParts(text ?? object ?? null, found),
    ...objects(files).map((file) => parsePart({ type: "file", ...file }, found)),
    ...open.flatMap((call) => parseToolCall(call, found) ?? []),
  ]);
  return parts.length > 0 ? [{ role: "assistant", parts }] : undefined;
}

const objects = (value: Json | undefined) => (Array.isArray(value) ? value.filter(isJsonObject) : []);

/** A list of JSON texts: tool definitions, values to embed, documents to rank. */
const parsedItems = (value: Json | undefined): Json | undefined =>
  Array.isArray(value) ? value.map((item) => (typeof item === "string" ? jsonOrText(item) : item)) : value;
