import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { spanIdOf, traceIdOf } from "../../../src/telemetry/synthetic.ts";
import { collect, collectFile, jsonl, newFolder, ofKind, only, said } from "./collect.ts";

const SESSION = "7f1c0f9e-1111-4222-8333-000000000001";
let second = 0;
const at = () => new Date(Date.UTC(2026, 5, 1, 10, 0, second++)).toISOString();
const common = (uuid: string, extra: object = {}) => ({
  uuid,
  parentUuid: null,
  isSidechain: false,
  sessionId: SESSION,
  cwd: "/repo",
  version: "2.1.0",
  timestamp: at(),
  ...extra,
});
const user = (uuid: string, content: unknown, extra: object = {}) => ({
  type: "user",
  ...common(uuid, extra),
  message: { role: "user", content },
});
const assistant = (uuid: string, id: string, content: unknown[], usage: object, extra: object = {}) => ({
  type: "assistant",
  ...common(uuid, { requestId: `req_${id}`, ...extra }),
  message: {
    id,
    type: "message",
    role: "assistant",
    model: "claude-sonnet-5",
    stop_reason: "end_turn",
    content,
    usage,
  },
});
const result = (uuid: string, id: string, content: unknown, extra: object = {}, isError = false) => ({
  ...user(uuid, [{ type: "tool_result", tool_use_id: id, content, is_error: isError }]),
  ...extra,
});
const text = (words: string) => ({ type: "text", text: words });
const call = (id: string, name: string, input: object) => ({ type: "tool_use", id, name, input });
const usage = (output: number) => ({
  input_tokens: 3,
  cache_creation_input_tokens: 100,
  cache_read_input_tokens: 1000,
  output_tokens: output,
});

const transcript = () => [
  { type: "summary", summary: "Tests", leafUuid: "x" },
  user("u1", "Run the tests", { promptId: "prompt-1" }),
  assistant("a1", "m1", [text("I run them.")], usage(5)),
  assistant("a2", "m1", [call("toolu_1", "Bash", { command: "npm test" })], usage(40)),
  assistant("a2", "m1", [call("toolu_1", "Bash", { command: "npm test" })], usage(40)),
  result("u2", "toolu_1", "1 failed", { toolUseResult: { stdout: "1 failed", exitCode: 1 } }, true),
  assistant("a3", "m2", [text("One test failed.")], usage(7)),
  user("u3", [text("Fix it")], { promptId: "prompt-2" }),
  assistant("a4", "m3", [text("Fixed.")], usage(9)),
];

