import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/model/json.ts";
import { Span } from "../../../src/model/span.ts";
import { normalizeSpan } from "../../../src/telemetry/conventions/index.ts";
import type { RawSpan } from "../../../src/telemetry/raw.ts";
import { arrivedUs, rawEvent, rawSpan, START_US } from "./raw.ts";

const read = (attributes: JsonObject, more: Partial<RawSpan> = {}): Span =>
  Span.parse(normalizeSpan(rawSpan(attributes, more), { arrivedUs }).span);
const scope = (name: string) => ({ scope: { name, version: "" } });
const said = (role: "user" | "assistant" | "system", text: string) => ({
  role,
  parts: [{ type: "text", text }],
});
const usage = (
  input: number,
  output: number,
  read: number | null = null,
  write: number | null = null,
  reasoning: number | null = null,
) => ({
  inputTokens: input,
  outputTokens: output,
  cacheReadTokens: read,
  cacheWriteTokens: write,
  reasoningTokens: reasoning,
});

// https://github.com/open-telemetry/semantic-conventions-genai/tree/main/docs/gen-ai
describe("OpenTelemetry GenAI", () => {
  it("reads a call whose content is structured", () => {
    const span = read({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "openai",
      "gen_ai.request.model": "gpt-5",
      "gen_ai.response.model": "gpt-5-2025-08-07",
      "gen_ai.response.id": "chatcmpl-1",
      "gen_ai.response.finish_reasons": ["stop"],
      "gen_ai.response.time_to_first_chunk": 0.25,
      "gen_ai.conversation.id": "conv-1",
      "gen_ai.agent.name": "support",
      "gen_ai.prompt.name": "support-prompt",
      "gen_ai.system_instructions": [{ type: "text", content: "Be nice." }],
      "gen_ai.input.messages": [{ role: "user", parts: [{ type: "text", content: "Hi" }] }],
      "gen_ai.output.messages": [
        { role: "assistant", parts: [{ type: "text", content: "Hello" }], finish_reason: "stop" },
      ],
      "gen_ai.tool.definitions": '[{"type":"function","name":"f"}]',
      "gen_ai.usage.input_tokens": 100,
      "gen_ai.usage.output_tokens": 20,
      "gen_ai.usage.cache_read.input_tokens": 80,
      "gen_ai.usage.cache_creation.input_tokens": 5,
      "gen_ai.usage.reasoning.output_tokens": 7,
    });
    expect(span).toMatchObject({
      kind: "llm",
      provider: "openai",
      model: "gpt-5-2025-08-07",
      responseId: "chatcmpl-1",
      finishReasons: ["stop"],
      timeToFirstTokenMs: 250,
      sessionId: "conv-1",
      agentName: "support",
      prompts: [{ name: "support-prompt", version: null }],
      usage: usage(100, 20, 80, 5, 7),
      findings: [],
      content: {
        system: [{ type: "text", text: "Be nice." }],
        inputMessages: [said("user", "Hi")],
        outputMessages: [said("assistant", "Hello")],
        toolDefinitions: [{ type: "function", name: "f" }],
      },
    });
  });

  it("reads tools, retrieval and memory", () => {
    const tool = read({
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "weather",
      "gen_ai.tool.call.id": "call_1",
      "gen_ai.tool.call.arguments": '{"city":"Berlin"}',
      "gen_ai.tool.call.result": { degrees: 21 },
    });
    expect(tool).toMatchObject({
      kind: "tool",
      toolName: "weather",
      toolCallId: "call_1",
      content: { input: { city: "Berlin" }, output: { degrees: 21 }, inputMessages: null },
    });
    const retrieval = read({
      "gen_ai.operation.name": "retrieval",
      "gen_ai.retrieval.query.text": "refunds",
      "gen_ai.retrieval.documents": '[{"id":"d1","score":0.9,"content":"30 days","metadata":{"page":2}}]',
    });
    expect(retrieval.kind).toBe("retrieval");
    expect(retrieval.content.input).toBe("refunds");
    expect(retrieval.content.documents).toEqual([
      { id: "d1", content: "30 days", score: 0.9, metadata: { page: 2 } },
    ]);
    expect(read({ "gen_ai.operation.name": "search_memory" }).kind).toBe("memory");
  });

  it("reads the deprecated names, indexed messages and events", () => {
    const indexed = read({
      "gen_ai.system": "openai",
      "gen_ai.request.model": "gpt-4o",
      "gen_ai.usage.prompt_tokens": "10",
      "gen_ai.usage.completion_tokens": 2,
      "gen_ai.prompt.10.role": "user",
      "gen_ai.prompt.10.content": "Second",
      "gen_ai.prompt.2.role": "system",
      "gen_ai.prompt.2.content": "First",
      "gen_ai.prompt.name": "p",
      "gen_ai.completion.0.role": "assistant",
      "gen_ai.completion.0.finish_reason": "tool_calls",
      "gen_ai.completion.0.tool_calls.0.id": "c",
      "gen_ai.completion.0.tool_calls.0.name": "f",
      "gen_ai.completion.0.tool_calls.0.arguments": '{"a":1}',
    });
    expect(indexed.kind).toBe("llm");
    expect(indexed.usage).toEqual(usage(10, 2));
    expect(indexed.finishReasons).toEqual(["tool_calls"]);
    expect(indexed.content.inputMessages).toEqual([said("system", "First"), said("user", "Second")]);
    expect(indexed.content.outputMessages?.[0]?.parts).toEqual([
      { type: "tool_call", id: "c", name: "f", arguments: { a: 1 } },
    ]);

    const events = read(
      { "gen_ai.operation.name": "chat" },
      {
        events: [
          rawEvent("gen_ai.system.message", { content: "Be nice." }),
          rawEvent("gen_ai.user.message", { content: "Hi" }),
          rawEvent("gen_ai.tool.message", { id: "c", content: '{"a":1}' }),
          rawEvent("gen_ai.choice", {
            index: 0,
            finish_reason: "stop",
            message: '{"role":"assistant","content":"Hello"}',
          }),
        ],
      },
    );
    expect(events.content.inputMessages).toEqual([
      said("system", "Be nice."),
      said("user", "Hi"),
      { role: "tool", parts: [{ type: "tool_result", id: "c", name: null, result: '{"a":1}' }] },
    ]);
    expect(events.content.outputMessages).toEqual([said("assistant", "Hello")]);
    expect(events.finishReasons).toEqual(["stop"]);
  });

  it("reads the content that is on the details event only", () => {
    const details = rawEvent("gen_ai.client.inference.operation.details", {
      "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"Hi"}]}]',
      "gen_ai.output.messages": [{ role: "assistant", parts: [{ type: "text", content: "Hello" }] }],
      "gen_ai.system_instructions": [{ type: "text", content: "Be nice." }],
    });
    const { content } = read({ "gen_ai.operation.name": "chat" }, { events: [details] });
    expect(content.inputMessages).toEqual([said("user", "Hi")]);
    expect(content.outputMessages).toEqual([said("assistant", "Hello")]);
    expect(content.system).toEqual([{ type: "text", text: "Be nice." }]);
  });
});

