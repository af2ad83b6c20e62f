import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NO_USAGE, type SpanKind, type Usage } from "../../src/model/span.ts";
import { type RollupSpan, rollUpTrace } from "../../src/store/rollup.ts";
import { rollUpSession } from "../../src/store/rollup-session.ts";

const NO_PREVIEW = { input: () => null, output: () => null };

function span(spanId: string, parentSpanId: string | null, fields: Partial<RollupSpan> = {}): RollupSpan {
  return {
    spanId,
    parentSpanId,
    name: spanId,
    kind: "other",
    startUs: 0,
    endUs: 10,
    status: "unset",
    statusMessage: null,
    errorType: null,
    service: null,
    sessionId: null,
    userId: null,
    agentName: null,
    model: null,
    toolName: null,
    usage: NO_USAGE,
    costUsd: null,
    prompts: [],
    release: null,
    commit: null,
    tags: {},
    findings: [],
    ...fields,
  };
}

const tokens = (inputTokens: number, outputTokens: number, more: Partial<Usage> = {}): Usage => ({
  ...NO_USAGE,
  inputTokens,
  outputTokens,
  ...more,
});

const llm = (id: string, parent: string | null, usage: Usage, costUsd: number | null = null) =>
  span(id, parent, { kind: "llm", usage, costUsd });

const roll = (spans: readonly RollupSpan[]) => {
  const summary = rollUpTrace(spans, NO_PREVIEW);
  if (!summary) throw new Error("no summary");
  return summary;
};

describe("usage restated by parents", () => {
  test("the AI SDK's root that repeats the sum of its steps counts once", () => {
    const { totals } = roll([
      span("root", null, { kind: "agent", usage: tokens(200, 100) }),
      span("step1", "root", { usage: tokens(100, 50) }),
      llm("call1", "step1", tokens(100, 50), 0.01),
      span("step2", "root", { usage: tokens(100, 50) }),
      llm("call2", "step2", tokens(100, 50), 0.01),
    ]);
    expect(totals).toMatchObject({
      inputTokens: 200,
      outputTokens: 100,
      costUsd: 0.02,
      rollupSpans: 3,
      llmCalls: 2,
      unpricedCalls: 0,
    });
  });

  test("a parent whose children were partly sampled out keeps the larger sum", () => {
    const { totals } = roll([
      span("root", null, { kind: "agent", usage: tokens(300, 90), costUsd: 0.3 }),
      llm("call", "root", tokens(100, 30), 0.1),
    ]);
    expect(totals).toMatchObject({ inputTokens: 300, outputTokens: 90, costUsd: 0.3, rollupSpans: 0 });
  });

  test("a gateway's call below the SDK's is the same call", () => {
    const { totals } = roll([
      llm("sdk", null, tokens(100, 50), 0.01),
      llm("gateway", "sdk", tokens(100, 50), 0.012),
    ]);
    expect(totals).toMatchObject({
      inputTokens: 100,
      outputTokens: 50,
      costUsd: 0.012,
      llmCalls: 1,
      rollupSpans: 1,
    });
  });

  test("each field has its own maximum: cache tokens that only the child knows survive", () => {
    const { totals } = roll([
      span("root", null, { kind: "agent", usage: tokens(100, 60) }),
      llm("call", "root", tokens(100, 50, { cacheReadTokens: 80, cacheWriteTokens: 5, reasoningTokens: 7 })),
    ]);
    expect(totals).toMatchObject({
      inputTokens: 100,
      outputTokens: 60,
      cacheReadTokens: 80,
      cacheWriteTokens: 5,
      reasoningTokens: 7,
    });
  });

  test("unknown stays unknown, also next to zero", () => {
    expect(roll([span("root", null), span("child", "root")]).totals).toMatchObject({
      inputTokens: null,
      costUsd: null,
      unpricedCalls: 0,
    });
    expect(roll([llm("call", null, tokens(0, 0))]).totals).toMatchObject({
      inputTokens: 0,
      unpricedCalls: 0,
    });
  });

  test("a call without a price is counted once, unless something above or below it has the cost", () => {
    expect(
      roll([llm("outer", null, tokens(5, 5)), llm("inner", "outer", tokens(5, 5))]).totals.unpricedCalls,
    ).toBe(1);
    expect(
      roll([span("agent", null, { costUsd: 1 }), llm("call", "agent", tokens(5, 5))]).totals.unpricedCalls,
    ).toBe(0);
    expect(
      roll([llm("sdk", null, tokens(9, 9)), llm("gateway", "sdk", tokens(5, 5), 0.1)]).totals.unpricedCalls,
    ).toBe(0);
  });
});

