import { describe, expect, test } from "vitest";
import { decodeLogsRequest, decodeTraceRequest } from "../../../src/telemetry/otlp/decode.ts";
import { refusal } from "./refusal.ts";
import { json, jsonSpan, jsonTraceRequest, SPAN_ID, TRACE_ID } from "./samples.ts";

const decodeOne = (fields: object) => {
  const [decoded] = decodeTraceRequest(jsonTraceRequest(jsonSpan(fields)), "json").spans;
  if (!decoded) throw new Error("no span was decoded");
  return decoded;
};

const decodeValue = (value: unknown) => decodeOne({ attributes: [{ key: "k", value }] }).attributes["k"];
const base64 = (hex: string) => Buffer.from(hex, "hex").toString("base64");

describe("what the specification says", () => {
  test("times and integers are decimal text or numbers", () => {
    expect(decodeValue({ intValue: 100 })).toBe(100);
    expect(decodeValue({ intValue: "100" })).toBe(100);
    expect(decodeValue({ intValue: "9223372036854775807" })).toBe("9223372036854775807");
    expect(decodeOne({ endTimeUnixNano: "1700000001000000001" }).endNs).toBe(1700000001000000001n);
    expect(decodeOne({ startTimeUnixNano: 1700000000000 }).startNs).toBe(1700000000000n);
  });

  test("values of every type arrive", () => {
    expect(decodeValue({ stringValue: "s" })).toBe("s");
    expect(decodeValue({ boolValue: true })).toBe(true);
    expect(decodeValue({ doubleValue: "NaN" })).toBe("NaN");
    expect(decodeValue({ doubleValue: 1.5 })).toBe(1.5);
    expect(decodeValue({ bytesValue: "aGk=" })).toBe("aGk=");
    expect(decodeValue({})).toBeNull();
    expect(
      decodeValue({
        kvlistValue: { values: [{ key: "a", value: { arrayValue: { values: [{ intValue: 1 }] } } }] },
      }),
    ).toEqual({ a: [1] });
  });

  test("unknown fields are ignored at every level", () => {
    const request = {
      extra: 1,
      resourceSpans: [
        { extra: {}, scopeSpans: [{ extra: [], spans: [jsonSpan({ extra: "x", flags: 257 })] }] },
      ],
    };
    expect(decodeTraceRequest(json(request), "json").spans).toHaveLength(1);
  });

  test("ids are hex of any case", () => {
    const decoded = decodeOne({ traceId: TRACE_ID.toUpperCase(), parentSpanId: "00F067AA0BA902B7" });
    expect(decoded).toMatchObject({ traceId: TRACE_ID, parentSpanId: "00f067aa0ba902b7" });
  });

  test("an empty object and an empty body are a success", () => {
    expect(decodeTraceRequest(json({}), "json").spans).toEqual([]);
    expect(decodeTraceRequest(new Uint8Array(0), "json").spans).toEqual([]);
  });
});

describe("what hand-written senders do", () => {
  test("base64 ids are recognised by their length, padded or not", () => {
    const decoded = decodeOne({
      traceId: base64(TRACE_ID),
      spanId: base64(SPAN_ID).replace("=", ""),
      parentSpanId: base64("00f067aa0ba902b7"),
    });
    expect(decoded).toMatchObject({ traceId: TRACE_ID, spanId: SPAN_ID, parentSpanId: "00f067aa0ba902b7" });
  });

  test("attributes may be a plain object, values may be unwrapped", () => {
    const decoded = decodeOne({
      attributes: { a: "text", n: 5, list: [1, { b: null }], w: { stringValue: "x" } },
    });
    expect(decoded.attributes).toEqual({ a: "text", n: 5, list: [1, { b: null }], w: "x" });
    expect(decodeValue("bare")).toBe("bare");
  });

  test.each([
    [2, 2],
    ["STATUS_CODE_ERROR", 2],
    ["ok", 1],
    ["STATUS_CODE_UNSET", 0],
    [77, 0],
  ])("status code %j is %d", (code, expected) => {
    expect(decodeOne({ status: { code, message: "m" } })).toMatchObject({
      statusCode: expected,
      statusMessage: "m",
    });
  });

  test("snake_case keys are read", () => {
    const request = {
      resource_spans: [
        {
          resource: { attributes: [{ key: "service.name", value: { string_value: "shop" } }] },
          scope_spans: [
            { spans: [{ trace_id: TRACE_ID, span_id: SPAN_ID, name: "n", start_time_unix_nano: "1" }] },
          ],
        },
      ],
    };
    const [decoded] = decodeTraceRequest(json(request), "json").spans;
    expect(decoded).toMatchObject({ traceId: TRACE_ID, resource: { "service.name": "shop" } });
  });

  test("a byte order mark is not content", () => {
    const body = Buffer.concat([Buffer.from("\ufeff"), jsonTraceRequest(jsonSpan())]);
    expect(decodeTraceRequest(body, "json").spans).toHaveLength(1);
  });
});

