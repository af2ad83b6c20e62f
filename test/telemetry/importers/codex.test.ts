import { describe, expect, it } from "vitest";
import { collectFile, jsonl, ofKind, only, said } from "./collect.ts";

const ID = "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee";
let second = 0;
const line = (type: string, payload: object) => ({
  timestamp: new Date(Date.UTC(2026, 0, 2, 3, 0, second++)).toISOString(),
  type,
  payload,
});
const item = (payload: object) => line("response_item", payload);
const said_ = (role: string, text: string) =>
  item({
    type: "message",
    role,
    content: [{ type: role === "assistant" ? "output_text" : "input_text", text }],
  });
const tokens = (total: number, last?: number, cached = 0) =>
  line("event_msg", {
    type: "token_count",
    info: {
      total_token_usage: {
        input_tokens: total,
        cached_input_tokens: cached,
        output_tokens: 10,
        total_tokens: total + 10,
      },
      ...(last === undefined
        ? {}
        : {
            last_token_usage: {
              input_tokens: last,
              cached_input_tokens: cached,
              output_tokens: 10,
              reasoning_output_tokens: 4,
            },
          }),
    },
  });

const rollout = () => [
  line("session_meta", {
    id: ID,
    cwd: "/repo",
    originator: "codex_cli_rs",
    cli_version: "1.0",
    model_provider: "openai",
    git: { commit_hash: "abc", branch: "main" },
  }),
  line("turn_context", { model: "gpt-5.2-codex", approval_policy: "never" }),
  said_("user", "<environment_context>cwd</environment_context>"),
  line("event_msg", { type: "user_message", message: "List files" }),
  said_("user", "List files"),
  item({ type: "reasoning", summary: [{ type: "summary_text", text: "I look." }], encrypted_content: "xx" }),
  item({ type: "function_call", name: "exec_command", arguments: '{"cmd":"ls"}', call_id: "call_1" }),
  tokens(100, 100, 60),
  tokens(100, 100, 60),
  item({
    type: "function_call_output",
    call_id: "call_1",
    output: '{"output":"a.txt","metadata":{"exit_code":2}}',
  }),
  said_("assistant", "There is a.txt."),
  tokens(350, 250),
  said_("user", "Thanks"),
  said_("assistant", "Welcome."),
  line("future_record", { any: 1 }),
];

describe("Codex rollouts", () => {
  it("make a trace of each user message, without what events repeat", async () => {
    const { report, spans } = await collectFile(jsonl(...rollout()));
    expect(only(report.details).format).toBe("codex");
    const asked = ofKind(spans, "agent");
    expect(asked.map((span) => said(span.content.inputMessages))).toEqual([
      ["user: List files"],
      ["user: Thanks"],
    ]);
    expect(said(ofKind(spans, "llm")[0]?.content.inputMessages ?? null)).toEqual([
      "user: <environment_context>cwd</environment_context>",
      "user: List files",
    ]);
    expect(asked.map((span) => said(span.content.outputMessages))).toEqual([
      ["assistant: There is a.txt."],
      ["assistant: Welcome."],
    ]);
    expect(new Set(spans.map((span) => span.sessionId))).toEqual(new Set([ID]));
    expect(asked[0]).toMatchObject({ commit: "abc", tags: { cwd: "/repo", git_branch: "main" } });
  });

  it("give each answer its own tokens, once, though totals grow and events are sent again", async () => {
    const { spans } = await collectFile(jsonl(...rollout()));
    const calls = ofKind(spans, "llm");
    expect(calls.map((span) => span.usage.inputTokens)).toEqual([100, 250, null]);
    expect(calls[0]).toMatchObject({
      model: "gpt-5.2-codex",
      usage: { cacheReadTokens: 60, reasoningTokens: 4 },
    });
  });

  it("take differences when only totals are told", async () => {
    const { spans } = await collectFile(
      jsonl(
        line("session_meta", { id: ID }),
        said_("user", "a"),
        said_("assistant", "b"),
        tokens(100),
        said_("user", "c"),
        said_("assistant", "d"),
        tokens(350),
      ),
    );
    expect(ofKind(spans, "llm").map((span) => span.usage.inputTokens)).toEqual([100, 250]);
  });

  it("keep a tool call with its failure", async () => {
    const { spans } = await collectFile(jsonl(...rollout()));
    const tool = only(ofKind(spans, "tool"));
    expect(tool).toMatchObject({ toolName: "exec_command", status: "error", toolCallId: "call_1" });
    expect(tool.content).toMatchObject({ input: { cmd: "ls" }, output: "a.txt" });
  });

  it("show a compaction as what stands for the history", async () => {
    const { spans } = await collectFile(
      jsonl(
        line("session_meta", { id: ID }),
        said_("user", "a"),
        said_("assistant", "b"),
        line("compacted", { message: "We spoke of a." }),
        said_("assistant", "c"),
      ),
    );
    expect(ofKind(spans, "llm").map((span) => said(span.content.inputMessages))).toEqual([
      ["user: a"],
      ["user: compaction We spoke of a."],
    ]);
  });

  it("count unknown lines and broken ones, and read on", async () => {
    const { report, spans } = await collectFile(
      jsonl(...rollout().slice(0, 5), "{", '"word"', ...rollout().slice(5)),
    );
    const skipped = Object.fromEntries(only(report.details).skipped.map((skip) => [skip.reason, skip.count]));
    expect(skipped).toMatchObject({
      "not valid JSON": 1,
      "not a line of a rollout": 1,
      "lines of an unknown type": 1,
    });
    expect(ofKind(spans, "tool")).toHaveLength(1);
  });

  it("read older files without wrapped lines; their times are marked as made up", async () => {
    const { report, spans } = await collectFile(
      jsonl(
        { id: ID, timestamp: "2025-06-01T10:00:00.000Z", instructions: null, git: { branch: "main" } },
        { record_type: "state" },
        { type: "message", role: "user", content: [{ type: "input_text", text: "Hi" }] },
        { record_type: "state" },
        { type: "message", role: "assistant", content: [{ type: "output_text", text: "Hello" }] },
      ),
    );
    expect(only(report.details).format).toBe("codex");
    expect(only(ofKind(spans, "agent"))).toMatchObject({
      sessionId: ID,
      tags: { imported_time: "synthetic" },
    });
    expect(said(only(ofKind(spans, "llm")).content.outputMessages)).toEqual(["assistant: Hello"]);
    expect(only(ofKind(spans, "agent")).startUs).toBeGreaterThan(Date.UTC(2025, 5, 1) * 1000);
  });
});