describe("structure", () => {
  test("spans without their parent are roots, counted, and found", () => {
    const summary = roll([
      llm("lost", "never-came", tokens(10, 1)),
      span("root", null, { name: "main", startUs: 5, usage: tokens(3, 1) }),
    ]);
    expect(summary.totals.inputTokens).toBe(13);
    expect(summary.name).toBe("main");
    expect(summary.findings).toEqual([{ code: "orphan", detail: "1 span without the parent it names" }]);
    expect(summary.facets).toContainEqual({ field: "finding", value: "orphan" });
  });

  test("rings of parents are opened at their earliest span", () => {
    const summary = roll([
      llm("self", "self", tokens(1, 1)),
      llm("a", "c", tokens(10, 1)),
      span("b", "a", { startUs: -3, name: "earliest", kind: "llm", usage: tokens(10, 1) }),
      llm("c", "b", tokens(10, 1)),
      llm("below", "c", tokens(4, 1)),
    ]);
    // The ring opens above `earliest`: c has a (10) and below (4) under it.
    expect(summary.totals.inputTokens).toBe(15);
    expect(summary.name).toBe("earliest");
    expect(summary.findings[0]?.detail).toMatch(/^2 spans/);
  });

  test.each([
    ["one below the other", (i: number) => (i === 0 ? null : `s${i - 1}`)],
    ["one parent", (i: number) => (i === 0 ? null : "s0")],
    ["one ring", (i: number) => `s${(i + 1) % 30_000}`],
  ])("30,000 spans, %s", (_, parent) => {
    const spans = Array.from({ length: 30_000 }, (_unused, i) => llm(`s${i}`, parent(i), tokens(2, 1)));
    const { totals } = roll(spans);
    expect(totals.spans).toBe(30_000);
    expect(totals.inputTokens).toBe(parent(5) === "s0" ? 2 * 29_999 : 2);
  });
});

describe("words of the summary", () => {
  test("status and error come from failed roots, session and the rest from the root, else from any span", () => {
    const summary = roll([
      span("root", null, { status: "error", errorType: "Timeout", userId: "u1", endUs: 40 }),
      span("tool", "root", {
        kind: "tool",
        toolName: "refund",
        status: "error",
        statusMessage: "  no\n order ",
      }),
      span("call", "root", {
        kind: "llm",
        model: "m1",
        sessionId: "s1",
        startUs: 3,
        userId: "u2",
        tags: { a: "1" },
      }),
      span("late", "root", {
        sessionId: "s2",
        startUs: 9,
        endUs: 90,
        release: "r",
        tags: { a: "2", b: "3" },
      }),
    ]);
    expect(summary).toMatchObject({
      status: "error",
      errorPreview: "Timeout",
      sessionId: "s1",
      userId: "u1",
      release: "r",
      startUs: 0,
      endUs: 90,
      models: ["m1"],
      tools: ["refund"],
      tags: { a: "1", b: "3" },
    });
    expect(summary.totals).toMatchObject({ errors: 2, toolCalls: 1 });
  });

  test("an inner failure alone leaves the trace as it is, and its message is shown", () => {
    const summary = roll([
      span("root", null, { status: "ok" }),
      span("tool", "root", { kind: "tool", status: "error", statusMessage: " no\n order " }),
    ]);
    expect(summary.status).toBe("ok");
    expect(summary.errorPreview).toBe("no order");
  });

  test("previews come from the root, else from the first and the last call that has one", () => {
    const spans = [
      span("root", null, { kind: "agent" }),
      span("c1", "root", { kind: "llm", startUs: 1 }),
      span("c2", "root", { kind: "llm", startUs: 2 }),
    ];
    const reader = {
      input: (s: RollupSpan) => (s.kind === "llm" ? `in ${s.spanId}` : null),
      output: (s: RollupSpan) => (s.kind === "llm" ? `${"x".repeat(198)}😀${s.spanId}` : null),
    };
    const summary = rollUpTrace(spans, reader);
    expect(summary?.inputPreview).toBe("in c1");
    expect(summary?.outputPreview).toBe(`${"x".repeat(198)}…`);
    expect(rollUpTrace(spans, { ...reader, input: () => "root" })?.inputPreview).toBe("root");
  });

  test("what the summary cuts is counted in a finding, and facets still have it", () => {
    const tags = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`t${i}`, "v"]));
    const summary = roll([span("root", null, { tags })]);
    expect(Object.keys(summary.tags)).toHaveLength(50);
    expect(summary.findings).toEqual([
      { code: "value_too_large", detail: "the summary keeps 50 of 60 tags" },
    ]);
    expect(summary.facets).toContainEqual({ field: "tag.t59", value: "v" });
  });

  test("findings are one per code with how many more there are", () => {
    const finding = { code: "truncated_json", detail: "gen_ai.input.messages" } as const;
    const summary = roll([
      span("a", null, { findings: [finding, { code: "stub", detail: "log" }] }),
      span("b", "a", { findings: [finding, finding] }),
    ]);
    expect(summary.findings).toEqual([
      { code: "truncated_json", detail: "gen_ai.input.messages (and 2 more)" },
      { code: "stub", detail: "log" },
    ]);
  });

  test("prompts are facets with and without their version", () => {
    const summary = roll([span("a", null, { prompts: [{ name: "support", version: "7" }] })]);
    expect(summary.facets.filter((facet) => facet.field === "prompt").map((facet) => facet.value)).toEqual([
      "support",
      "support@7",
    ]);
  });
});

