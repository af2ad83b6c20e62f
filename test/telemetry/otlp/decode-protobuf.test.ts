import protobuf from "protobufjs";
import { describe, expect, test } from "vitest";
import { decodeLogsRequest, decodeTraceRequest } from "../../../src/telemetry/otlp/decode.ts";
import { encode } from "./descriptor.ts";
import { refusal } from "./refusal.ts";
import { attribute, bytes, logsRequest, SPAN_ID, span, TRACE_ID, traceRequest } from "./samples.ts";

const decodeOne = (fields: object) => {
  const [decoded] = decodeTraceRequest(traceRequest(span(fields)), "protobuf").spans;
  if (!decoded) throw new Error("no span was decoded");
  return decoded;
};

const decodeValue = (value: object) => decodeOne({ attributes: [attribute("k", value)] }).attributes["k"];

describe("spans in protobuf", () => {
  test("every field arrives", () => {
    const decoded = decodeOne({
      parentSpanId: bytes("00f067aa0ba902b7"),
      status: { code: 2, message: "boom" },
      attributes: [attribute("gen_ai.request.model", { stringValue: "gpt-5" })],
      events: [{ name: "e", timeUnixNano: "5", attributes: [attribute("a", { intValue: 1 })] }],
      links: [{ traceId: bytes(TRACE_ID), spanId: bytes(SPAN_ID) }, { traceId: bytes("00") }],
      droppedAttributesCount: 3,
      droppedEventsCount: 2,
      droppedLinksCount: 1,
    });
    expect(decoded).toEqual({
      traceId: TRACE_ID,
      spanId: SPAN_ID,
      parentSpanId: "00f067aa0ba902b7",
      name: "chat",
      startNs: 1700000000000000000n,
      endNs: 1700000001000000000n,
      statusCode: 2,
      statusMessage: "boom",
      attributes: { "gen_ai.request.model": "gpt-5" },
      resource: { "service.name": "shop" },
      scope: { name: "lib", version: "1.2" },
      events: [{ name: "e", timeNs: 5n, attributes: { a: 1 } }],
      links: [{ traceId: TRACE_ID, spanId: SPAN_ID }],
      droppedAttributes: 3,
      droppedEvents: 2,
      droppedLinks: 2,
    });
  });

  test("values of every type arrive, and none is lost to JSON", () => {
    expect(decodeValue({ intValue: "9007199254740991" })).toBe(9007199254740991);
    expect(decodeValue({ intValue: "9007199254740993" })).toBe("9007199254740993");
    expect(decodeValue({ intValue: "-9223372036854775808" })).toBe("-9223372036854775808");
    expect(decodeValue({ intValue: -5 })).toBe(-5);
    expect(decodeValue({ doubleValue: 0.25 })).toBe(0.25);
    expect(decodeValue({ doubleValue: Number.NaN })).toBe("NaN");
    expect(decodeValue({ boolValue: false })).toBe(false);
    expect(decodeValue({ bytesValue: Buffer.from("hi") })).toBe("aGk=");
    expect(decodeValue({})).toBeNull();
    const nested = {
      arrayValue: { values: [{ kvlistValue: { values: [{ key: "x", value: { intValue: 1 } }] } }] },
    };
    expect(decodeValue(nested)).toEqual([{ x: 1 }]);
  });

  test("a key cannot reach a prototype", () => {
    const { attributes } = decodeOne({
      attributes: [attribute("__proto__", { kvlistValue: { values: [] } })],
    });
    expect(Object.keys(attributes)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(attributes)).toBeNull();
  });

  test("nesting is cut at a depth and says so", () => {
    const wrap = (tag: number, inner: Uint8Array) =>
      protobuf.Writer.create().uint32(tag).bytes(inner).finish();
    let value: Uint8Array = wrap(10, Buffer.from("deep"));
    // AnyValue.array_value is field 5, ArrayValue.values field 1.
    for (let depth = 0; depth < 5_000; depth += 1) value = wrap(42, wrap(10, value));
    const pair = Buffer.concat([wrap(10, Buffer.from("k")), wrap(18, value)]);
    const plain = traceRequest(span());
    const spanBytes = Buffer.concat([
      plain.subarray(Buffer.from(plain).indexOf(Buffer.from("0a10", "hex"))),
      wrap(74, pair),
    ]);
    const body = wrap(10, wrap(18, wrap(18, spanBytes)));
    const [decoded] = decodeTraceRequest(body, "protobuf").spans;
    expect(JSON.stringify(decoded?.attributes)).toContain("nested deeper than 32 levels");
  });

  test("invalid UTF-8 is shown as replacement characters", () => {
    const body = Buffer.from(traceRequest(span({ name: "a~~b" })));
    const at = body.indexOf("a~~b");
    body[at + 1] = 0xff;
    expect(decodeTraceRequest(body, "protobuf").spans[0]?.name).toBe("a\ufffd~b");
  });

  test("a resource that follows its spans on the wire is still theirs", () => {
    const spans = encode("TraceRequest", { resourceSpans: [{ scopeSpans: [{ spans: [span()] }] }] });
    const resource = encode("TraceRequest", {
      resourceSpans: [{ resource: { attributes: [attribute("service.name", { stringValue: "late" })] } }],
    });
    const inner = Buffer.concat([spans.subarray(2), resource.subarray(2)]);
    const body = Buffer.concat([Buffer.from([10, inner.length]), inner]);
    expect(decodeTraceRequest(body, "protobuf").spans[0]?.resource).toEqual({ "service.name": "late" });
  });

  test("an empty request is a success", () => {
    expect(decodeTraceRequest(new Uint8Array(0), "protobuf").spans).toEqual([]);
  });
});

