import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/model/json.ts";
import type { Span } from "../../../src/model/span.ts";
import { normalizeSpan } from "../../../src/telemetry/conventions/index.ts";
import { arrivedUs, rawEvent, rawSpan, START_US } from "./raw.ts";
import { read } from "./read.ts";

const codes = (span: Span) => span.findings.map((finding) => finding.code);

describe("a span of several conventions", () => {
  it("takes each field from the first that has it, its scope's own first", () => {
    const both = {
      "openinference.span.kind": "AGENT",
      "gen_ai.operation.name": "chat",
      "llm.model_name": "from-openinference",
      "gen_ai.request.model": "from-genai",
      "gen_ai.conversation.id": "c",
      "llm.token_count.prompt": 5,
      "gen_ai.usage.output_tokens": 6,
    };
    const first = read(both, { scope: { name: "openinference.instrumentation.x", version: "" } });
    expect([first.kind, first.model, first.sessionId]).toEqual(["agent", "from-openinference", "c"]);
    expect([first.usage.inputTokens, first.usage.outputTokens]).toEqual([5, 6]);
    const second = read(both, { scope: { name: "agent_framework", version: "" } });
    expect([second.kind, second.model]).toEqual(["llm", "from-genai"]);
  });

  it("takes a count of zero for a count", () => {
    const span = read({
      "gen_ai.usage.input_tokens": 0,
      "gen_ai.usage.output_tokens": 0,
      "llm.token_count.prompt": 7,
    });
    expect([span.usage.inputTokens, span.usage.outputTokens]).toEqual([0, 0]);
  });
});

describe("usage", () => {
  const counts = (input: number, cacheRead: number, more: JsonObject = {}) => ({
    "gen_ai.usage.input_tokens": input,
    "gen_ai.usage.output_tokens": 5,
    "gen_ai.usage.cache_read.input_tokens": cacheRead,
    ...more,
  });
  it("is exclusive where more is cached than went in, where the total says so, and at Bedrock", () => {
    const exclusive = [
      read(counts(10, 90)),
      read(counts(100, 40, { "gen_ai.usage.total_tokens": 145 })),
      read(counts(100, 40), { scope: { name: "opentelemetry.instrumentation.bedrock", version: "" } }),
    ];
    expect(exclusive.map((span) => span.usage.inputTokens)).toEqual([100, 140, 140]);
    expect(exclusive.map(codes)).toEqual([["usage_exclusive"], ["usage_exclusive"], ["usage_exclusive"]]);
  });
  it("is inclusive else", () => {
    const spans = [read(counts(100, 40)), read(counts(100, 40, { "gen_ai.usage.total_tokens": 105 }))];
    expect(spans.map((span) => span.usage.inputTokens)).toEqual([100, 100]);
    expect(spans.map(codes)).toEqual([[], []]);
  });
  it("names counts that contradict one another, and values that are none", () => {
    expect(codes(read({ "gen_ai.usage.output_tokens": 5, "gen_ai.usage.reasoning_tokens": 9 }))).toEqual([
      "usage_inconsistent",
    ]);
    const bad = read({ "gen_ai.usage.input_tokens": "many", "gen_ai.usage.output_tokens": -1 });
    expect([bad.usage.inputTokens, bad.usage.outputTokens]).toEqual([null, null]);
    expect(bad.findings).toEqual([
      { code: "bad_attribute", detail: "gen_ai.usage.input_tokens, gen_ai.usage.output_tokens" },
    ]);
  });
});

describe("times", () => {
  const at = (startUs: number, endUs: number | null) =>
    read(
      {},
      { startNs: BigInt(startUs) * 1_000n + 999n, endNs: endUs === null ? null : BigInt(endUs) * 1_000n },
    );
  it("are whole microseconds", () => {
    expect([at(START_US, START_US + 7).startUs, at(START_US, START_US + 7).endUs]).toEqual([
      START_US,
      START_US + 7,
    ]);
  });
  it("that cannot be are named", () => {
    expect(codes(at(START_US, null))).toEqual(["missing_end"]);
    expect(codes(at(START_US, START_US - 1))).toEqual(["negative_duration"]);
    const future = arrivedUs + 3_600_000_001;
    expect(codes(at(future, future + 1))).toEqual(["clock_in_future"]);
    expect(codes(at(arrivedUs + 3_000_000_000, arrivedUs + 3_000_000_001))).toEqual([]);
    const never = read({}, { startNs: 0n });
    expect([never.startUs, codes(never)]).toEqual([arrivedUs, ["bad_attribute", "negative_duration"]]);
  });
});

