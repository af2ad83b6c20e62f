import { createServer } from "node:http";
import { LegacyOpenTelemetry, OpenTelemetry } from "@ai-sdk/otel";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { embed, generateText, stepCountIs, tool } from "ai";
import { MockEmbeddingModelV4, MockLanguageModelV4 } from "ai/test";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { Span } from "../../../src/model/span.ts";
import { normalizeSpan } from "../../../src/telemetry/conventions/index.ts";
import { decodeTraceJson } from "../../../src/telemetry/otlp/decode.ts";

const PNG = Buffer.from("89504e470d0a1a0a", "hex");

const usage = (input: number, output: number, cacheRead: number, cacheWrite: number) => ({
  inputTokens: { total: input, noCache: input - cacheRead - cacheWrite, cacheRead, cacheWrite },
  outputTokens: { total: output, text: output - 5, reasoning: 5 },
});
const answered = {
  warnings: [],
  response: { id: "resp_1", modelId: "gpt-5-2025-08-07", timestamp: new Date(0) },
};

const newModel = () =>
  new MockLanguageModelV4({
    provider: "openai.responses",
    modelId: "gpt-5",
    doGenerate: [
      {
        content: [
          { type: "reasoning", text: "I need the weather." },
          { type: "tool-call", toolCallId: "call_1", toolName: "weather", input: '{"city":"Berlin"}' },
        ],
        finishReason: { unified: "tool-calls", raw: "tool_calls" },
        usage: usage(100, 50, 40, 10),
        ...answered,
      },
      {
        content: [{ type: "text", text: "It is sunny." }],
        finishReason: { unified: "stop", raw: "stop" },
        usage: usage(200, 60, 150, 0),
        ...answered,
      },
    ],
  });

type Telemetry = OpenTelemetry | LegacyOpenTelemetry;

/** Runs with the SDK's telemetry, and gives what the official exporter sent over HTTP, normalised. */
async function traced(
  scope: "gen_ai" | "ai",
  run: (telemetry: Telemetry) => Promise<unknown>,
): Promise<Span[]> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      bodies.push(Buffer.concat(chunks).toString("utf8"));
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const address = z.object({ port: z.number() }).parse(server.address());
  const exporter = new OTLPTraceExporter({ url: `http://127.0.0.1:${address.port}/v1/traces` });
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const options = { tracer: provider.getTracer(scope), runtimeContext: true };
  await run(scope === "gen_ai" ? new OpenTelemetry(options) : new LegacyOpenTelemetry(options));
  await provider.shutdown();
  await new Promise((resolve) => server.close(resolve));
  const raw = bodies.flatMap((body) => decodeTraceJson(JSON.parse(body)).spans);
  return raw.map((span) => Span.parse(normalizeSpan(span, { arrivedUs: Date.now() * 1_000 }).span));
}

/** An agent with one tool. */
const runAgent = (telemetry: Telemetry) =>
  generateText({
    model: newModel(),
    instructions: "Be nice.",
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "Weather in Berlin?" },
          { type: "file", mediaType: "image/png", data: PNG },
        ],
      },
    ],
    tools: {
      weather: tool({
        description: "The weather.",
        inputSchema: z.object({ city: z.string() }),
        execute: async () => ({ degrees: 21 }),
      }),
    },
    stopWhen: stepCountIs(3),
    runtimeContext: { sessionId: "s1", userId: "u1", plan: "pro" },
    telemetry: {
      isEnabled: true,
      functionId: "weather-agent",
      includeRuntimeContext: { sessionId: true, userId: true, plan: true },
      integrations: [telemetry],
    },
  });

const runEmbedding = (telemetry: Telemetry) =>
  embed({
    model: new MockEmbeddingModelV4({
      provider: "openai.embedding",
      modelId: "text-embedding-3-small",
      doEmbed: { embeddings: [[0.1, 0.2]], usage: { tokens: 7 }, warnings: [] },
    }),
    value: "Weather in Berlin?",
    telemetry: { isEnabled: true, integrations: [telemetry] },
  });