// https://arize-ai.github.io/openinference/spec/attributes/semantic-conventions.html
describe("OpenInference", () => {
  it("reads a call", () => {
    const span = read(
      {
        "openinference.span.kind": "LLM",
        "llm.model_name": "gpt-4o",
        "llm.provider": "openai",
        "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.contents.0.message_content.type": "text",
        "llm.input_messages.0.message.contents.0.message_content.text": "Hi",
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.tool_calls.0.tool_call.id": "c",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "f",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": '{"a":1}',
        "llm.tools.0.tool.json_schema": '{"name":"f"}',
        "llm.token_count.prompt": 9,
        "llm.token_count.completion": 3,
        "llm.token_count.prompt_details.cache_read": 4,
        "llm.cost.total": 0.5,
        "input.value": '{"messages":["not read"]}',
        "input.mime_type": "application/json",
        "session.id": "s",
        "user.id": "u",
        metadata: '{"plan":"pro","nested":{"a":1}}',
        "tag.tags": ["beta"],
        "llm.prompt_template.version": "3",
      },
      scope("openinference.instrumentation.openai"),
    );
    expect(span).toMatchObject({
      kind: "llm",
      costUsd: 0.5,
      costSource: "reported",
      sessionId: "s",
      userId: "u",
      usage: usage(9, 3, 4),
      tags: { plan: "pro", nested: '{"a":1}', beta: "true" },
    });
    expect(span.content.inputMessages).toEqual([said("user", "Hi")]);
    expect(span.content.outputMessages?.[0]?.parts).toEqual([
      { type: "tool_call", id: "c", name: "f", arguments: { a: 1 } },
    ]);
    expect(span.content.toolDefinitions).toEqual([{ name: "f" }]);
    expect(span.content.input).toBeNull();
  });

  it("reads retrievers, rerankers, tools and the other kinds", () => {
    const retriever = read({
      "openinference.span.kind": "RETRIEVER",
      "input.value": "refunds",
      "retrieval.documents.0.document.id": "d1",
      "retrieval.documents.0.document.content": "30 days",
      "retrieval.documents.0.document.score": 0.5,
      "retrieval.documents.0.document.metadata": '{"page":1}',
    });
    expect([retriever.kind, retriever.content.input]).toEqual(["retrieval", "refunds"]);
    expect(retriever.content.documents).toMatchObject([{ id: "d1", content: "30 days", score: 0.5 }]);
    const reranker = read({
      "openinference.span.kind": "RERANKER",
      "reranker.output_documents.0.document.content": "30 days",
    });
    expect(reranker.content.documents).toEqual([{ id: null, content: "30 days", score: null }]);
    const tool = read({
      "openinference.span.kind": "TOOL",
      "tool.name": "weather",
      "tool.parameters": '{"city":"Berlin"}',
      "output.value": "21",
    });
    expect(tool).toMatchObject({
      kind: "tool",
      toolName: "weather",
      content: { input: { city: "Berlin" }, output: "21" },
    });
    const kinds = ["GUARDRAIL", "EVALUATOR", "EMBEDDING", "AGENT", "CHAIN"].map(
      (kind) => read({ "openinference.span.kind": kind }).kind,
    );
    expect(kinds).toEqual(["guardrail", "evaluator", "embedding", "agent", "workflow"]);
  });
});

