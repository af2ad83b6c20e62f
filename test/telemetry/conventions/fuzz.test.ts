import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../../src/model/json.ts";
import { Message } from "../../../src/model/message.ts";
import { Span } from "../../../src/model/span.ts";
import { normalizeSpan, parseMessages } from "../../../src/telemetry/conventions/index.ts";
import { arrivedUs, rawEvent, rawSpan } from "./raw.ts";

/** Every attribute name that a convention reads, so that arbitrary values reach its code. */
const KEYS = [
  "gen_ai.operation.name",
  "gen_ai.input.messages",
  "gen_ai.output.messages",
  "gen_ai.system_instructions",
  "gen_ai.usage.input_tokens",
  "gen_ai.usage.cache_read.input_tokens",
  "gen_ai.usage.total_tokens",
  "gen_ai.prompt",
  "gen_ai.prompt.0.content",
  "gen_ai.prompt.0.role",
  "gen_ai.prompt.name",
  "gen_ai.completion.0.tool_calls.0.name",
  "gen_ai.tool.name",
  "gen_ai.tool.call.arguments",
  "gen_ai.tool.call.result",
  "gen_ai.tool.definitions",
  "gen_ai.retrieval.documents",
  "gen_ai.response.finish_reasons",
  "gen_ai.usage.input_token_details",
  "openinference.span.kind",
  "input.value",
  "output.value",
  "llm.input_messages.0.message.role",
  "llm.input_messages.0.message.contents.0.message_content.type",
  "llm.output_messages.99999999.message.content",
  "llm.tools.0.tool.json_schema",
  "retrieval.documents.0.document.score",
  "metadata",
  "tag.tags",
  "llm.cost.total",
  "traceloop.span.kind",
  "traceloop.entity.input",
  "traceloop.association.properties.session_id",
  "ai.operationId",
  "ai.prompt",
  "ai.prompt.messages",
  "ai.response.toolCalls",
  "ai.response.files",
  "ai.response.providerMetadata",
  "ai.prompt.tools",
  "ai.toolCall.result",
  "ai.telemetry.metadata.a",
  "mlflow.spanType",
  "mlflow.spanInputs",
  "mlflow.chat.tokenUsage",
  "mlflow.llm.cost",
  "mlflow.linkedPrompts",
  "langsmith.span.kind",
  "langsmith.span.tags",
  "langsmith.metadata.thread_id",
  "langfuse.observation.type",
  "langfuse.observation.input",
  "langfuse.observation.usage_details",
  "langfuse.observation.cost_details",
  "langfuse.observation.completion_start_time",
  "langfuse.trace.tags",
  "pydantic_ai.all_messages",
  "events",
  "final_result",
  "logfire.span_type",
  "logfire.pending_parent_id",
  "model_request_parameters",
  "gcp.vertex.agent.llm_request",
  "gcp.vertex.agent.tool_response",
  "span.type",
  "success",
  "error",
  "input_tokens",
  "user_prompt",
  "event.name",
  "prompt",
  "evalwright.prompt",
  "session.id",
  "user.id",
  "service.name",
  "error.type",
  "vcs.ref.head.revision",
  "__proto__",
  "constructor",
] as const;
const SCOPES = [
  "",
  "ai",
  "gen_ai",
  "langfuse-sdk",
  "langsmith",
  "pydantic-ai",
  "logfire",
  "mlflow",
  "traceloop",
  "openinference.instrumentation.beeai",
  "com.anthropic.claude_code.tracing",
  "codex_otel",
  "crewai.telemetry",
  "gcp.vertex.agent",
  "opentelemetry.instrumentation.bedrock",
] as const;
/** Words that message parsers look for. */
const WORDS = [
  "role",
  "user",
  "assistant",
  "tool",
  "content",
  "parts",
  "type",
  "text",
  "tool_call",
  "tool_use",
  "tool_result",
  "functionCall",
  "image_url",
  "source",
  "data",
  "base64",
  "url",
  "messages",
  "choices",
  "message",
  "kwargs",
  "id",
  "constructor",
  "name",
  "arguments",
  "function",
  "tool_calls",
  "output",
  "result",
  "blob",
  "thinking",
  "reasoning",
  "contents",
  "config",
  "system",
  "prompt",
  "__proto__",
  "toString",
  "kind",
  "file",
  "Buffer",
] as const;

const word = fc.oneof({ weight: 4, arbitrary: fc.constantFrom<string>(...WORDS) }, fc.string());
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 5, depthSize: "small" },
    word,
    // JSON has no negative zero.
    fc.double().map((number) => (number === 0 ? 0 : number)),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("json"), { maxLength: 4 }),
    fc.dictionary(word, tie("json"), { maxKeys: 6, noNullPrototype: false }),
  ),
}));
const cutJson = fc
  .tuple(json, fc.nat(400))
  .map(([value, length]) => (JSON.stringify(value) ?? "").slice(0, length));
const attribute = fc.oneof(
  json,
  cutJson,
  json.map((value) => JSON.stringify(value) ?? ""),
);
const attributes: fc.Arbitrary<JsonObject> = fc.dictionary(
  fc.oneof({ weight: 20, arbitrary: fc.constantFrom<string>(...KEYS) }, fc.string()),
  attribute,
  { maxKeys: 14 },
);
const ns = fc.bigInt({ min: -1n, max: 2n ** 64n });

describe("fuzz", () => {
  it("any attributes give a valid span, and never an error", () => {
    const events = fc.array(
      fc.tuple(
        fc.constantFrom(
          "exception",
          "gen_ai.choice",
          "gen_ai.tool.message",
          "gen_ai.content.prompt",
          "tool.output",
          "gen_ai.client.inference.operation.details",
          "db.query.result",
        ),
        attributes,
      ),
      { maxLength: 3 },
    );
    const input = fc.record({
      attributes,
      resource: attributes,
      events,
      scope: fc.constantFrom(...SCOPES),
      start: ns,
      end: ns,
    });
    let messages = 0;
    fc.assert(
      fc.property(input, ({ attributes, resource, events, scope, start, end }) => {
        const raw = rawSpan(attributes, {
          resource,
          scope: { name: scope, version: "" },
          startNs: start,
          endNs: end,
          parentSpanId: "00f067aa0ba902b7",
          events: events.map(([name, values]) => rawEvent(name, values)),
        });
        const { span, media } = normalizeSpan(raw, { arrivedUs });
        expect(Span.parse(span)).toEqual(span);
        expect(JSON.parse(JSON.stringify(span))).toEqual(span);
        expect(media.every((item) => /^[0-9a-f]{32}$/.test(item.hash))).toBe(true);
        messages += span.content.inputMessages?.length ?? 0;
      }),
      { numRuns: 3_000 },
    );
    expect(messages).toBeGreaterThan(50);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it("any value gives messages or none", () => {
    fc.assert(
      fc.property(attribute, (value) => {
        const messages = parseMessages(value);
        if (messages) expect(Message.array().parse(messages)).toEqual(messages);
      }),
      { numRuns: 3_000 },
    );
  });
});