const kinds: SpanKind[] = ["llm", "agent", "tool", "embedding"];
const anyTrace = fc
  .array(
    fc.record({
      parent: fc.option(fc.nat(14), { nil: null }),
      kind: fc.constantFrom(...kinds),
      startUs: fc.nat(5),
      input: fc.option(fc.nat(100), { nil: null }),
      output: fc.option(fc.nat(100), { nil: null }),
      costUsd: fc.option(fc.nat(100), { nil: null }),
      model: fc.option(fc.constantFrom("a", "b"), { nil: null }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((rows) =>
    rows.map(({ parent, input, output, ...fields }, i) =>
      span(`s${i}`, parent === null ? null : `s${parent}`, {
        ...fields,
        usage: { ...NO_USAGE, inputTokens: input, outputTokens: output },
      }),
    ),
  );

describe("any trace", () => {
  test("totals lie between the largest span and the plain sum, and order does not matter", () => {
    fc.assert(
      fc.property(
        anyTrace.chain((spans) =>
          fc.tuple(fc.constant(spans), fc.shuffledSubarray(spans, { minLength: spans.length })),
        ),
        ([spans, shuffled]) => {
          const summary = roll(spans);
          expect(roll(shuffled)).toEqual(summary);
          const cases: [number | null, (number | null)[]][] = [
            [summary.totals.inputTokens, spans.map((s) => s.usage.inputTokens)],
            [summary.totals.outputTokens, spans.map((s) => s.usage.outputTokens)],
            [summary.totals.costUsd, spans.map((s) => s.costUsd)],
          ];
          for (const [total, own] of cases) {
            const known = own.filter((value) => value !== null);
            if (known.length === 0) expect(total).toBeNull();
            else {
              expect(total).toBeGreaterThanOrEqual(Math.max(...known));
              expect(total).toBeLessThanOrEqual(known.reduce((a, b) => a + b, 0));
            }
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("sessions", () => {
  const trace = (
    traceId: string,
    startUs: number,
    fields: Partial<Parameters<typeof rollUpSession>[0][number]> = {},
  ) => ({
    ...roll([llm("call", null, tokens(10, 1), 0.5)]),
    traceId,
    startUs,
    endUs: startUs + 5,
    ...fields,
  });

  test("a session sums its traces in order of start", () => {
    const session = rollUpSession(
      [
        trace("b", 20, { outputPreview: "bye", tags: { x: "2", y: "2" }, status: "ok" }),
        trace("a", 0, { inputPreview: "hello", tags: { x: "1" } }),
      ],
      { y: "own" },
    );
    expect(session).toMatchObject({
      startUs: 0,
      endUs: 25,
      turns: 2,
      status: "ok",
      inputPreview: "hello",
      outputPreview: "bye",
      tags: { x: "1", y: "own" },
    });
    expect(session?.totals).toMatchObject({
      inputTokens: 20,
      costUsd: 1,
      spans: 2,
      llmCalls: 2,
      reasoningTokens: null,
    });
  });

  test("one failed turn fails it, a running one leaves it open, none is none", () => {
    const session = rollUpSession([
      trace("a", 0, { status: "error" }),
      trace("b", 9, { status: "ok", endUs: null }),
    ]);
    expect(session?.status).toBe("error");
    expect(session?.endUs).toBeNull();
    expect(rollUpSession([])).toBeUndefined();
  });
});
