import { describe, expect, it } from "vitest";
import { read, said, scope, usage } from "./read.ts";

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

// pydantic/pydantic-ai pydantic_ai_slim/pydantic_ai/models/instrumented.py ; pydantic/logfire logfire/_internal/tracer.py
describe("pydantic-ai and Logfire", () => {
  it("reads tools as the GenAI attribute says them, else as the library's own request", () => {
    const own = JSON.stringify({ function_tools: [{ name: "f", kind: "function", metadata: null }] });
    const said = JSON.stringify([{ type: "function", name: "f" }]);
    const tools = (attributes: Record<string, string>) =>
      read({ "gen_ai.operation.name": "chat", ...attributes }, scope("pydantic-ai")).content.toolDefinitions;
    expect(tools({ model_request_parameters: own, "gen_ai.tool.definitions": said })).toEqual([
      { type: "function", name: "f" },
    ]);
    expect(tools({ model_request_parameters: own })).toEqual([
      { name: "f", kind: "function", metadata: null },
    ]);
  });

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

  // logfire/_internal/integrations/llm_providers: the SDKs' own requests and answers
  it("reads the calls that Logfire instruments itself", () => {
    const span = read(
      {
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.usage.output_tokens": 2,
        request_data: '{"model":"gpt-4o","messages":[{"role":"user","content":"Hi"}]}',
        response_data: '{"message":{"role":"assistant","content":"Hello"}}',
      },
      scope("logfire.openai"),
    );
    expect(span.kind).toBe("llm");
    expect(span.content.inputMessages).toEqual([said("user", "Hi")]);
    expect(span.content.outputMessages).toEqual([said("assistant", "Hello")]);
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
