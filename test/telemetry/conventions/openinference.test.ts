import { describe, expect, it } from "vitest";
import { rawEvent } from "./raw.ts";
import { read, said, scope, usage } from "./read.ts";

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

  // openinference-instrumentation-langchain 0.1.80 (Python) and 4.1.1 (JavaScript), as they export an agent
  it("reads LangChain agents and the messages that their tools answer with", () => {
    const agent = read({
      "openinference.span.kind": "AGENT",
      "llm.input_messages.0.message.role": "user",
      "input.value": '{"messages": [{"role": "user", "content": "Hi"}]}',
      "output.value": '{"messages": [{"type": "ai", "data": {"type": "ai", "content": "Hello"}}]}',
      metadata: '{"lc_agent_name": "support", "session_id": "s"}',
    });
    expect(agent).toMatchObject({ agentName: "support", sessionId: "s" });
    expect(agent.content.inputMessages).toEqual([said("user", "Hi")]);
    expect(agent.content.outputMessages).toEqual([said("assistant", "Hello")]);

    const data = { type: "tool", content: "21 degrees", tool_call_id: "call_1", name: "weather" };
    const outputs = [
      { type: "tool", data },
      {
        output: {
          lc: 1,
          type: "constructor",
          id: ["langchain_core", "messages", "ToolMessage"],
          kwargs: data,
        },
      },
      data,
    ];
    for (const output of outputs) {
      const tool = read({ "openinference.span.kind": "TOOL", "output.value": JSON.stringify(output) });
      expect([tool.toolCallId, tool.content.output]).toEqual(["call_1", "21 degrees"]);
    }
    const other = read({ "openinference.span.kind": "TOOL", "output.value": '{"output":{"data":{"a":1}}}' });
    expect([other.toolCallId, other.content.output]).toEqual([null, { output: { data: { a: 1 } } }]);
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
