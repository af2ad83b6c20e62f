import type { SpanKind } from "../../model/span.ts";
import { parseDocuments } from "./documents.ts";
import type { Convention } from "./fields.ts";
import { eventMessages, indexedMessages, toolEvent } from "./gen-ai-deprecated.ts";
import { promptRef } from "./prompt-ref.ts";
import type { Reader } from "./reader.ts";

/** `gen_ai.operation.name`, the specified values and those seen in the wild. */
const KINDS: ReadonlyMap<string, SpanKind> = new Map<string, SpanKind>([
  ["chat", "llm"],
  ["text_completion", "llm"],
  ["generate_content", "llm"],
  ["completion", "llm"],
  ["response", "llm"],
  ["responses", "llm"],
  ["message", "llm"],
  ["embeddings", "embedding"],
  ["retrieval", "retrieval"],
  ["rerank", "rerank"],
  ["execute_tool", "tool"],
  ["invoke_agent", "agent"],
  ["create_agent", "agent"],
  ["plan", "agent"],
  ["agent_step", "workflow"],
  ["execute_task", "workflow"],
  ["invoke_workflow", "workflow"],
  ["evaluate", "evaluator"],
]);

function kind(reader: Reader): SpanKind | undefined {
  const operation = reader.text("gen_ai.operation.name");
  if (operation !== undefined)
    return KINDS.get(operation) ?? (operation.includes("memory") ? "memory" : undefined);
  if (reader.text("gen_ai.tool.name") !== undefined) return "tool";
  return undefined;
}

const INPUT = ["gen_ai.input.messages", "gen_ai.input_messages"] as const;
const OUTPUT = ["gen_ai.output.messages", "gen_ai.output_messages"] as const;

/**
 * OpenTelemetry GenAI semantic conventions, current and deprecated names.
 * https://github.com/open-telemetry/semantic-conventions-genai
 */
export const genAi: Convention = {
  name: "gen_ai",
  scope:
    /^(gen_ai|opentelemetry\.instrumentation\.|agent_framework|strands|com\.anthropic\.(sdk|claude-platform))/,
  words: ["gen_ai", "enduser"],
  fields: {
    kind,
    sessionId: (r) => r.text("gen_ai.conversation.id", "gen_ai.session.id"),
    userId: (r) => r.text("enduser.id", "gen_ai.user"),
    agentName: (r) => r.text("gen_ai.agent.name"),
    provider: (r) => r.text("gen_ai.provider.name", "gen_ai.system"),
    model: (r) => r.text("gen_ai.response.model", "gen_ai.request.model"),
    toolName: (r) => r.text("gen_ai.tool.name"),
    toolCallId: (r) => r.text("gen_ai.tool.call.id"),
    finishReasons: (r) => r.list("gen_ai.response.finish_reasons", "gen_ai.response.finish_reason"),
    usage,
    costUsd: (r) => r.number("gen_ai.usage.cost", "gen_ai.usage.total_cost", "gen_ai.cost.total_cost"),
    timeToFirstTokenMs(r) {
      const seconds = r.number("gen_ai.response.time_to_first_chunk", "gen_ai.server.time_to_first_token");
      return seconds === undefined ? undefined : seconds * 1000;
    },
    responseId: (r) => r.text("gen_ai.response.id"),
    prompts: (r) => promptRef(r.text("gen_ai.prompt.name"), r.text("gen_ai.prompt.version")),
    system: (r) =>
      r.system("gen_ai.system_instructions", "gen_ai.system.instructions") ??
      detail(r, (d) => d.system("gen_ai.system_instructions")),
    inputMessages: (r) =>
      r.messages("user", ...INPUT) ??
      detail(r, (d) => d.messages("user", ...INPUT)) ??
      indexedMessages(r, "gen_ai.prompt", "user") ??
      eventMessages(r, "user"),
    outputMessages: (r) =>
      r.messages("assistant", ...OUTPUT) ??
      detail(r, (d) => d.messages("assistant", ...OUTPUT)) ??
      indexedMessages(r, "gen_ai.completion", "assistant") ??
      eventMessages(r, "assistant"),
    input: (r) =>
      r.json(
        "gen_ai.tool.call.arguments",
        "gen_ai.retrieval.query.text",
        "gen_ai.retrieval.query",
        ...INPUT,
      ) ?? toolEvent(r, "gen_ai.tool.message", "content"),
    output: (r) => r.json("gen_ai.tool.call.result", ...OUTPUT) ?? toolEvent(r, "gen_ai.choice", "message"),
    toolDefinitions: (r) => r.json("gen_ai.tool.definitions", "gen_ai.request.tools"),
    documents: (r) => parseDocuments(r.json("gen_ai.retrieval.documents")),
  },
};

/** Agents restate their calls under a name of its own (pydantic-ai); the roll-up rule counts them once. */
const counted = (...names: readonly string[]): readonly string[] => [
  ...names.map((name) => `gen_ai.usage.${name}`),
  ...names.map((name) => `gen_ai.aggregated_usage.${name}`),
];

const INPUT_TOKENS = counted("input_tokens", "prompt_tokens");
const OUTPUT_TOKENS = counted("output_tokens", "completion_tokens");
const CACHE_READ_TOKENS = counted(
  "cache_read.input_tokens",
  "cache_read_input_tokens",
  "input_tokens.cached",
  "details.cache_read_tokens",
  "details.cached_tokens",
  "details.cache_read_input_tokens",
);
const CACHE_WRITE_TOKENS = counted(
  "cache_creation.input_tokens",
  "cache_creation_input_tokens",
  "cache_write_input_tokens",
  "details.cache_write_tokens",
  "details.cache_creation_input_tokens",
);
const REASONING_TOKENS = counted(
  "reasoning.output_tokens",
  "reasoning_tokens",
  "output_tokens.reasoning",
  "details.reasoning_tokens",
);
const TOTAL_TOKENS = [...counted("total_tokens"), "llm.usage.total_tokens"];

function usage(r: Reader) {
  const inputTokens = r.number(...INPUT_TOKENS);
  const outputTokens = r.number(...OUTPUT_TOKENS);
  const cacheReadTokens = r.number(...CACHE_READ_TOKENS);
  const cacheWriteTokens = r.number(...CACHE_WRITE_TOKENS);
  const total = r.number(...TOTAL_TOKENS);
  return {
    inputTokens,
    outputTokens,
    cacheReadTokens,
    cacheWriteTokens,
    reasoningTokens: r.number(...REASONING_TOKENS),
    // Amazon Bedrock counts cached tokens apart, and these instrumentations copy its counts.
    exclusive:
      /bedrock|botocore/i.test(r.raw.scope.name) ||
      (total !== undefined &&
        (cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0) > 0 &&
        total ===
          (inputTokens ?? 0) + (outputTokens ?? 0) + (cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0)),
  };
}

/** The event that carries the whole exchange when the span itself does not. */
function detail<T>(r: Reader, read: (event: Reader) => T | undefined): T | undefined {
  const event = r.raw.events.find((e) => e.name === "gen_ai.client.inference.operation.details");
  return event && read(r.over(event.attributes));
}
