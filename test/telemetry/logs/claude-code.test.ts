import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/model/json.ts";
import type { Span } from "../../../src/model/span.ts";
import { normalizeLogs } from "../../../src/telemetry/logs/index.ts";
import type { RawLog } from "../../../src/telemetry/raw.ts";

const context = { arrivedUs: 5 };
const T0 = 1_772_359_200_000_000n;

/** As the SDK sends them: the full name is the body, `event.name` is short, numbers may be text. */
function event(name: string, seconds: number, attributes: JsonObject, ids: Partial<RawLog> = {}): RawLog {
  return {
    eventName: null,
    timeNs: (T0 + BigInt(seconds) * 1_000_000n) * 1000n,
    traceId: null,
    spanId: null,
    body: `claude_code.${name}`,
    attributes: { "event.name": name, "session.id": "s1", "prompt.id": "p1", "user.id": "u1", ...attributes },
    resource: { "service.name": "claude-code" },
    scope: { name: "com.anthropic.claude_code.events", version: "2" },
    ...ids,
  };
}

const prompt = event("user_prompt", 0, { prompt: "Fix it", prompt_length: "6" });
const request = event("api_request", 5, {
  model: "claude-sonnet-5",
  cost_usd: "0.25",
  duration_ms: "2000",
  input_tokens: "3",
  output_tokens: 40,
  cache_read_tokens: 1000,
  cache_creation_tokens: "100",
  request_id: "req_1",
});
const response = event("assistant_response", 5, {
  response: "Done.",
  request_id: "req_1",
  model: "claude-sonnet-5",
});
const decision = event("tool_decision", 6, {
  tool_name: "Bash",
  tool_use_id: "t1",
  decision: "accept",
  source: "config",
});
const result = event("tool_result", 8, {
  tool_name: "Bash",
  tool_use_id: "t1",
  success: "false",
  duration_ms: 1500,
  error_type: "ShellError",
  error: "exit 1",
  tool_input: '{"command":"npm test"}',
});
const all = [prompt, request, response, decision, result];

const byName = (spans: readonly Span[]) => new Map(spans.map((span) => [span.name, span]));
const isStub = (span: Span | undefined) => span?.findings.some((finding) => finding.code === "stub");

describe("Claude Code's log records", () => {
  it("make one trace of a prompt: agent, model call, tool call", () => {
    const { spans, ignored } = normalizeLogs(all, context);
    expect(ignored).toBe(0);
    expect(new Set(spans.map((span) => span.traceId)).size).toBe(1);
    const names = byName(spans);
    const root = names.get("claude_code.interaction");
    expect(root).toMatchObject({
      kind: "agent",
      parentSpanId: null,
      sessionId: "s1",
      userId: "u1",
      startUs: Number(T0),
    });
    expect(isStub(root)).toBe(false);
    expect(root?.content.inputMessages).toEqual([
      { role: "user", parts: [{ type: "text", text: "Fix it" }] },
    ]);
    expect(names.get("claude_code.llm_request")).toMatchObject({
      kind: "llm",
      parentSpanId: root?.spanId,
      model: "claude-sonnet-5",
      costUsd: 0.25,
      costSource: "reported",
      responseId: "req_1",
      startUs: Number(T0) + 3_000_000,
      endUs: Number(T0) + 5_000_000,
      usage: { inputTokens: 1103, outputTokens: 40, cacheReadTokens: 1000, cacheWriteTokens: 100 },
      content: { outputMessages: [{ role: "assistant", parts: [{ type: "text", text: "Done." }] }] },
    });
    const tool = names.get("execute_tool Bash");
    expect(tool).toMatchObject({
      status: "error",
      errorType: "ShellError",
      statusMessage: "exit 1",
      toolCallId: "t1",
    });
    expect(tool?.content.input).toEqual({ command: "npm test" });
    expect(tool?.tags).toMatchObject({ decision: "accept", decision_source: "config" });
    expect(isStub(tool)).toBe(false);
  });

  it("give the same ids however they are batched, ordered or repeated", () => {
    const ids = (batches: RawLog[][]) =>
      [
        ...new Set(
          batches.flatMap((batch) => normalizeLogs(batch, context).spans.map((span) => span.spanId)),
        ),
      ].sort();
    const together = ids([all]);
    expect(together).toHaveLength(3);
    expect(ids(all.map((log) => [log]))).toEqual(together);
    expect(ids([[...all].reverse(), all])).toEqual(together);
  });

  it("hold a tree together with a stub until the prompt's own record comes", () => {
    const { spans } = normalizeLogs([request], context);
    const root = byName(spans).get("claude_code.interaction");
    expect(isStub(root)).toBe(true);
    expect(spans).toHaveLength(2);
  });

  it("do not double what tracing reports: they fill the named span", () => {
    const ids = { traceId: "a".repeat(32), spanId: "b".repeat(16) };
    const { spans } = normalizeLogs(
      [prompt, request, response, result].map((log) => ({ ...log, ...ids })),
      context,
    );
    expect(spans).toHaveLength(1);
    const [span] = spans;
    expect(span).toMatchObject({ ...ids, endUs: null, costUsd: null, usage: { inputTokens: null } });
    expect(isStub(span)).toBe(true);
    expect(span?.content.inputMessages).not.toBeNull();
    expect(span?.content.outputMessages).not.toBeNull();
    expect(span?.source.events.map((item) => item.name)).toEqual([
      "user_prompt",
      "api_request",
      "assistant_response",
      "tool_result",
    ]);
  });

  it("say what the agent withheld, and show refusals and failures", () => {
    const { spans } = normalizeLogs(
      [
        event("user_prompt", 0, { prompt: "<REDACTED>" }),
        event("api_error", 3, {
          error: "overloaded",
          status_code: 529,
          duration_ms: 10,
          request_id: "req_9",
        }),
        event("tool_decision", 4, {
          tool_name: "Write",
          tool_use_id: "t2",
          decision: "reject",
          source: "user_reject",
        }),
        event("mcp_server_connection", 5, { status: "connected" }),
      ],
      context,
    );
    const names = byName(spans);
    expect(names.get("claude_code.interaction")?.findings).toEqual([
      { code: "redacted_by_source", detail: "prompt" },
    ]);
    expect(names.get("claude_code.llm_request")).toMatchObject({
      status: "error",
      statusMessage: "overloaded",
      errorType: "529",
    });
    expect(names.get("execute_tool Write")).toMatchObject({ status: "error", errorType: "tool_rejected" });
    expect(names.get("claude_code.mcp_server_connection")).toMatchObject({ kind: "other" });
  });

  it("leave ordinary application logs alone, and count them", () => {
    const plain = {
      ...prompt,
      body: "GET /",
      attributes: {},
      resource: {},
      scope: { name: "app", version: "" },
    };
    expect(normalizeLogs([plain, plain], context)).toEqual({
      spans: [],
      media: [],
      assessments: [],
      ignored: 2,
    });
  });
});
