import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { GUIDES } from "../../src/guides.ts";
import type { SpanKind } from "../../src/model/span.ts";
import { packageRoot } from "../../src/runtime.ts";
import { readGuide } from "./guide.ts";
import { type Arrived, runGuide, temporaryPackage } from "./run-guide.ts";

const PROJECT = "shop-1a2b3c4d";
const ASKED = { role: "user", parts: [{ type: "text", text: "Where is order 1002?" }] };

/** What the AI SDK's mock answers: a tool call, then a text, 42 and 7 tokens each. */
const MOCK_MODEL = `
import { MockLanguageModelV4 } from "ai/test";
const usage = {
  inputTokens: { total: 42, noCache: 42, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 7, text: 7, reasoning: 0 },
};
const call = { type: "tool-call" as const, toolCallId: "call_1", toolName: "lookupOrder", input: '{"orderId":"1002"}' };
const answer = { type: "text" as const, text: "It was shipped yesterday." };
let calls = 0;
export const model = new MockLanguageModelV4({
  provider: "mock",
  modelId: "mock-1",
  doGenerate: async () =>
    calls++ === 0
      ? { content: [call], finishReason: { unified: "tool-calls", raw: "tool_calls" }, usage, warnings: [] }
      : { content: [answer], finishReason: { unified: "stop", raw: "stop" }, usage, warnings: [] },
});
`;

const TYPESCRIPT = ["opentelemetry-typescript", "vercel-ai-sdk", "openai-sdk", "langchain"] as const;

const inOrder = ({ spans }: Arrived, kind: SpanKind) =>
  spans.filter((span) => span.kind === kind).sort((left, right) => left.startUs - right.startUs);

/** One trace of one turn, in the project and the conversation that the guide names, nothing lost or in doubt. */
function expectOneTurn(arrived: Arrived, answer: string) {
  expect(arrived.projects).toEqual([PROJECT]);
  expect(arrived.traces).toHaveLength(1);
  expect(arrived.traces[0]).toMatchObject({
    service: "my-agent",
    release: "1.0.0",
    agentName: "my-agent",
    sessionId: "conversation-1",
    sessionInferred: false,
    inputPreview: "Where is order 1002?",
    outputPreview: answer,
    errorPreview: null,
  });
  const findings = arrived.spans.flatMap((span) => span.findings.map((finding) => finding.code));
  expect(findings.filter((code) => code !== "unpriced_model")).toEqual([]);
}

