import type { SpanKind } from "../../model/span.ts";
import type { Convention } from "./fields.ts";
import type { Reader } from "./reader.ts";

const KINDS: ReadonlyMap<string, SpanKind> = new Map<string, SpanKind>([
  ["codex.tool_result", "tool"],
  ["codex.tool_decision", "guardrail"],
  ["codex.user_prompt", "human"],
  ["codex.sse_event", "llm"],
  ["codex.api_request", "other"],
  ["codex.conversation_starts", "agent"],
]);

const event = (r: Reader) => r.text("event.name") ?? r.raw.name;

/**
 * OpenAI Codex. Most of its telemetry is log events; the copies on spans carry the same attribute names, and numbers
 * often as text. codex-rs/otel in https://github.com/openai/codex
 */
export const codex: Convention = {
  name: "codex",
  scope: /^codex/,
  words: ["codex", "conversation"],
  fields: {
    kind: (r) => KINDS.get(event(r)),
    status: (r) =>
      r.text("success") === "false" || r.text("error.message") !== undefined ? "error" : undefined,
    statusMessage: (r) => r.text("error.message"),
    sessionId: (r) => r.text("conversation.id", "conversation_id", "thread.id"),
    userId: (r) => r.text("user.account_id", "user.email"),
    agentName: (r) => r.text("originator"),
    provider: (r) => r.text("provider_name"),
    model: (r) => r.text("model", "slug"),
    toolName: (r) => r.text("tool_name"),
    toolCallId: (r) => r.text("call_id"),
    usage: (r) => ({
      inputTokens: r.number("input_token_count"),
      outputTokens: r.number("output_token_count"),
      cacheReadTokens: r.number("cached_token_count"),
      reasoningTokens: r.number("reasoning_token_count"),
    }),
    inputMessages: (r) => r.textMessage("user", r.text("prompt")),
    input: (r) => r.json("arguments"),
    output: (r) => r.json("output"),
  },
};