// traceloop/openllmetry packages/opentelemetry-semantic-conventions-ai/opentelemetry/semconv_ai/__init__.py
describe("OpenLLMetry", () => {
  it("reads tools, sessions, tags and the hits of vector stores", () => {
    const tool = read({
      "traceloop.span.kind": "tool",
      "traceloop.entity.name": "weather",
      "traceloop.entity.input": '{"inputs":{"city":"Berlin"},"kwargs":{}}',
      "traceloop.entity.output": '{"degrees":21}',
      "traceloop.association.properties.session_id": "s",
      "traceloop.association.properties.user_id": "u",
      "traceloop.association.properties.plan": "pro",
      "traceloop.prompt.key": "greeting",
      "traceloop.prompt.version": 4,
    });
    expect(tool).toMatchObject({
      kind: "tool",
      toolName: "weather",
      sessionId: "s",
      userId: "u",
      tags: { plan: "pro" },
      prompts: [{ name: "greeting", version: "4" }],
      content: { input: { city: "Berlin" }, output: { degrees: 21 } },
    });
    const store = read(
      { "db.system": "chroma", "db.operation": "query" },
      {
        events: [
          rawEvent("db.query.result", { "db.query.result.id": "d1", "db.query.result.document": "30 days" }),
        ],
      },
    );
    expect(store.kind).toBe("retrieval");
    expect(store.content.documents).toEqual([{ id: "d1", content: "30 days", score: null }]);
    expect(read({ "llm.request.type": "chat" }).kind).toBe("llm");
  });
});

