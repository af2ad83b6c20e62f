import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AppError } from "../../../src/errors.ts";
import type { Json } from "../../../src/model/json.ts";
import { decodeLogsRequest, decodeTraceRequest } from "../../../src/telemetry/otlp/decode.ts";
import type { Encoding } from "../../../src/telemetry/otlp/request.ts";
import { encode } from "./descriptor.ts";
import { attribute, json, logsRequest, span, traceRequest } from "./samples.ts";

const ENCODINGS: readonly Encoding[] = ["protobuf", "json"];

/** Decodes as every kind; anything but the typed error is a defect. */
function survives(body: Uint8Array): void {
  for (const encoding of ENCODINGS) {
    for (const decode of [decodeTraceRequest, decodeLogsRequest]) {
      try {
        decode(body, encoding);
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== "invalid_input") throw error;
      }
    }
  }
}

const scalar = fc.oneof(
  fc.string({ unit: "grapheme" }).map((stringValue) => ({ wire: { stringValue }, value: stringValue })),
  fc.boolean().map((boolValue) => ({ wire: { boolValue }, value: boolValue })),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((integer) => ({
    wire: { intValue: integer.toString() },
    value: Number.isSafeInteger(Number(integer)) ? Number(integer) : integer.toString(),
  })),
  fc.double().map((doubleValue) => ({
    wire: { doubleValue },
    value: Number.isFinite(doubleValue) ? doubleValue : String(doubleValue),
  })),
  fc
    .uint8Array()
    .map((data) => ({ wire: { bytesValue: data }, value: Buffer.from(data).toString("base64") })),
);

interface Pair {
  wire: object;
  value: Json;
}

const anyValue = fc.letrec<{ value: Pair; array: Pair; kvlist: Pair }>((tie) => ({
  value: fc.oneof({ depthSize: "small" }, scalar, tie("array"), tie("kvlist")),
  array: fc.array(tie("value"), { maxLength: 4 }).map((items) => ({
    wire: { arrayValue: { values: items.map((item) => item.wire) } },
    value: items.map((item) => item.value),
  })),
  kvlist: fc.dictionary(fc.string(), tie("value"), { maxKeys: 4, noNullPrototype: false }).map((entries) => ({
    wire: {
      kvlistValue: { values: Object.entries(entries).map(([key, item]) => attribute(key, item.wire)) },
    },
    value: Object.fromEntries(Object.entries(entries).map(([key, item]) => [key, item.value])),
  })),
})).value;

describe("agreement with protobufjs reflection", () => {
  test("any value that it encodes, we decode to the same", () => {
    fc.assert(
      fc.property(fc.array(anyValue, { maxLength: 4 }), (values) => {
        const attributes = values.map((item, index) => attribute(`k${index}`, item.wire));
        const body = traceRequest(span({ attributes, events: [{ name: "e", attributes }] }));
        const [decoded] = decodeTraceRequest(body, "protobuf").spans;
        const expected = Object.fromEntries(values.map((item, index) => [`k${index}`, item.value]));
        expect(JSON.stringify(decoded?.attributes)).toBe(JSON.stringify(expected));
        expect(JSON.stringify(decoded?.events[0]?.attributes)).toBe(JSON.stringify(expected));
      }),
      { numRuns: 300 },
    );
  });

  test("frames of any number of resources, scopes and spans keep their order and origin", () => {
    const layout = fc.array(fc.array(fc.nat({ max: 4 }), { maxLength: 4 }), { maxLength: 4 });
    fc.assert(
      fc.property(layout, (resources) => {
        const expected: string[] = [];
        const resourceSpans = resources.map((scopes, r) => ({
          resource: { attributes: [attribute("r", { intValue: r })] },
          scopeSpans: scopes.map((count, s) => ({
            scope: { name: `s${s}` },
            spans: Array.from({ length: count }, (_, n) => {
              expected.push(`${r}/s${s}/${n}`);
              return span({ name: `${n}` });
            }),
          })),
        }));
        const { spans } = decodeTraceRequest(encode("TraceRequest", { resourceSpans }), "protobuf");
        expect(spans.map((item) => `${item.resource["r"]}/${item.scope.name}/${item.name}`)).toEqual(
          expected,
        );
      }),
    );
  });
});

describe("no input throws anything but the typed error", () => {
  test("random bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), survives), { numRuns: 2_000 });
  });

  test("valid requests with bytes changed, cut and doubled", () => {
    const seeds = [
      traceRequest(
        span({ attributes: [attribute("k", { arrayValue: { values: [{ intValue: 1 }] } })] }),
        span(),
      ),
      logsRequest({
        timeUnixNano: "5",
        body: { kvlistValue: { values: [attribute("a", { stringValue: "b" })] } },
      }),
    ];
    const change = fc.record({ at: fc.nat(), byte: fc.nat({ max: 255 }) });
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(change, { maxLength: 6 }),
        fc.nat(),
        (seed, changes, cut) => {
          const body = Buffer.from(seed);
          for (const { at, byte } of changes) body[at % body.length] = byte;
          survives(body.subarray(0, body.length - (cut % 7)));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  test("any JSON, also where the shape is half right", () => {
    const part = fc.jsonValue({ maxDepth: 2 });
    const spanLike = fc.record(
      {
        traceId: fc.oneof(part, fc.constant("0af7651916cd43dd8448eb211c80319c")),
        spanId: fc.oneof(part, fc.constant("b7ad6b7169203331")),
        startTimeUnixNano: fc.oneof(part, fc.constant("5")),
        attributes: part,
        events: part,
        links: part,
        status: part,
        body: part,
      },
      { requiredKeys: [] },
    );
    const group = fc.record({
      resource: part,
      scope: part,
      spans: fc.array(spanLike),
      logRecords: fc.array(spanLike),
    });
    const request = fc.record({
      resourceSpans: fc.array(fc.record({ resource: part, scopeSpans: fc.array(group) })),
    });
    const logs = fc.record({
      resourceLogs: fc.array(fc.record({ resource: part, scopeLogs: fc.array(group) })),
    });
    fc.assert(
      fc.property(fc.oneof(part, request, logs), (value) => survives(json(value))),
      { numRuns: 200 },
    );
  });
});
