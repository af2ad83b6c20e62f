import { describe, expect, it } from "vitest";
import { rawEvent } from "./raw.ts";
import { read, said, scope, usage } from "./read.ts";

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