// https://ai-sdk.dev/docs/ai-sdk-core/telemetry ; versions that the installed SDK no longer writes
describe("AI SDK, older versions", () => {
  it("reads version 4 names, metadata, and streams", () => {
    const span = read(
      {
        "ai.operationId": "ai.streamText.doStream",
        "ai.model.id": "gpt-4o",
        "ai.model.provider": "openai.chat",
        "ai.prompt.messages": '[{"role":"user","content":[{"type":"text","text":"Hi"}]}]',
        "ai.result.text": "Hello",
        "ai.usage.promptTokens": 10,
        "ai.usage.completionTokens": 2,
        "ai.response.msToFirstChunk": 120,
        "ai.telemetry.metadata.sessionId": "s",
        "ai.telemetry.metadata.userId": "u",
        "ai.telemetry.metadata.plan": "pro",
        "ai.telemetry.functionId": "chat",
      },
      scope("ai"),
    );
    expect(span).toMatchObject({
      kind: "llm",
      sessionId: "s",
      userId: "u",
      agentName: "chat",
      timeToFirstTokenMs: 120,
      usage: usage(10, 2),
      tags: { plan: "pro" },
    });
    expect(span.content.outputMessages).toEqual([said("assistant", "Hello")]);
  });

  it("makes Anthropic's counts inclusive where they came through as they were", () => {
    const span = read(
      {
        "ai.operationId": "ai.generateText.doGenerate",
        "ai.usage.inputTokens": 20,
        "ai.usage.outputTokens": 5,
        "ai.usage.cachedInputTokens": 10,
        "ai.response.providerMetadata": JSON.stringify({
          anthropic: {
            usage: { input_tokens: 20, cache_read_input_tokens: 10, cache_creation_input_tokens: 4 },
          },
        }),
      },
      scope("ai"),
    );
    expect(span.usage).toEqual(usage(34, 5, 10, 4));
    expect(span.findings.map((finding) => finding.code)).toEqual(["usage_exclusive"]);
  });
});

// https://mlflow.org/docs/latest/genai/tracing/opentelemetry/attribute-mapping
describe("MLflow", () => {
  it("reads JSON attributes, and a count of zero", () => {
    const span = read({
      "mlflow.spanType": '"CHAT_MODEL"',
      "mlflow.llm.model": '"gpt-4o"',
      "mlflow.llm.provider": '"openai"',
      "mlflow.spanInputs": '{"messages":[{"role":"user","content":"Hi"}]}',
      "mlflow.spanOutputs":
        '{"choices":[{"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]}',
      "mlflow.chat.tokenUsage": '{"input_tokens":5,"output_tokens":0,"total_tokens":5}',
      "mlflow.llm.cost": '{"total_cost":0.01}',
      "mlflow.trace.session": '"s"',
      "mlflow.linkedPrompts": '[{"name":"p","version":"2"}]',
    });
    expect(span).toMatchObject({
      kind: "llm",
      model: "gpt-4o",
      provider: "openai",
      sessionId: "s",
      costUsd: 0.01,
      usage: usage(5, 0),
      prompts: [{ name: "p", version: "2" }],
      finishReasons: ["stop"],
    });
    expect(span.content.inputMessages).toEqual([said("user", "Hi")]);
    expect(span.content.outputMessages).toEqual([said("assistant", "Hello")]);
    const tool = read(
      { "mlflow.spanType": "TOOL", "mlflow.spanInputs": '{"a":1}', "mlflow.spanOutputs": '"x"' },
      { name: "f" },
    );
    expect(tool).toMatchObject({ kind: "tool", toolName: "f", content: { input: { a: 1 }, output: "x" } });
  });
});