const ASK = {
  role: "user",
  parts: [
    { type: "text", text: "Weather in Berlin?" },
    {
      type: "media",
      modality: "image",
      // sha256 of the eight bytes of PNG
      ref: { hash: "4c4b6a3be1314ab86138bef4314dde02", mimeType: "image/png", bytes: 8 },
      uri: null,
    },
  ],
};
const CALL = {
  role: "assistant",
  parts: [
    { type: "reasoning", text: "I need the weather." },
    { type: "tool_call", id: "call_1", name: "weather", arguments: { city: "Berlin" } },
  ],
};
const RESULT = (name: string | null) => ({
  role: "tool",
  parts: [{ type: "tool_result", id: "call_1", name, result: { degrees: 21 } }],
});
const ANSWER = { role: "assistant", parts: [{ type: "text", text: "It is sunny." }] };
const SYSTEM = { role: "system", parts: [{ type: "text", text: "Be nice." }] };

describe.each([
  {
    scope: "gen_ai" as const,
    title: "version 7",
    history: [],
    name: null,
    root: "invoke_agent",
    outer: null,
  },
  {
    scope: "ai" as const,
    title: "legacy",
    history: [SYSTEM],
    name: "weather",
    root: "ai.generateText",
    outer: 7,
  },
])("AI SDK telemetry, $title, as its exporter sends it", ({ scope, history, name, root, outer }) => {
  let spans: Span[] = [];
  beforeAll(async () => {
    spans = await traced(scope, runAgent);
  });
  const of = (kind: string) => spans.filter((span) => span.kind === kind);

  it("has one agent, two calls and one tool in a tree", () => {
    const [agent] = of("agent");
    expect([of("agent").length, of("llm").length, of("tool").length]).toEqual([1, 2, 1]);
    expect(agent?.name.startsWith(root)).toBe(true);
    const parents = new Map(spans.map((span) => [span.spanId, span.parentSpanId]));
    for (const call of of("llm")) {
      const parent = call.parentSpanId ?? "";
      expect([parent, parents.get(parent)]).toContain(agent?.spanId);
    }
  });

  it("keeps usage as each span states it, inclusive", () => {
    const counts = (span: Span | undefined) => [
      span?.usage.inputTokens,
      span?.usage.outputTokens,
      span?.usage.cacheReadTokens,
      span?.usage.cacheWriteTokens,
    ];
    expect(of("llm").map(counts)).toEqual([
      [100, 50, 40, 10],
      [200, 60, 150, 0],
    ]);
    expect(counts(of("agent")[0])).toEqual([300, 110, 190, 10]);
    expect(spans.flatMap((span) => span.findings)).toEqual([]);
  });

  it("has the conversation, with each answer equal to itself in the next call's history", () => {
    const [first, second] = of("llm");
    expect(first?.content.inputMessages).toEqual([...history, ASK]);
    expect(first?.content.outputMessages).toEqual([CALL]);
    expect(second?.content.inputMessages).toEqual([...history, ASK, CALL, RESULT(name)]);
    expect(second?.content.outputMessages).toEqual([ANSWER]);
    expect([first?.finishReasons, second?.finishReasons]).toEqual([["tool-calls"], ["stop"]]);
    expect(second?.model).toBe("gpt-5-2025-08-07");
    expect(second?.responseId).toBe("resp_1");
  });

  it("has the agent's question and its last answer", () => {
    const [agent] = of("agent");
    expect(agent?.content.inputMessages?.at(-1)).toEqual(ASK);
    expect(agent?.content.outputMessages?.at(-1)).toEqual(ANSWER);
    expect(agent).toMatchObject({ agentName: "weather-agent", sessionId: "s1", userId: "u1" });
    expect(agent?.tags).toMatchObject({ plan: "pro" });
  });

  it("has the tool's call", () => {
    const [call] = of("tool");
    expect([call?.toolName, call?.toolCallId]).toEqual(["weather", "call_1"]);
    expect([call?.content.input, call?.content.output]).toEqual([{ city: "Berlin" }, { degrees: 21 }]);
  });

  it("has an embedding on both of its levels, as emitted", async () => {
    const embeddings = await traced(scope, runEmbedding);
    expect(embeddings.map((span) => [span.kind, span.model, span.usage.inputTokens])).toEqual([
      ["embedding", "text-embedding-3-small", 7],
      ["embedding", "text-embedding-3-small", outer],
    ]);
    expect(embeddings.filter((span) => span.parentSpanId === null)).toHaveLength(1);
  });
});