describe("refusals", () => {
  const CASES: readonly [string, object, string][] = [
    ["short trace id", { traceId: bytes("0af7") }, "trace id is not 16 bytes"],
    ["zero trace id", { traceId: bytes("0".repeat(32)) }, "trace id is all zeroes"],
    ["long span id", { spanId: bytes(TRACE_ID) }, "span id is not 8 bytes"],
    ["zero span id", { spanId: bytes("0".repeat(16)) }, "span id is all zeroes"],
    ["short parent", { parentSpanId: bytes("01") }, "parent span id is not 8 bytes"],
    ["no start", { startTimeUnixNano: 0 }, "start time is missing"],
    ["absurd end", { endTimeUnixNano: "18446744073709551615" }, "a time is after the year 2255"],
  ];

  test.each(CASES)("%s costs that span only", (_, fields, reason) => {
    const decoded = decodeTraceRequest(traceRequest(span(fields), span()), "protobuf");
    expect(decoded.spans).toHaveLength(1);
    expect(decoded.rejected).toEqual({ count: 1, reasons: { [reason]: 1 } });
  });

  test.each(CASES)("%s alone refuses the request", (_, fields, reason) => {
    const error = refusal(() => decodeTraceRequest(traceRequest(span(fields)), "protobuf"));
    expect(error.code).toBe("invalid_input");
    expect(error.message).toContain(reason);
  });

  test("an all-zero parent is no parent, a missing end is no end", () => {
    const decoded = decodeOne({ parentSpanId: bytes("0".repeat(16)), endTimeUnixNano: 0 });
    expect(decoded.parentSpanId).toBeNull();
    expect(decoded.endNs).toBeNull();
  });

  test("log records at the door for spans are told where to go, with and without ids in them", () => {
    const plainLog = { timeUnixNano: "5", body: { stringValue: "claude_code.api_request" } };
    const withIds = { observedTimeUnixNano: "5", traceId: bytes(TRACE_ID), spanId: bytes(SPAN_ID) };
    const error = refusal(() => decodeTraceRequest(logsRequest(plainLog, withIds), "protobuf"));
    expect(error.describe()).toContain("not a span but a log record (2)");
    expect(error.hint).toContain("/v1/logs");
  });

  test("spans at the door for logs are told where to go", () => {
    const error = refusal(() => decodeLogsRequest(traceRequest(span(), span()), "protobuf"));
    expect(error.hint).toContain("/v1/traces");
  });

  test("a body cut anywhere is refused or read short, never half understood", () => {
    const whole = traceRequest(span({ attributes: [attribute("k", { stringValue: "v" })] }));
    for (let length = 1; length < whole.length; length += 1) {
      expect(refusal(() => decodeTraceRequest(whole.subarray(0, length), "protobuf")).code).toBe(
        "invalid_input",
      );
    }
  });
});

test("log records arrive with their name, time and ids", () => {
  const { logs } = decodeLogsRequest(
    logsRequest(
      {
        observedTimeUnixNano: "7",
        body: { stringValue: "text" },
        attributes: [attribute("event.name", { stringValue: "user_prompt" })],
        traceId: bytes(TRACE_ID),
        spanId: bytes("00"),
      },
      { timeUnixNano: "9", eventName: "gen_ai.evaluation.result" },
    ),
    "protobuf",
  );
  expect(logs[0]).toMatchObject({
    eventName: "user_prompt",
    timeNs: 7n,
    traceId: TRACE_ID,
    spanId: null,
    body: "text",
    resource: { "service.name": "claude-code" },
    scope: { name: "lib", version: "" },
  });
  expect(logs[1]).toMatchObject({ eventName: "gen_ai.evaluation.result", timeNs: 9n, body: null });
});