// langchain-ai/langsmith-sdk python/langsmith/_internal/otel/_otel_exporter.py
describe("LangSmith", () => {
  it("reads a call, and does not take its project for a session", () => {
    const span = read(
      {
        "langsmith.span.kind": "llm",
        "gen_ai.operation.name": "chat",
        "langsmith.trace.session_id": "a-project",
        "langsmith.metadata.thread_id": "thread-1",
        "langsmith.metadata.user_id": "u",
        "langsmith.metadata.ls_provider": "openai",
        "langsmith.span.tags": "beta, eu",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.response.finish_reasons": "stop, length",
        "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 4,
        "gen_ai.usage.total_tokens": 14,
        "gen_ai.usage.input_token_details": "{'cache_read': 6}",
        "gen_ai.usage.output_token_details": "{'reasoning': 3}",
        "gen_ai.prompt":
          '{"messages":[[{"lc":1,"type":"constructor","id":["HumanMessage"],"kwargs":{"content":"Hi"}}]]}',
        "gen_ai.completion":
          '{"generations":[[{"text":"Hello","type":"ChatGeneration","message":{"lc":1,"type":"constructor","id":["AIMessage"],"kwargs":{"content":"Hello"}}}]]}',
      },
      scope("langsmith"),
    );
    expect(span).toMatchObject({
      kind: "llm",
      sessionId: "thread-1",
      userId: "u",
      provider: "openai",
      finishReasons: ["stop", "length"],
      usage: usage(10, 4, 6, null, 3),
    });
    expect(span.tags).toMatchObject({ beta: "true", eu: "true" });
    expect(span.content.inputMessages).toEqual([said("user", "Hi")]);
    expect(span.content.outputMessages).toEqual([said("assistant", "Hello")]);
  });

  it("knows a retriever in spite of its operation's name", () => {
    const span = read({
      "langsmith.span.kind": "retriever",
      "gen_ai.operation.name": "embeddings",
      "gen_ai.prompt": '{"query":"refunds"}',
      "gen_ai.completion": '{"documents":[{"page_content":"30 days","metadata":{"source":"faq"}}]}',
    });
    expect(span.kind).toBe("retrieval");
    expect(span.content.documents).toMatchObject([{ content: "30 days", metadata: { source: "faq" } }]);
  });
});

// https://langfuse.com/integrations/native/opentelemetry
describe("Langfuse", () => {
  const generation = {
    "langfuse.observation.type": "generation",
    "langfuse.observation.model.name": "gpt-4o",
    "langfuse.observation.input": '[{"role":"user","content":"Hi"}]',
    "langfuse.observation.output": "Hello",
    "langfuse.observation.cost_details": '{"input":0.1,"output":0.2}',
    "langfuse.observation.prompt.name": "support",
    "langfuse.observation.prompt.version": 7,
    "langfuse.session.id": "s",
    "langfuse.user.id": "u",
    "langfuse.trace.tags": ["beta"],
    "langfuse.trace.metadata.plan": "pro",
    "langfuse.environment": "staging",
    "langfuse.release": "1.4",
    "langfuse.observation.completion_start_time": `"${new Date(START_US / 1_000 + 300).toISOString()}"`,
  };
  it("reads a generation and adds its exclusive buckets up", () => {
    const details = { input: 10, input_cached_tokens: 4, output: 5, output_reasoning_tokens: 2, total: 21 };
    const span = read({ ...generation, "langfuse.observation.usage_details": JSON.stringify(details) });
    expect(span).toMatchObject({
      kind: "llm",
      sessionId: "s",
      userId: "u",
      release: "1.4",
      timeToFirstTokenMs: 300,
      prompts: [{ name: "support", version: "7" }],
      tags: { beta: "true", plan: "pro", environment: "staging" },
      usage: usage(14, 7, 4, null, 2),
    });
    expect(span.costUsd).toBeCloseTo(0.3, 9);
    expect(span.content.inputMessages).toEqual([said("user", "Hi")]);
    expect(span.content.outputMessages).toEqual([said("assistant", "Hello")]);
  });
  it("sees by the total that an application filled them with inclusive counts", () => {
    const details = { input: 10, input_cached_tokens: 4, output: 5, total: 15 };
    expect(read({ "langfuse.observation.usage_details": details }).usage).toEqual(usage(10, 5, 4));
  });
  it("reads errors", () => {
    const span = read({
      "langfuse.observation.type": "tool",
      "langfuse.observation.level": "ERROR",
      "langfuse.observation.status_message": "no seats",
    });
    expect([span.kind, span.status, span.statusMessage, span.toolName]).toEqual([
      "tool",
      "error",
      "no seats",
      "span",
    ]);
  });
});