describe("Claude Code transcripts", () => {
  it("make a trace of each prompt, with inclusive tokens counted once per answer", async () => {
    const { report, spans } = await collectFile(jsonl(...transcript()));
    expect(report.taken).toEqual({ traces: 2, spans: 6, sessions: 1, feedback: 0 });
    const [root] = ofKind(spans, "agent");
    expect(root).toMatchObject({ sessionId: SESSION, agentName: "claude-code", parentSpanId: null });
    expect(said(root?.content.inputMessages ?? null)).toEqual(["user: Run the tests"]);
    expect(said(root?.content.outputMessages ?? null)).toEqual(["assistant: One test failed."]);
    const calls = ofKind(spans, "llm");
    expect(calls.map((span) => span.usage.inputTokens)).toEqual([1103, 1103, 1103]);
    expect(calls.map((span) => span.usage.outputTokens)).toEqual([40, 7, 9]);
    expect(calls.map((span) => said(span.content.inputMessages))).toEqual([
      ["user: Run the tests"],
      ['tool: result "1 failed"'],
      ["user: Fix it"],
    ]);
    expect(said(calls[0]?.content.outputMessages ?? null)).toEqual(["assistant: I run them. + call Bash"]);
  });

  it("keep a tool call's arguments, result and failure", async () => {
    const { spans } = await collectFile(jsonl(...transcript()));
    const tool = only(ofKind(spans, "tool"));
    expect(tool).toMatchObject({
      toolName: "Bash",
      toolCallId: "toolu_1",
      status: "error",
      statusMessage: "1 failed",
    });
    expect(tool.content.input).toEqual({ command: "npm test" });
    expect(tool.content.output).toBe("1 failed");
    expect(tool.source.attributes["claude_code.tool_use_result"]).toEqual({
      stdout: "1 failed",
      exitCode: 1,
    });
    expect(tool.endUs).toBeGreaterThan(tool.startUs);
  });

  it("have the ids that Claude Code's log records of the same prompt give", async () => {
    const { spans } = await collectFile(jsonl(...transcript()));
    const traceId = traceIdOf("claude-code", "prompt-1");
    expect(ofKind(spans, "agent")[0]).toMatchObject({ traceId, spanId: spanIdOf(traceId, "root") });
    expect(ofKind(spans, "llm")[0]?.spanId).toBe(spanIdOf(traceId, "llm", "req_m1"));
    expect(only(ofKind(spans, "tool")).spanId).toBe(spanIdOf(traceId, "tool", "toolu_1"));
  });

  it("show a compaction as what stands for the history, and notices as the system's words", async () => {
    const { spans } = await collectFile(
      jsonl(
        user("c0", "Caveat: local commands", { isMeta: true }),
        user("c1", "This session continues. Summary: we planned.", { isCompactSummary: true }),
        user("c2", "Go on"),
        assistant("c3", "m9", [text("Going on.")], usage(1)),
      ),
    );
    expect(said(only(ofKind(spans, "llm")).content.inputMessages)).toEqual([
      "system: Caveat: local commands",
      "user: compaction This session continues. Summary: we planned.",
      "user: Go on",
    ]);
    expect(ofKind(spans, "agent")).toHaveLength(1);
  });

  it("nest a sidechain in the same file under the call that started it", async () => {
    const side = { isSidechain: true };
    const { spans } = await collectFile(
      jsonl(
        user("s1", "Look around"),
        assistant(
          "s2",
          "m1",
          [call("toolu_t", "Task", { prompt: "Find it", subagent_type: "Explore" })],
          usage(1),
        ),
        user("s3", "Find it", side),
        assistant("s4", "m2", [text("Found.")], usage(2), { ...side, parentUuid: "s3" }),
        result("s5", "toolu_t", [text("Found.")]),
        assistant("s6", "m3", [text("It is there.")], usage(3)),
      ),
    );
    const task = only(ofKind(spans, "tool"));
    const nested = only(ofKind(spans, "agent").filter((span) => span.parentSpanId !== null));
    expect(nested.parentSpanId).toBe(task.spanId);
    const inner = only(spans.filter((span) => span.parentSpanId === nested.spanId));
    expect(said(inner.content.outputMessages)).toEqual(["assistant: Found."]);
    expect(new Set(spans.map((span) => span.traceId)).size).toBe(1);
  });

  it("read a subagent's own file with its session's transcript, and only there", async () => {
    const folder = await newFolder();
    const agents = join(folder, SESSION, "subagents");
    await mkdir(agents, { recursive: true });
    await writeFile(
      join(folder, `${SESSION}.jsonl`),
      jsonl(
        user("f1", "Survey"),
        assistant(
          "f2",
          "m1",
          [call("toolu_a", "Agent", { prompt: "web", subagent_type: "Explore" })],
          usage(1),
        ),
        result("f3", "toolu_a", "done", { toolUseResult: { agentId: "ab12", status: "completed" } }),
        assistant("f4", "m2", [text("Surveyed.")], usage(1)),
      ),
    );
    await writeFile(
      join(agents, "agent-ab12.jsonl"),
      jsonl(
        user("g1", "web", { isSidechain: true, agentId: "ab12" }),
        assistant("g2", "m3", [text("Columns.")], usage(4), { isSidechain: true, agentId: "ab12" }),
        "{broken",
      ),
    );
    const { report, spans } = await collect([folder]);
    expect(report.taken).toMatchObject({ traces: 1, spans: 6, sessions: 1 });
    const nested = only(ofKind(spans, "agent").filter((span) => span.parentSpanId !== null));
    expect(nested.agentName).toBe("Explore");
    expect(nested.parentSpanId).toBe(only(ofKind(spans, "tool")).spanId);
    const reasons = report.details.flatMap((file) => file.skipped.map((skip) => skip.reason));
    expect(reasons).toContain("a subagent's file: read with the transcript of its session");
    expect(reasons).toContain("not valid JSON, in a subagent's file");
  });

  it("take what is whole of a transcript with broken and unknown rows, and count the rest by line", async () => {
    const rows = transcript();
    const { report, spans } = await collectFile(
      jsonl(
        ...rows.slice(0, 3),
        "{not json",
        { type: "telepathy", sessionId: SESSION },
        17,
        ...rows.slice(3),
      ),
    );
    expect(ofKind(spans, "llm")).toHaveLength(3);
    const skipped = Object.fromEntries(only(report.details).skipped.map((skip) => [skip.reason, skip.lines]));
    expect(skipped["not valid JSON"]).toEqual([4]);
    expect(skipped["rows of an unknown type"]).toEqual([5]);
    expect(skipped["not a row of a transcript"]).toEqual([6]);
  });

  it("tell an interrupted prompt, a synthetic answer and a call without result", async () => {
    const { spans } = await collectFile(
      jsonl(
        user("i1", "Do it"),
        assistant("i2", "m1", [call("toolu_x", "Bash", { command: "sleep" })], usage(1)),
        user("i3", [text("[Request interrupted by user]")]),
      ),
    );
    expect(only(ofKind(spans, "agent"))).toMatchObject({ status: "error", errorType: "interrupted" });
    expect(only(ofKind(spans, "tool"))).toMatchObject({ endUs: null, status: "unset" });
  });
});
