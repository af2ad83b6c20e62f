import { describe, expect, it } from "vitest";
import { collectFile, jsonl, ofKind, only } from "./collect.ts";

const hex = "0af7651916cd43dd8448eb211c80319c";
const base64 = (text: string) => Buffer.from(text, "hex").toString("base64");
const v3 = {
  info: {
    trace_id: `tr-${hex}`,
    request_time: "2026-03-01T10:00:00Z",
    execution_duration_ms: 1200,
    state: "OK",
    trace_metadata: { "mlflow.trace.session": "s-9", "mlflow.trace.user": "u-9" },
    tags: { release: "2.0", "mlflow.traceName": "agent" },
    assessments: [
      {
        assessment_id: "a1",
        assessment_name: "correct",
        source: { source_type: "HUMAN", source_id: "ann" },
        create_time: "2026-03-02T00:00:00Z",
        feedback: { value: true },
        rationale: "yes",
      },
      {
        assessment_id: "a2",
        assessment_name: "answer",
        source: { source_type: "HUMAN" },
        expectation: { value: "42" },
      },
      {
        assessment_id: "a3",
        assessment_name: "correct",
        overrides: "a1",
        source: { source_type: "LLM_JUDGE" },
        feedback: { value: { score: 1 } },
      },
    ],
  },
  data: {
    spans: [
      {
        trace_id: base64(hex),
        span_id: base64("b7ad6b7169203331"),
        parent_span_id: "",
        name: "agent",
        start_time_unix_nano: 1772359200000000000,
        end_time_unix_nano: 1772359201200000000,
        events: [],
        status: { code: "STATUS_CODE_OK", message: "" },
        attributes: { "mlflow.spanType": '"AGENT"', "mlflow.spanInputs": '{"q":"hi"}' },
      },
      {
        trace_id: base64(hex),
        span_id: base64("00f067aa0ba902b7"),
        parent_span_id: base64("b7ad6b7169203331"),
        name: "ChatOpenAI",
        start_time_unix_nano: 1772359200100000000,
        end_time_unix_nano: 1772359201000000000,
        events: [
          {
            name: "exception",
            time_unix_nano: 1772359200500000000,
            attributes: { "exception.type": "TimeoutError" },
          },
        ],
        status: { code: "STATUS_CODE_ERROR", message: "late" },
        attributes: {
          "mlflow.spanType": '"CHAT_MODEL"',
          "mlflow.llm.model": '"gpt-4o"',
          "mlflow.chat.tokenUsage": '{"input_tokens": 11, "output_tokens": 3, "total_tokens": 14}',
        },
      },
    ],
  },
};

describe("MLflow traces", () => {
  it("of version 3: base64 ids, session, user, tags and assessments", async () => {
    const { report, spans, assessments } = await collectFile(JSON.stringify(v3, null, 1));
    expect(only(report.details).format).toBe("mlflow");
    expect(report.taken).toEqual({ traces: 1, spans: 2, sessions: 1, feedback: 3 });
    const root = only(ofKind(spans, "agent"));
    expect(root).toMatchObject({
      traceId: hex,
      spanId: "b7ad6b7169203331",
      parentSpanId: null,
      sessionId: "s-9",
      userId: "u-9",
    });
    expect(root.tags).toMatchObject({ release: "2.0" });
    expect(root.tags).not.toHaveProperty("mlflow.traceName");
    const call = only(ofKind(spans, "llm"));
    expect(call).toMatchObject({
      parentSpanId: root.spanId,
      model: "gpt-4o",
      status: "error",
      errorType: "TimeoutError",
    });
    expect(call.usage).toMatchObject({ inputTokens: 11, outputTokens: 3 });
    expect(assessments.map(({ name, kind, value, source }) => [name, kind, value, source])).toEqual([
      ["correct", "feedback", true, "human"],
      ["answer", "expectation", "42", "human"],
      ["correct", "feedback", '{"score":1}', "llm_judge"],
    ]);
    expect(assessments[0]?.supersededBy).toBe(assessments[2]?.id);
  });

  it("of version 2: hexadecimal ids, status words, data as text", async () => {
    const v2 = {
      info: {
        request_id: "abc",
        timestamp_ms: 1772359200000,
        execution_time_ms: 5,
        status: "OK",
        request_metadata: {},
        tags: {},
      },
      data: JSON.stringify({
        spans: [
          {
            name: "tool",
            context: { span_id: "0x00f067aa0ba902b7", trace_id: `0x${hex}` },
            parent_id: null,
            start_time: 1772359200000000000,
            end_time: 1772359200005000000,
            status_code: "OK",
            status_message: "",
            attributes: { "mlflow.spanType": '"TOOL"', "mlflow.spanOutputs": '"done"' },
            events: [],
          },
        ],
      }),
    };
    const { spans } = await collectFile(jsonl(v2));
    expect(only(spans)).toMatchObject({
      traceId: hex,
      spanId: "00f067aa0ba902b7",
      kind: "tool",
      toolName: "tool",
      status: "ok",
    });
    expect(only(spans).startUs).toBe(1772359200000000);
  });

  it("keep a trace without spans, take lists, and count what is none", async () => {
    const info = { trace_id: "tr-x", request_time: "2026-03-01T10:00:00Z", trace_metadata: {}, tags: {} };
    const { report, spans } = await collectFile(
      jsonl(
        v3,
        { info, data: { request: '{"q":1}', response: '"a"' } },
        { info: { trace_id: "y" }, data: {} },
        "oops",
      ),
    );
    expect(spans).toHaveLength(3);
    const skipped = Object.fromEntries(only(report.details).skipped.map((skip) => [skip.reason, skip.lines]));
    expect(skipped).toEqual({ "a trace without spans and time": [3], "not valid JSON": [4] });
    const list = await collectFile(JSON.stringify({ traces: [v3] }));
    expect(list.spans).toHaveLength(2);
  });
});