describe("a guide's own code sends", () => {
  it("opentelemetry-typescript: a turn with a model call and a tool call", async () => {
    const arrived = await runGuide("opentelemetry-typescript", PROJECT);
    expectOneTurn(arrived, "It was shipped yesterday.");
    expect(arrived.spans).toHaveLength(3);
    expect(inOrder(arrived, "agent")).toMatchObject([{ parentSpanId: null }]);
    expect(inOrder(arrived, "llm")).toMatchObject([
      {
        model: "gpt-4o-mini",
        provider: "openai",
        usage: { inputTokens: 42, outputTokens: 7 },
        content: {
          inputMessages: [ASKED],
          outputMessages: [
            { role: "assistant", parts: [{ type: "text", text: "It was shipped yesterday." }] },
          ],
        },
      },
    ]);
    expect(inOrder(arrived, "tool")).toMatchObject([
      {
        toolName: "lookup_order",
        toolCallId: "call_1",
        content: { input: { order_id: "1002" }, output: { status: "shipped" } },
      },
    ]);
  });

  it("vercel-ai-sdk: every call of generateText, its tools, and who talks", async () => {
    const arrived = await runGuide("vercel-ai-sdk", PROJECT, MOCK_MODEL);
    expectOneTurn(arrived, "It was shipped yesterday.");
    expect(arrived.traces[0]).toMatchObject({
      userId: "user-1",
      totals: { llmCalls: 2, toolCalls: 1, inputTokens: 84, outputTokens: 14 },
    });
    const [first, second] = inOrder(arrived, "llm");
    expect(first).toMatchObject({
      model: "mock-1",
      usage: { inputTokens: 42, outputTokens: 7 },
      content: {
        inputMessages: [ASKED],
        outputMessages: [
          {
            role: "assistant",
            parts: [{ type: "tool_call", id: "call_1", name: "lookupOrder", arguments: { orderId: "1002" } }],
          },
        ],
      },
    });
    expect(second?.content.inputMessages).toHaveLength(3);
    expect(inOrder(arrived, "tool")).toMatchObject([
      {
        toolName: "lookupOrder",
        toolCallId: "call_1",
        content: { input: { orderId: "1002" }, output: { orderId: "1002", status: "shipped" } },
      },
    ]);
  });

  it("openai-sdk: calls by the instrumentation, turn and tools by hand", async () => {
    const arrived = await runGuide("openai-sdk", PROJECT);
    expectOneTurn(arrived, "Your item is shipped.");
    expect(arrived.spans).toHaveLength(4);
    const [first, second] = inOrder(arrived, "llm");
    expect(first).toMatchObject({
      model: "gpt-4o-mini",
      provider: "openai",
      usage: { inputTokens: expect.any(Number), outputTokens: expect.any(Number) },
      content: {
        inputMessages: [ASKED],
        outputMessages: [{ role: "assistant", parts: [{ type: "tool_call", name: "lookup_order" }] }],
      },
    });
    expect(second?.content.inputMessages).toHaveLength(3);
    expect(inOrder(arrived, "tool")).toMatchObject([
      {
        toolName: "lookup_order",
        toolCallId: "call_1",
        content: { input: { order_id: "1002" }, output: { status: "shipped" } },
      },
    ]);
  });

  it("langchain: the graph, its calls and its tools", async () => {
    const arrived = await runGuide("langchain", PROJECT);
    expectOneTurn(arrived, "Your item is shipped.");
    expect(arrived.traces[0]?.totals).toMatchObject({ llmCalls: 2, toolCalls: 1 });
    const [first, second] = inOrder(arrived, "llm");
    expect(first).toMatchObject({
      model: "gpt-4o-mini",
      usage: { inputTokens: expect.any(Number), outputTokens: expect.any(Number) },
      content: {
        inputMessages: [ASKED],
        outputMessages: [{ role: "assistant", parts: [{ type: "tool_call", name: "lookup_order" }] }],
      },
    });
    expect(second?.content.inputMessages).toHaveLength(3);
    expect(inOrder(arrived, "tool")).toMatchObject([
      {
        toolName: "lookup_order",
        toolCallId: "call_1",
        content: { output: '{"order_id":"1002","status":"shipped"}' },
      },
    ]);
  });
});

describe("the text of a guide", () => {
  it("holds TypeScript that a strict compiler takes", async () => {
    const folder = temporaryPackage();
    for (const name of TYPESCRIPT) {
      const [block = ""] = readGuide(name, PROJECT, "http://127.0.0.1:4318").blocks("ts");
      expect(block).toContain("provider.shutdown()");
      writeFileSync(join(folder, `${name}.ts`), block);
    }
    writeFileSync(join(folder, "model.ts"), MOCK_MODEL);
    const tsconfig = {
      extends: join(packageRoot, "tsconfig.json"),
      compilerOptions: { typeRoots: [join(packageRoot, "node_modules/@types")] },
      include: [join(folder, "*.ts")],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
    const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
    const { stdout } = await promisify(execFile)(process.execPath, [tsc, "-p", folder]).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout).toBe("");
  });

  it.each(GUIDES.map((guide) => guide.name))("%s is short and says where traces go", (name) => {
    const guide = readGuide(name, PROJECT, "http://127.0.0.1:4318");
    expect(guide.text.split("\n").length).toBeLessThan(90);
    expect(guide.text).toContain("http://127.0.0.1:4318");
    expect(guide.text).toContain(PROJECT);
    expect(guide.text).toMatch(/^# /);
  });

  it("holds settings for Claude Code that are its own form: texts by name", () => {
    const [settings = ""] = readGuide("claude-code", PROJECT, "http://127.0.0.1:4318").blocks("json");
    const { env } = z.strictObject({ env: z.record(z.string(), z.string()) }).parse(JSON.parse(settings));
    expect(env["OTEL_EXPORTER_OTLP_HEADERS"]).toBe(`x-evalwright-project=${PROJECT}`);
    expect(env["OTEL_EXPORTER_OTLP_PROTOCOL"]).toBe("http/protobuf");
  });
});