// pydantic/pydantic-ai pydantic_ai_slim/pydantic_ai/models/instrumented.py ; pydantic/logfire logfire/_internal/tracer.py
describe("pydantic-ai and Logfire", () => {
  it("reads an agent's run and its renamed usage", () => {
    const span = read(
      {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "joker",
        model_name: "gpt-4o",
        "gen_ai.aggregated_usage.input_tokens": 30,
        "gen_ai.aggregated_usage.output_tokens": 6,
        "gen_ai.aggregated_usage.details.cache_read_tokens": 20,
        "operation.cost": 0.002,
        final_result: "Ha",
        "pydantic_ai.all_messages": JSON.stringify([
          { role: "user", parts: [{ type: "text", content: "Joke?" }] },
          {
            role: "assistant",
            parts: [
              { type: "thinking", content: "Hm." },
              { type: "text", content: "Ha" },
            ],
          },
        ]),
      },
      scope("pydantic-ai"),
    );
    expect(span).toMatchObject({
      kind: "agent",
      agentName: "joker",
      model: "gpt-4o",
      costUsd: 0.002,
      usage: usage(30, 6, 20),
    });
    expect(span.content.inputMessages).toEqual([said("user", "Joke?")]);
    expect(span.content.outputMessages?.[0]?.parts).toEqual([
      { type: "reasoning", text: "Hm." },
      { type: "text", text: "Ha" },
    ]);
    const tool = read(
      { "gen_ai.tool.name": "f", tool_arguments: '{"a":1}', tool_response: "x" },
      scope("pydantic-ai"),
    );
    expect(tool).toMatchObject({ kind: "tool", content: { input: { a: 1 }, output: "x" } });
  });

  it("makes a pending span the running span that it announces", () => {
    const span = read(
      { "logfire.span_type": "pending_span", "logfire.pending_parent_id": "1111111111111111" },
      { spanId: "2222222222222222", parentSpanId: "3333333333333333", ...scope("logfire") },
    );
    expect([span.spanId, span.parentSpanId, span.endUs, span.findings]).toEqual([
      "3333333333333333",
      "1111111111111111",
      null,
      [],
    ]);
    const root = read(
      { "logfire.span_type": "pending_span", "logfire.pending_parent_id": "0000000000000000" },
      { parentSpanId: "3333333333333333" },
    );
    expect(root.parentSpanId).toBeNull();
  });
});

