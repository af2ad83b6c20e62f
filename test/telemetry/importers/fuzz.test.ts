import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FORMATS } from "../../../src/telemetry/importers/contract.ts";
import { collect, jsonl, newFolder } from "./collect.ts";

const message = { role: "user", content: "hello" };
const samples: readonly string[] = [
  jsonl({
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: [
              {
                traceId: "a".repeat(32),
                spanId: "b".repeat(16),
                startTimeUnixNano: "1",
                name: "x",
                attributes: [{ key: "k", value: { stringValue: "v" } }],
              },
            ],
          },
        ],
      },
    ],
  }),
  jsonl(
    { type: "user", uuid: "u", sessionId: "s", timestamp: "2026-01-01T00:00:00Z", message },
    {
      type: "assistant",
      uuid: "a",
      sessionId: "s",
      timestamp: "2026-01-01T00:00:01Z",
      message: {
        id: "m",
        content: [{ type: "tool_use", id: "t", name: "n", input: {} }],
        usage: { input_tokens: 1 },
      },
    },
  ),
  jsonl(
    { timestamp: "2026-01-01T00:00:00Z", type: "session_meta", payload: { id: "x" } },
    {
      timestamp: "2026-01-01T00:00:01Z",
      type: "response_item",
      payload: { type: "message", role: "user", content: [{ type: "input_text", text: "q" }] },
    },
    {
      timestamp: "2026-01-01T00:00:02Z",
      type: "event_msg",
      payload: { type: "token_count", info: { total_token_usage: { input_tokens: 1 } } },
    },
  ),
  JSON.stringify(
    {
      trace: { id: "t", timestamp: "2026-01-01", scores: [{ name: "n", value: 1 }] },
      observations: [
        {
          id: "o",
          traceId: "t",
          type: "GENERATION",
          startTime: "2026-01-01T00:00:00Z",
          input: [message],
          usageDetails: { input: 1 },
        },
      ],
    },
    null,
    1,
  ),
  JSON.stringify({
    info: { trace_id: "t", request_time: "2026-01-01", assessments: [{ name: "n", feedback: { value: 1 } }] },
    data: { spans: [{ span_id: "AAAAAAAAAAE=", start_time_unix_nano: 1772359200000000000, attributes: {} }] },
  }),
  jsonl({
    messages: [
      message,
      { role: "assistant", content: "a", tool_calls: [{ id: "c", function: { name: "f", arguments: "{" } }] },
    ],
    metadata: { a: 1 },
  }),
  'session_id,score,comment\ns1,1,"a, b"\ns2,,x\n',
];
const odd = fc.constantFrom(
  "null",
  "[]",
  "{}",
  "17",
  '"x"',
  "true",
  "-1e400",
  '{"__proto__":{"a":1}}',
  "[[[[]]]]",
  '"\\ud800"',
);

/** A sample with some of its values replaced by others of any type. */
const mangled = fc
  .tuple(fc.constantFrom(...samples), fc.array(fc.tuple(fc.nat(200), odd), { minLength: 1, maxLength: 4 }))
  .map(([sample, changes]) => {
    let text = sample;
    for (const [at, value] of changes) {
      const values = [...text.matchAll(/(?<=:)("(?:[^"\\]|\\.)*"|\d+|\[\]|\{\})/g)];
      const chosen = values[at % Math.max(1, values.length)];
      if (chosen) text = text.slice(0, chosen.index) + value + text.slice(chosen.index + chosen[0].length);
    }
    return Buffer.from(text);
  });
/** A sample cut off, with bytes changed, or in the middle of another. */
const damaged = fc
  .tuple(fc.constantFrom(...samples), fc.nat(5000), fc.uint8Array({ maxLength: 8 }), fc.boolean())
  .map(([sample, at, bytes, packed]) => {
    const body = Buffer.from(sample);
    const whole = Buffer.concat([
      body.subarray(0, at % body.length),
      bytes,
      body.subarray((at % body.length) + bytes.length),
    ]);
    const file = packed ? gzipSync(whole) : whole;
    return at % 3 === 0 ? file.subarray(0, file.length - (at % 40)) : file;
  });

describe("hostile files", () => {
  it("never break an import, whatever format they are read as", async () => {
    const folder = await newFolder();
    let number = 0;
    const body = fc.oneof(mangled, damaged, fc.uint8Array({ maxLength: 200 }));
    await fc.assert(
      fc.asyncProperty(
        body,
        fc.option(fc.constantFrom(...FORMATS), { nil: undefined }),
        async (content, format) => {
          const path = join(folder, `f${number++}`);
          await writeFile(path, content);
          const { report, spans } = await collect([path], { format });
          expect(report.files.found).toBe(1);
          for (const span of spans) {
            expect(span.traceId).toMatch(/^[0-9a-f]{32}$/);
            expect(span.spanId).toMatch(/^[0-9a-f]{16}$/);
            expect(Number.isSafeInteger(span.startUs)).toBe(true);
            expect(span.endUs === null || Number.isSafeInteger(span.endUs)).toBe(true);
          }
        },
      ),
      { numRuns: 600 },
    );
  });
});
