import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../../src/model/json.ts";
import { normalizeLogs } from "../../../src/telemetry/logs/index.ts";
import type { RawLog } from "../../../src/telemetry/raw.ts";

const context = { arrivedUs: 1_772_359_300_000_000 };
const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "00f067aa0ba902b7";

const record = (
  eventName: string,
  attributes: JsonObject,
  body: Json = null,
  at = 0n,
  ids: Partial<RawLog> = {},
): RawLog => ({
  eventName,
  timeNs: 1_772_359_200_000_000_000n + at,
  traceId: TRACE,
  spanId: SPAN,
  body,
  attributes,
  resource: { "service.name": "svc" },
  scope: { name: "opentelemetry.instrumentation.openai_v2", version: "" },
  ...ids,
});

const message = (role: string, content: string) => [{ role, parts: [{ type: "text", content }] }];

describe("GenAI log records", () => {
  it("of operation details fill the content of their span, as a stub", () => {
    const { spans } = normalizeLogs(
      [
        record("gen_ai.client.inference.operation.details", {
          "gen_ai.operation.name": "chat",
          "gen_ai.request.model": "gpt-4o",
          "gen_ai.input.messages": JSON.stringify(message("user", "Hi")),
          "gen_ai.output.messages": message("assistant", "Hello"),
        }),
      ],
      context,
    );
    expect(spans).toHaveLength(1);
    expect(spans[0]).toMatchObject({
      traceId: TRACE,
      spanId: SPAN,
      kind: "llm",
      model: "gpt-4o",
      endUs: null,
    });
    expect(spans[0]?.findings.map((finding) => finding.code)).toContain("stub");
    expect(spans[0]?.content.inputMessages).toEqual([
      { role: "user", parts: [{ type: "text", text: "Hi" }] },
    ]);
    expect(spans[0]?.content.outputMessages).toEqual([
      { role: "assistant", parts: [{ type: "text", text: "Hello" }] },
    ]);
  });

  it("of the deprecated message events are put together in the order of their times", () => {
    const system = { "gen_ai.system": "openai" };
    const { spans } = normalizeLogs(
      [
        record(
          "gen_ai.choice",
          system,
          { index: 0, finish_reason: "stop", message: { role: "assistant", content: "Hello" } },
          30n,
        ),
        record("gen_ai.user.message", system, { content: "Hi" }, 20n),
        record("gen_ai.system.message", system, { content: "Be kind" }, 10n),
      ],
      context,
    );
    expect(spans).toHaveLength(1);
    const content = JSON.stringify(spans[0]?.content);
    expect(content.indexOf("Be kind")).toBeGreaterThan(-1);
    expect(content.indexOf("Be kind")).toBeLessThan(content.indexOf('"Hi"'));
    expect(JSON.stringify(spans[0]?.content.outputMessages)).toContain("Hello");
    expect(spans[0]?.provider).toBe("openai");
  });

  it("of evaluations become feedback on span, answer or session", () => {
    const attributes = {
      "gen_ai.evaluation.name": "relevance",
      "gen_ai.evaluation.score.value": "0.8",
      "gen_ai.evaluation.score.label": "relevant",
      "gen_ai.evaluation.explanation": "on topic",
      "gen_ai.response.id": "chatcmpl-1",
    };
    const none = { traceId: null, spanId: null };
    const name = "gen_ai.evaluation.result";
    const logs = [
      record(name, attributes),
      record(name, attributes, null, 0n, none),
      record(
        name,
        { "gen_ai.evaluation.name": "ok", "gen_ai.evaluation.score.label": "pass", "session.id": "s" },
        null,
        0n,
        none,
      ),
      record(name, { "gen_ai.evaluation.name": "ok" }, null, 0n, none),
    ];
    const { assessments, ignored } = normalizeLogs(logs, context);
    expect(
      assessments.map(({ name: n, value, traceId, spanId, responseId, sessionId }) => [
        n,
        value,
        traceId,
        spanId,
        responseId,
        sessionId,
      ]),
    ).toEqual([
      ["relevance", 0.8, TRACE, SPAN, null, null],
      ["relevance.label", "relevant", TRACE, SPAN, null, null],
      ["relevance", 0.8, null, null, "chatcmpl-1", null],
      ["relevance.label", "relevant", null, null, "chatcmpl-1", null],
      ["ok", "pass", null, null, null, "s"],
    ]);
    expect(assessments[0]?.rationale).toBe("on topic");
    expect(ignored).toBe(1);
    expect(normalizeLogs(logs, context).assessments).toEqual(assessments);
  });
});