// google/adk-python src/google/adk/telemetry
describe("Google ADK", () => {
  it("reads requests, answers and tools", () => {
    const call = read(
      {
        "gen_ai.system": "gcp.vertex.agent",
        "gcp.vertex.agent.session_id": "s",
        "gcp.vertex.agent.llm_request":
          '{"model":"gemini-2.0-flash","config":{"system_instruction":"Be nice.","tools":[{"function_declarations":[{"name":"f"}]}]},"contents":[{"role":"user","parts":[{"text":"Hi"}]}]}',
        "gcp.vertex.agent.llm_response":
          '{"content":{"role":"model","parts":[{"text":"Hello"}]},"finish_reason":"STOP"}',
      },
      scope("gcp.vertex.agent"),
    );
    expect(call).toMatchObject({ kind: "llm", sessionId: "s", finishReasons: ["STOP"] });
    expect(call.content.inputMessages).toEqual([said("system", "Be nice."), said("user", "Hi")]);
    expect(call.content.outputMessages).toEqual([said("assistant", "Hello")]);
    expect(call.content.toolDefinitions).toEqual([{ function_declarations: [{ name: "f" }] }]);
    const tool = read(
      {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "f",
        "gcp.vertex.agent.llm_request": "{}",
        "gcp.vertex.agent.tool_call_args": '{"a":1}',
        "gcp.vertex.agent.tool_response": '{"b":2}',
      },
      scope("gcp.vertex.agent"),
    );
    expect(tool).toMatchObject({ kind: "tool", content: { input: { a: 1 }, output: { b: 2 } } });
  });
});

// https://code.claude.com/docs/en/monitoring-usage
describe("Claude Code", () => {
  const claude = scope("com.anthropic.claude_code.tracing");
  it("adds cached tokens, which its counts leave out", () => {
    const span = read(
      {
        "span.type": "claude_code.llm_request",
        model: "claude-opus-4-8",
        "gen_ai.system": "anthropic",
        input_tokens: 12,
        output_tokens: 40,
        cache_read_tokens: 1000,
        cache_creation_tokens: 30,
        ttft_ms: 700,
        "session.id": "s",
        success: true,
        user_prompt: "<REDACTED>",
        "response.model_output": "Done.",
      },
      claude,
    );
    expect(span).toMatchObject({
      kind: "llm",
      model: "claude-opus-4-8",
      sessionId: "s",
      status: "unset",
      timeToFirstTokenMs: 700,
    });
    expect(span.usage).toEqual(usage(1042, 40, 1000, 30));
    expect(span.findings.map((finding) => finding.code).sort()).toEqual([
      "redacted_by_source",
      "usage_exclusive",
    ]);
    expect(span.content.inputMessages).toBeNull();
    expect(span.content.outputMessages).toEqual([said("assistant", "Done.")]);
  });

  it("reads tools, whose result is an event", () => {
    const span = read(
      {
        "span.type": "tool",
        tool_name: "Bash",
        "gen_ai.tool.call.id": "t1",
        full_command: "ls",
        success: "false",
        error: "exit 1",
      },
      { ...claude, events: [rawEvent("tool.output", { output: "no such file" })] },
    );
    expect(span).toMatchObject({
      kind: "tool",
      toolName: "Bash",
      toolCallId: "t1",
      status: "error",
      statusMessage: "exit 1",
      content: { input: { command: "ls" }, output: "no such file" },
    });
  });
});

// openai/codex codex-rs/otel: the span-side copies of its events
describe("Codex", () => {
  it("reads numbers that are text", () => {
    const codex = scope("codex_otel");
    const call = read(
      {
        "event.name": "codex.sse_event",
        "conversation.id": "c",
        model: "gpt-5.2-codex",
        input_token_count: "100",
        output_token_count: "9",
        cached_token_count: "60",
        reasoning_token_count: "4",
      },
      codex,
    );
    expect(call).toMatchObject({
      kind: "llm",
      sessionId: "c",
      model: "gpt-5.2-codex",
      usage: usage(100, 9, 60, null, 4),
    });
    const tool = read(
      {
        "event.name": "codex.tool_result",
        tool_name: "shell",
        call_id: "t",
        arguments: '{"cmd":"ls"}',
        output: "a",
        success: "false",
      },
      codex,
    );
    expect(tool).toMatchObject({
      kind: "tool",
      toolName: "shell",
      toolCallId: "t",
      status: "error",
      content: { input: { cmd: "ls" }, output: "a" },
    });
  });
});
