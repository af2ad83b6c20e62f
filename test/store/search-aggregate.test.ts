import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseFilter } from "../../src/filter/parse-filter.ts";
import { errorSignature } from "../../src/store/error-signature.ts";
import { aggregateOperations } from "../../src/store/sqlite/aggregate.ts";
import { openDurationSample } from "../../src/store/sqlite/aggregate-percentiles.ts";
import { valueOperations } from "../../src/store/sqlite/values.ts";
import { NOW_US, openSearchFixture, traceIdOf } from "./search-fixture.ts";

let store: ReturnType<typeof openSearchFixture>;
beforeAll(() => {
  store = openSearchFixture();
  const tool = (ms: number, status = "ok") => ({
    name: "execute_tool refund",
    kind: "tool",
    tool_name: "refund",
    status,
    status_message: status === "error" ? `order ${ms} not found` : null,
    end_us: NOW_US + ms * 1000,
  });
  const llm = (model: string, tokens: number, cost: number | null, more = {}) => ({
    name: `chat ${model}`,
    kind: "llm",
    model,
    input_tokens: tokens,
    output_tokens: 1,
    cost_usd: cost,
    ...more,
  });
  store.addTrace({
    session: "s",
    row: {
      name: "a",
      status: "error",
      duration_us: 1_000,
      input_tokens: 30,
      llm_calls: 2,
      cost_usd: 0.2,
      unpriced_calls: 1,
    },
    facets: [
      ["agent", "x"],
      ["finding", "orphan"],
      ["tag.v", "1"],
    ],
    spans: [tool(10), tool(20, "error"), tool(30, "error"), llm("m1", 10, 0.1), llm("m2", 20, null)],
  });
  const wrapper = Buffer.alloc(8, 1);
  store.addTrace({
    session: "s",
    row: { name: "b", duration_us: 3_000, rollup_spans: 1, llm_calls: 1, input_tokens: 5 },
    facets: [
      ["agent", "x"],
      ["tag.v", "2"],
      ["tag.w", "2"],
    ],
    spans: [llm("m1", 5, 0.1), llm("m1", 5, 0.1, { parent_span_id: wrapper }), tool(40, "error")],
  });
  store.addTrace({ row: { name: "c", start_us: null }, facets: [] });
  store.addAssessment({ name: "ok", value: "true", source: "end_user", trace_id: traceIdOf(1) });
  store.addAssessment({
    name: "ok",
    value: "false",
    source: "end_user",
    trace_id: traceIdOf(2),
    span_id: wrapper,
  });
  store.addAssessment({ name: "ok", value: "true", source: "end_user", session_id: "s" });
  store.addAssessment({ name: "why", value: '"slow"', trace_id: traceIdOf(1) });
  store.addAssessment({ name: "why", value: null, trace_id: traceIdOf(1) });
  store.addAssessment({ name: "why", value: '"old"', trace_id: traceIdOf(1), superseded_by: "z" });
});
afterAll(() => store.close());

const aggregate = (text: string, topN = 10) =>
  aggregateOperations(store.reader).aggregate({
    projectId: "p",
    filter: parseFilter(text, { nowUs: NOW_US, level: "trace" }),
    topN,
  });