describe("errors", () => {
  it("say what the exception said", () => {
    const exception = rawEvent("exception", {
      "exception.type": "TimeoutError",
      "exception.message": "took too long",
    });
    const failed = read({}, { statusCode: 2, events: [exception] });
    expect([failed.status, failed.errorType, failed.statusMessage]).toEqual([
      "error",
      "TimeoutError",
      "took too long",
    ]);
    const handled = read({}, { events: [exception] });
    expect([handled.status, handled.errorType, handled.statusMessage]).toEqual(["unset", null, null]);
    const stated = read({ "error.type": "429" }, { statusCode: 2, statusMessage: "rate limited" });
    expect([stated.errorType, stated.statusMessage]).toEqual(["429", "rate limited"]);
  });
});

describe("where it ran", () => {
  it("comes from the resource", () => {
    const span = read(
      { "evalwright.prompt": ["support@7", "plain"] },
      {
        resource: {
          "service.name": "support",
          "service.version": "1.4",
          "deployment.environment.name": "production",
          "vcs.ref.head.revision": "abc123",
        },
      },
    );
    expect(span).toMatchObject({
      service: "support",
      release: "1.4",
      commit: "abc123",
      tags: { environment: "production" },
      prompts: [
        { name: "support", version: "7" },
        { name: "plain", version: null },
      ],
    });
  });
});

describe("content", () => {
  it("stays a value where it is no messages, and is named only where messages were expected", () => {
    const agent = read({
      "openinference.span.kind": "AGENT",
      "input.value": '{"city":"Berlin"}',
      "output.value": "done",
    });
    expect(agent.content).toMatchObject({ input: { city: "Berlin" }, output: "done", inputMessages: null });
    expect(codes(agent)).toEqual([]);
    const call = read({ "gen_ai.operation.name": "chat", "gen_ai.input.messages": '{"city":"Berlin"}' });
    expect(call.findings).toEqual([{ code: "unparsed_content", detail: "gen_ai.input.messages" }]);
    expect(call.content.input).toEqual({ city: "Berlin" });
  });

  it("that was cut by an attribute limit is read as far as it goes", () => {
    const text = JSON.stringify([
      { role: "user", parts: [{ type: "text", content: "Hi" }] },
      { role: "assistant", parts: [{ type: "text", content: "x".repeat(100) }] },
    ]);
    const span = read({ "gen_ai.operation.name": "chat", "gen_ai.input.messages": text.slice(0, -40) });
    expect(span.content.inputMessages?.map((message) => message.role)).toEqual(["user", "assistant"]);
    expect(span.findings).toEqual([{ code: "truncated_json", detail: "gen_ai.input.messages" }]);
  });

  it("over 4 MB keeps its head", () => {
    const huge = "x".repeat(5_000_000);
    const span = read({
      "gen_ai.tool.name": "f",
      "gen_ai.tool.call.arguments": JSON.stringify({ a: huge }),
      "gen_ai.tool.call.result": huge,
    });
    expect(codes(span)).toEqual(["value_too_large"]);
    expect(JSON.stringify(span.content).length).toBeLessThan(2 * 4.3 * 1024 * 1024);
    expect(String(span.content.output)).toHaveLength(4 * 1024 * 1024);
    expect(String(span.source.attributes["gen_ai.tool.call.result"])).toHaveLength(4 * 1024 * 1024);
  });

  it("keeps images whole that are longer than texts may be", () => {
    const bytes = Buffer.alloc(6_000_000, 7);
    const part = {
      type: "blob",
      modality: "image",
      mime_type: "image/png",
      content: bytes.toString("base64"),
    };
    const raw = rawSpan({
      "gen_ai.operation.name": "chat",
      "gen_ai.input.messages": JSON.stringify([
        { role: "user", parts: [part, { type: "text", content: "What is it?" }] },
      ]),
    });
    const { span, media } = normalizeSpan(raw, { arrivedUs });
    expect(media.map((item) => item.data.length)).toEqual([6_000_000]);
    expect(span.content.inputMessages?.[0]?.parts.at(-1)).toEqual({ type: "text", text: "What is it?" });
  });

  it("says what the SDK dropped and what was hostile", () => {
    const attributes: JsonObject = JSON.parse('{"__proto__":{"a":1},"kept":{"__proto__":1,"b":2}}');
    const span = read(attributes, { droppedAttributes: 3, droppedEvents: 1 });
    expect(span.source.attributes).toEqual({ kept: { b: 2 } });
    expect(span.findings).toEqual([
      { code: "dropped_attributes", detail: "3 attributes dropped by the SDK, 1 events dropped by the SDK" },
      { code: "bad_attribute", detail: "__proto__" },
    ]);
  });
});
