import { describe, expect, it } from "vitest";
import { collectFile, jsonl, ofKind, only, said } from "./collect.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const generation = {
  id: "00f067aa0ba902b7",
  traceId: TRACE,
  parentObservationId: "b7ad6b7169203331",
  type: "GENERATION",
  name: "chat",
  startTime: "2026-03-01T10:00:01.000Z",
  endTime: "2026-03-01T10:00:03.500Z",
  model: "gpt-4o",
  level: "DEFAULT",
  input: [{ role: "user", content: "Hello" }],
  output: { role: "assistant", content: "Hi" },
  usageDetails: { input: 10, input_cached_tokens: 5, output: 4, total: 19 },
  costDetails: { input: 0.1, output: 0.2, total: 0.3 },
  metadata: {},
};
const root = {
  id: "b7ad6b7169203331",
  traceId: TRACE,
  parentObservationId: null,
  type: "AGENT",
  name: "support",
  startTime: "2026-03-01T10:00:00.000Z",
  endTime: "2026-03-01T10:00:04.000Z",
  metadata: null,
};
const trace = {
  id: TRACE,
  name: "support",
  timestamp: "2026-03-01T10:00:00.000Z",
  sessionId: "s-1",
  userId: "u-1",
  tags: ["vip"],
  release: "1.4",
  environment: "prod",
  metadata: '{"tier":"gold"}',
  scores: [
    {
      id: "sc1",
      name: "toxicity",
      value: 0.2,
      source: "EVAL",
      dataType: "NUMERIC",
      comment: "calm",
      timestamp: "2026-03-01T11:00:00Z",
      traceId: TRACE,
      observationId: "00f067aa0ba902b7",
    },
    { id: "sc2", name: "ok", value: 1, source: "ANNOTATION", dataType: "BOOLEAN", traceId: TRACE },
    {
      id: "sc3",
      name: "tone",
      value: 2,
      stringValue: "warm",
      source: "API",
      dataType: "CATEGORICAL",
      traceId: TRACE,
    },
    { id: "sc4", source: "API" },
  ],
};

describe("Langfuse exports", () => {
  it("take trace, observations and scores, in both shapes", async () => {
    const wrapped = await collectFile(JSON.stringify({ trace, observations: [root, generation] }, null, 2));
    const inner = await collectFile(JSON.stringify({ ...trace, observations: [root, generation] }));
    expect(wrapped.spans).toEqual(inner.spans);
    expect(wrapped.report.taken).toEqual({ traces: 1, spans: 2, sessions: 1, feedback: 3 });
    const call = only(ofKind(wrapped.spans, "llm"));
    expect(call).toMatchObject({
      traceId: TRACE,
      parentSpanId: root.id,
      model: "gpt-4o",
      sessionId: "s-1",
      userId: "u-1",
      release: "1.4",
      costUsd: 0.3,
      costSource: "reported",
    });
    expect(call.usage).toMatchObject({ inputTokens: 15, cacheReadTokens: 5, outputTokens: 4 });
    expect(said(call.content.inputMessages)).toEqual(["user: Hello"]);
    expect(said(call.content.outputMessages)).toEqual(["assistant: Hi"]);
    expect(only(ofKind(wrapped.spans, "agent")).tags).toMatchObject({
      vip: "true",
      environment: "prod",
      tier: "gold",
    });
  });

  it("read scores with their types, sources and targets", async () => {
    const { assessments, report } = await collectFile(JSON.stringify({ trace, observations: [root] }));
    expect(assessments.map(({ name, value, source, spanId }) => [name, value, source, spanId])).toEqual([
      ["toxicity", 0.2, "llm_judge", "00f067aa0ba902b7"],
      ["ok", true, "human", null],
      ["tone", "warm", "code", null],
    ]);
    expect(assessments[0]?.rationale).toBe("calm");
    expect(only(only(report.details).skipped)).toMatchObject({
      reason: "scores without a name or a value",
      count: 1,
    });
  });

  it("prefer the original attributes, also as JSON text, to the observation's fields", async () => {
    const metadata = JSON.stringify({
      attributes: {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "original",
        "gen_ai.usage.input_tokens": "7",
      },
      resourceAttributes: { "service.name": "svc" },
      scope: { name: "my-instrumentation", version: "2" },
    });
    const { spans } = await collectFile(
      JSON.stringify({ trace, observations: [{ ...generation, metadata }] }),
    );
    const span = only(spans);
    expect(span).toMatchObject({ model: "original", service: "svc", scope: "my-instrumentation" });
    expect(span.usage.inputTokens).toBe(7);
    expect(said(span.content.outputMessages)).toEqual(["assistant: Hi"]);
  });

  it("take lists of observations, lists of exports, and lines of them", async () => {
    const list = await collectFile(JSON.stringify([root, generation]));
    const data = await collectFile(JSON.stringify({ data: [root, generation], meta: {} }));
    const lines = await collectFile(
      jsonl({ trace, observations: [root] }, "nonsense", { trace, observations: [generation] }),
    );
    const exports = await collectFile(JSON.stringify([{ trace, observations: [root, generation] }]));
    for (const { report, spans } of [list, data, lines, exports]) {
      expect(only(report.details).format).toBe("langfuse");
      expect(spans.map((span) => span.spanId).sort()).toEqual([generation.id, root.id].sort());
    }
  });

  it("keep a trace without observations, and skip what has no time", async () => {
    const { report, spans } = await collectFile(
      jsonl(
        { ...trace, scores: [], latency: 2, input: "q", output: "a", observations: [] },
        { trace: { id: "x" }, observations: [{ id: "y" }] },
      ),
    );
    expect(only(spans)).toMatchObject({ name: "support", parentSpanId: null });
    expect(only(spans).endUs).toBe(only(spans).startUs + 2_000_000);
    const reasons = only(report.details).skipped.map((skip) => skip.reason);
    expect(reasons).toContain("an observation without an id or a time");
  });
});
