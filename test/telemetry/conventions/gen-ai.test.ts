import { describe, expect, it } from "vitest";
import { rawEvent } from "./raw.ts";
import { read, said, usage } from "./read.ts";

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

  // strands-agents/sdk-python src/strands/telemetry/tracer.py: Bedrock blocks as JSON in events
  it("reads events as Strands writes them, also of tools", () => {
    const call = read(
      { "gen_ai.operation.name": "chat" },
      {
        events: [
          rawEvent("gen_ai.user.message", { content: '[{"text":"Hi"}]' }),
          rawEvent("gen_ai.choice", {
            finish_reason: "tool_use",
            message: '[{"text":"Let me see."},{"toolUse":{"toolUseId":"c","name":"f","input":{"a":1}}}]',
          }),
        ],
      },
    );
    expect(call.content.inputMessages).toEqual([said("user", "Hi")]);
    expect(call.content.outputMessages).toEqual([
      {
        role: "assistant",
        parts: [
          { type: "text", text: "Let me see." },
          { type: "tool_call", id: "c", name: "f", arguments: { a: 1 } },
        ],
      },
    ]);
    expect(call.finishReasons).toEqual(["tool_use"]);
    const tool = read(
      { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "f" },
      {
        events: [
          rawEvent("gen_ai.tool.message", { role: "tool", content: '{"a":1}', id: "c" }),
          rawEvent("gen_ai.choice", { message: '[{"text":"done"}]', id: "c" }),
        ],
      },
    );
    expect(tool.content).toMatchObject({ input: { a: 1 }, output: "done" });
  });

  // Azure AI inference, semantic-kernel: the whole body as JSON
  it("reads events whose body is one attribute", () => {
    const events = [
      rawEvent("gen_ai.user.message", { "gen_ai.event.content": '{"role":"user","content":"Hi"}' }),
      rawEvent("gen_ai.choice", {
        "gen_ai.event.content":
          '{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Hello"}}',
      }),
    ];
    const { content, finishReasons } = read({ "gen_ai.operation.name": "chat" }, { events });
    expect(content.inputMessages).toEqual([said("user", "Hi")]);
    expect(content.outputMessages).toEqual([said("assistant", "Hello")]);
    expect(finishReasons).toEqual(["stop"]);
  });
});
