import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/model/json.ts";
import { normalizeLogs } from "../../../src/telemetry/logs/index.ts";
import type { RawLog } from "../../../src/telemetry/raw.ts";

const context = { arrivedUs: 5 };

/** Fields as codex-rs/otel writes them: most numbers are text, the time is an attribute. */
const event = (name: string, second: number, attributes: JsonObject): RawLog => ({
  eventName: null,
  timeNs: 0n,
  traceId: null,
  spanId: null,
  body: null,
  attributes: {
    "event.name": `codex.${name}`,
    "event.timestamp": `2026-03-01T10:00:0${second}.000Z`,
    "conversation.id": "c1",
    "app.version": "0.9",
    model: "gpt-5.2-codex",
    ...attributes,
  },
  resource: { "service.name": "codex_cli_rs" },
  scope: { name: "codex_otel", version: "" },
});

const logs = [
  event("conversation_starts", 0, {
    provider_name: "OpenAI",
    approval_policy: "never",
    sandbox_policy: "read-only",
  }),
  event("user_prompt", 1, { prompt: "List files", prompt_length: "10" }),
  event("api_request", 3, { duration_ms: "500", "http.response.status_code": 200, attempt: 0 }),
  event("sse_event", 3, { "event.kind": "response.output_text.delta", duration_ms: "1" }),
  event("sse_event", 4, {
    "event.kind": "response.completed",
    input_token_count: "900",
    output_token_count: "20",
    cached_token_count: 800,
    reasoning_token_count: 5,
    tool_token_count: "920",
  }),
  event("tool_decision", 4, { tool_name: "shell", call_id: "k1", decision: "approved", source: "config" }),
  event("tool_result", 6, {
    tool_name: "shell",
    call_id: "k1",
    arguments: '{"cmd":["ls"]}',
    duration_ms: "1000",
    success: "true",
    output: "a.txt",
  }),
];

describe("Codex's log records", () => {
  it("make one trace of a conversation: prompts, answers with their tokens, tool calls", () => {
    const { spans } = normalizeLogs(logs, context);
    expect(new Set(spans.map((span) => `${span.traceId} ${span.sessionId}`)).size).toBe(1);
    const kinds = new Map(spans.map((span) => [span.kind, span]));
    expect(spans).toHaveLength(4);
    const root = kinds.get("agent");
    expect(root).toMatchObject({
      agentName: "codex",
      findings: [],
      tags: { approval_policy: "never", "app.version": "0.9" },
    });
    expect(kinds.get("human")?.content.inputMessages).toEqual([
      { role: "user", parts: [{ type: "text", text: "List files" }] },
    ]);
    const at = (second: number) => Date.UTC(2026, 2, 1, 10, 0, second) * 1000;
    expect(kinds.get("llm")).toMatchObject({
      parentSpanId: root?.spanId,
      model: "gpt-5.2-codex",
      startUs: at(2) + 500_000,
      endUs: at(4),
      usage: { inputTokens: 900, outputTokens: 20, cacheReadTokens: 800, reasoningTokens: 5 },
    });
    expect(kinds.get("tool")).toMatchObject({
      status: "ok",
      startUs: at(5),
      endUs: at(6),
      tags: { decision: "approved" },
      content: { input: { cmd: ["ls"] }, output: "a.txt" },
    });
  });

  it("give the same ids however they are batched", () => {
    const ids = (batches: RawLog[][]) =>
      [
        ...new Set(
          batches.flatMap((batch) => normalizeLogs(batch, context).spans.map((span) => span.spanId)),
        ),
      ].sort();
    expect(ids(logs.map((log) => [log]))).toEqual(ids([logs]));
    expect(ids([[...logs].reverse()])).toEqual(ids([logs]));
  });

  it("show failures, refusals and what was withheld", () => {
    const { spans } = normalizeLogs(
      [
        event("user_prompt", 1, { prompt: "[REDACTED]" }),
        event("api_request", 2, {
          "http.response.status_code": 429,
          "error.message": "slow down",
          duration_ms: "5",
        }),
        event("sse_event", 3, { "event.kind": "response.failed", "error.message": "broke" }),
        event("tool_decision", 4, { tool_name: "shell", call_id: "k2", decision: "denied", source: "user" }),
        event("tool_result", 5, {
          tool_name: "shell",
          call_id: "k3",
          success: "false",
          output: "no such file",
          duration_ms: "1",
        }),
      ],
      context,
    );
    expect(
      spans.filter((span) => span.kind === "llm").map((span) => [span.errorType, span.statusMessage]),
    ).toEqual([
      ["429", "slow down"],
      ["response_failed", "broke"],
    ]);
    expect(spans.filter((span) => span.kind === "tool").map((span) => span.errorType)).toEqual([
      "tool_rejected",
      "tool_error",
    ]);
    expect(spans.find((span) => span.kind === "human")?.findings).toEqual([
      { code: "redacted_by_source", detail: "prompt" },
    ]);
  });
});