describe("aggregate", () => {
  test("totals, tools, models, facets", () => {
    expect(aggregate("")).toMatchObject({
      traces: 2,
      sessions: 1,
      failedTraces: 1,
      durationMs: { p50: 1, p95: 3, max: 3 },
      inputTokens: 35,
      costUsd: 0.2,
      unpricedCalls: 1,
      llmCalls: 3,
      tools: {
        total: 1,
        rows: [{ name: "refund", calls: 4, errors: 3, durationMs: { p50: 20, p95: 40, max: 40 } }],
      },
      agents: { total: 1, rows: [{ value: "x", count: 2 }] },
      services: { total: 0, rows: [] },
      findings: { total: 1, rows: [{ value: "orphan", count: 1 }] },
    });
  });

  test("a model call that wraps another is counted once", () => {
    const { rows } = aggregate("").models;
    expect(rows.find((row) => row.name === "m1")).toMatchObject({ calls: 2, inputTokens: 15 });
    expect(rows.find((row) => row.name === "m2")).toMatchObject({ calls: 1, inputTokens: 20, costUsd: null });
  });

  test("errors are one group when only numbers differ", () => {
    expect(aggregate("").errors).toEqual({
      total: 1,
      rows: [
        {
          signature: "order <n> not found",
          kind: "tool",
          name: "refund",
          count: 3,
          traces: 2,
          exampleTraceId: "00000001".repeat(4),
        },
      ],
    });
  });

  test("feedback on traces, spans and sessions, without what was superseded", () => {
    expect(aggregate("").feedback.rows).toEqual([
      {
        name: "ok",
        source: "end_user",
        n: 3,
        mean: 2 / 3,
        values: [
          { value: "true", count: 2 },
          { value: "false", count: 1 },
        ],
      },
      { name: "why", source: "human", n: 2, mean: null, values: [{ value: "slow", count: 1 }] },
    ]);
  });

  test("only what the filter selects, only topN rows, and the whole number of them", () => {
    expect(aggregate("name = b")).toMatchObject({
      traces: 1,
      failedTraces: 0,
      errors: { rows: [{ count: 1 }] },
    });
    expect(aggregate("", 1).models).toMatchObject({ total: 2, rows: [{ name: "m1" }] });
    expect(aggregate("name = nosuch")).toMatchObject({
      traces: 0,
      durationMs: null,
      firstUs: null,
      costUsd: null,
    });
  });
});

test("values of a field, most frequent first", () => {
  const { listValues } = valueOperations(store.reader);
  expect(listValues("p", "agent", 5)).toEqual([{ value: "x", count: 2 }]);
  expect(listValues("p", "name", 5)).toEqual([
    { value: "a", count: 1 },
    { value: "b", count: 1 },
  ]);
  expect(listValues("p", "session", 5)).toEqual([{ value: "s", count: 2 }]);
  expect(listValues("p", "tag", 1)).toEqual([{ value: "v", count: 2 }]);
  expect(listValues("p", "tag.v", 5)).toHaveLength(2);
  expect(listValues("p", "feedback", 5)[0]).toEqual({ value: "ok", count: 3 });
  expect(listValues("p", "feedback.why", 5)).toEqual([{ value: "slow", count: 1 }]);
  expect(listValues("nobody", "agent", 5)).toEqual([]);
  expect(() => listValues("p", "'; DROP", 5)).toThrow("No list of values");
});

describe("error signature", () => {
  test.each([
    [null, "Timeout after 30.5s (attempt 3)", "Timeout after <n>s (attempt <n>)"],
    ["ValueError", 'no order "4711" for bob@example.org', "ValueError: no order <text> for <email>"],
    ["ValueError", "ValueError: x", "ValueError: x"],
    [null, "user 123e4567-e89b-12d3-a456-426614174000 is gone", "user <uuid> is gone"],
    [null, "at 0xDEADBEEF in 4bf92f3577b34da6", "at <id> in <id>"],
    [null, "call_8fx2kQ9a failed", "<id> failed"],
    [null, "can't parse 'it' or `that`", "can't parse <text> or <text>"],
    [null, "GET https://x.test/a?b=1 gave 404", "GET <url> gave <n>"],
    [null, "facade decade", "facade decade"],
    ["TimeoutError", null, "TimeoutError"],
    [null, null, "unknown error"],
  ])("%s, %s", (type, message, expected) => expect(errorSignature(type, message)).toBe(expected));

  test("is short, and huge text costs nothing", () => {
    expect(errorSignature("E", "word ".repeat(1_000_000)).length).toBeLessThanOrEqual(200);
    for (const hostile of ["'", '"', "a_", "-", "@", "a.", "0x"])
      expect(errorSignature(null, hostile.repeat(500_000)).length).toBeLessThanOrEqual(200);
  });
});

test("percentiles stay right when durations are sampled", () => {
  const sample = openDurationSample();
  for (let n = 1; n <= 1_000_000; n += 1) sample.add(n * 1000);
  sample.add(null);
  const { p50 = 0, p95 = 0, max } = sample.percentiles() ?? {};
  expect(max).toBe(1_000_000);
  expect(Math.abs(p50 - 500_000)).toBeLessThan(100);
  expect(Math.abs(p95 - 950_000)).toBeLessThan(100);
});