describe("hostile and wrong bodies", () => {
  test("deep nesting is cut, whichever way it is written", () => {
    const plain = `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`;
    const wrapped = `${'{"arrayValue":{"values":['.repeat(5_000)}1${"]}}".repeat(5_000)}`;
    for (const value of [plain, wrapped]) {
      const text = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${TRACE_ID}","spanId":"${SPAN_ID}",
        "startTimeUnixNano":"1","attributes":[{"key":"k","value":${value}}]}]}]}]}`;
      const [decoded] = decodeTraceRequest(Buffer.from(text), "json").spans;
      expect(JSON.stringify(decoded?.attributes)).toContain("nested deeper than 32 levels");
    }
  });

  test("a __proto__ key stays a key", () => {
    const text = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${TRACE_ID}","spanId":"${SPAN_ID}",
      "startTimeUnixNano":"1","attributes":{"__proto__":{"polluted":true}}}]}]}]}`;
    const [decoded] = decodeTraceRequest(Buffer.from(text), "json").spans;
    expect(Object.getPrototypeOf(decoded?.attributes)).toBeNull();
    expect("polluted" in {}).toBe(false);
  });

  test.each([
    ["not JSON", "{", "not valid JSON"],
    ["a list", "[]", "not a JSON object"],
    ["log records", '{"resourceLogs":[]}', "/v1/logs"],
    ["metrics", '{"resourceMetrics":[]}', "/v1/metrics"],
    ["something else", '{"spans":[]}', "resourceSpans"],
    ["spans without ids", '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"x"}]}]}]}', "trace id"],
    ["logs as spans", '{"resourceSpans":[{"scopeSpans":[{"spans":[{"timeUnixNano":"1"}]}]}]}', "/v1/logs"],
    ["a null span", '{"resourceSpans":[{"scopeSpans":[{"spans":[null]}]}]}', "not an object"],
  ])("%s is refused in words that help", (_, text, words) => {
    expect(refusal(() => decodeTraceRequest(Buffer.from(text), "json")).describe()).toContain(words);
  });
});

test("log records arrive", () => {
  const request = {
    resourceLogs: [
      {
        resource: { attributes: [{ key: "service.name", value: { stringValue: "codex" } }] },
        scopeLogs: [
          {
            scope: { name: "codex_otel" },
            logRecords: [
              {
                timeUnixNano: "7",
                body: { stringValue: "b" },
                attributes: [{ key: "event.name", value: { stringValue: "codex.user_prompt" } }],
                traceId: "",
              },
              { observedTimeUnixNano: "8", eventName: "e", body: { kvlistValue: { values: [] } } },
            ],
          },
        ],
      },
    ],
  };
  const { logs } = decodeLogsRequest(json(request), "json");
  expect(logs[0]).toMatchObject({ eventName: "codex.user_prompt", timeNs: 7n, body: "b", traceId: null });
  expect(logs[1]).toMatchObject({ eventName: "e", timeNs: 8n, body: {} });
  expect(() => decodeLogsRequest(json({ resourceSpans: [] }), "json")).toThrow("resourceSpans");
});
