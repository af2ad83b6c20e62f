import { describe, expect, it } from "vitest";
import { collectFile, jsonl, ofKind, only, said } from "./collect.ts";

const tools = [{ type: "function", function: { name: "weather", parameters: {} } }];
const conversation = {
  messages: [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Weather?" },
    {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "c1", type: "function", function: { name: "weather", arguments: '{"at":"Oslo"}' } }],
    },
    { role: "tool", tool_call_id: "c1", content: "rain" },
    { role: "assistant", content: "It rains." },
    { role: "user", content: "Thanks" },
  ],
  tools,
};

describe("chat messages", () => {
  it("of a whole conversation make a chain of model calls that is the conversation", async () => {
    const { report, spans } = await collectFile(jsonl(conversation));
    expect(only(report.details).format).toBe("chat");
    const root = only(ofKind(spans, "agent"));
    expect(root.tags).toEqual({ imported_time: "synthetic" });
    const calls = ofKind(spans, "llm");
    expect(
      calls.map((span) => [said(span.content.inputMessages), said(span.content.outputMessages)]),
    ).toEqual([
      [["system: Be brief.", "user: Weather?"], ["assistant: call weather"]],
      [['tool: result "rain"'], ["assistant: It rains."]],
    ]);
    expect(calls[0]?.content.toolDefinitions).toEqual(tools);
    const tool = only(ofKind(spans, "tool"));
    expect(tool).toMatchObject({ toolName: "weather", parentSpanId: root.spanId });
    expect(tool.content).toMatchObject({ input: { at: "Oslo" }, output: "rain" });
    expect(said(only(ofKind(spans, "human")).content.inputMessages)).toEqual(["user: Thanks"]);
  });

  it("of a request with its answer make one model call with its times and tokens", async () => {
    const { spans } = await collectFile(
      jsonl({
        timestamp: "2026-02-01T00:00:00Z",
        latency_ms: 1500,
        session_id: "s-3",
        request: { model: "gpt-4o", messages: [{ role: "user", content: "Hi" }] },
        response: {
          id: "chatcmpl-1",
          model: "gpt-4o-2024-08-06",
          choices: [{ message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
          usage: { prompt_tokens: 9, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 4 } },
        },
      }),
    );
    const call = only(spans);
    expect(call).toMatchObject({
      kind: "llm",
      model: "gpt-4o-2024-08-06",
      sessionId: "s-3",
      responseId: "chatcmpl-1",
      tags: {},
    });
    expect(call.usage).toMatchObject({ inputTokens: 9, outputTokens: 2, cacheReadTokens: 4 });
    expect((call.endUs ?? 0) - call.startUs).toBe(1_500_000);
    expect(said(call.content.outputMessages)).toEqual(["assistant: Hello"]);
  });

  it("take batch files, a list, lists a line, and a message a line by session", async () => {
    const message = (role: string, content: string) => ({ role, content });
    const batch = await collectFile(
      jsonl({
        custom_id: "r1",
        method: "POST",
        url: "/v1",
        body: { model: "m", messages: [message("user", "q")] },
      }),
    );
    expect(only(ofKind(batch.spans, "agent")).tags).toMatchObject({ id: "r1" });
    const list = await collectFile(
      JSON.stringify([message("user", "q"), message("assistant", "a")], null, 1),
    );
    expect(list.report.taken.traces).toBe(1);
    const lists = await collectFile(
      jsonl([message("user", "q"), message("assistant", "a")], [message("user", "q2")]),
    );
    expect(lists.report.taken.traces).toBe(2);
    const rows = await collectFile(
      jsonl(
        { conversation_id: "x", ...message("user", "1") },
        { conversation_id: "x", ...message("assistant", "2") },
        { conversation_id: "y", ...message("user", "3") },
      ),
    );
    expect(rows.report.taken).toMatchObject({ traces: 2, sessions: 2 });
  });

  it("keep equal lines apart, give the same ids again, and count lines without messages", async () => {
    const rows = jsonl(conversation, conversation, { messages: [] }, { prompt: "x" }, "[");
    const first = await collectFile(rows);
    const again = await collectFile(rows);
    expect(first.report.taken.traces).toBe(2);
    expect(again.spans.map((span) => span.spanId)).toEqual(first.spans.map((span) => span.spanId));
    const skipped = Object.fromEntries(
      only(first.report.details).skipped.map((skip) => [skip.reason, skip.lines]),
    );
    expect(skipped).toEqual({ "no chat messages": [3, 4], "not valid JSON": [5] });
  });

  it("are not broken by hostile keys and shapes", async () => {
    const hostile = `{"messages":[{"role":"user","content":"q","__proto__":{"x":1}}],"metadata":{"__proto__":"y","constructor":"z"},"tags":["__proto__",1]}`;
    const { spans } = await collectFile(`${hostile}\n`);
    expect(Object.keys(only(ofKind(spans, "agent")).tags).sort()).toEqual(["constructor", "imported_time"]);
    const deep = `{"messages":[{"role":"user","content":${"[".repeat(5000)}${"]".repeat(5000)}}]}`;
    const { report } = await collectFile(jsonl(conversation, deep));
    expect(report.taken.traces).toBe(1);
    expect(only(only(report.details).skipped)).toMatchObject({
      reason: "nested deeper than 200 levels",
      lines: [2],
    });
  });
});
