import { describe, expect, it } from "vitest";
import { START_US } from "./raw.ts";
import { read, said, scope, usage } from "./read.ts";

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
        "langsmith.metadata.lc_hub_repo": "react",
        "langsmith.metadata.lc_hub_commit_hash": "d15fe3c4",
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
      prompts: [{ name: "react", version: "d15fe3c4" }],
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
