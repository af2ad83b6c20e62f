import { describe, expect, test } from "vitest";
import { contextComposition } from "../../src/reading/context-composition.ts";
import { readTrace } from "../../src/reading/trace.ts";
import { timeAndMoney } from "../../src/reading/where.ts";
import { makeSpan, spanIdOf, T0, textMessage, traceIdOf } from "../store/fixtures.ts";
import { createMemoryStore } from "./memory-store.ts";

const id = (n: number) => spanIdOf(n * 0x1_0000_0000);
const S = 1_000_000;

/** An agent that looks something up, fails once, and answers. */
const spans = [
  makeSpan({
    spanId: id(1),
    name: "invoke_agent shop",
    kind: "agent",
    agentName: "shop",
    sessionId: "s-1",
    endUs: T0 + 6 * S,
    content: { inputMessages: [textMessage("user", "Where is\n my order 7?")], output: "It is on its way." },
  }),
  makeSpan({
    spanId: id(2),
    parentSpanId: id(1),
    name: "chat",
    kind: "llm",
    model: "gpt-5",
    endUs: T0 + 2 * S,
    usage: {
      inputTokens: 1200,
      outputTokens: 20,
      cacheReadTokens: null,
      cacheWriteTokens: null,
      reasoningTokens: null,
    },
    costUsd: 0.002,
    costSource: "computed",
    content: {
      system: [{ type: "text", text: "x".repeat(958) }],
      inputMessages: [textMessage("user", "Where is\n my order 7?")],
      outputMessages: [
        {
          role: "assistant",
          parts: [{ type: "tool_call", id: "c1", name: "get_order", arguments: { id: 7 } }],
        },
      ],
    },
  }),
  makeSpan({
    spanId: id(3),
    parentSpanId: id(1),
    name: "execute_tool get_order",
    kind: "tool",
    toolName: "get_order",
    toolCallId: "c1",
    startUs: T0 + 2 * S,
    endUs: T0 + 3 * S,
    status: "error",
    statusMessage: "order service: timeout",
    content: { input: { id: 7 } },
  }),
  makeSpan({
    spanId: id(4),
    parentSpanId: id(1),
    name: "chat",
    kind: "llm",
    model: "gpt-5",
    startUs: T0 + 3 * S,
    endUs: T0 + 6 * S,
    content: {
      inputMessages: [
        textMessage("user", "Where is\n my order 7?"),
        { role: "tool", parts: [{ type: "tool_result", id: "c1", name: null, result: "timeout" }] },
      ],
      outputMessages: [textMessage("assistant", "It is on its way.")],
    },
  }),
];

describe("readTrace", () => {
  test("tells a small trace whole: what was asked, done, failed and answered, each once", async () => {
    const answer = await readTrace(createMemoryStore(spans), {
      projectId: "shop",
      traceId: traceIdOf(1),
      budget: 8_000,
    });
    expect(answer?.untrusted?.["digest"]).toBe(
      [
        "agent shop +0s 6.00s 00000001",
        " > Where is my order 7?",
        " llm chat gpt-5 +0s 2.00s 1.2k>20tok $0.002 00000002",
        " tool get_order +2.00s 1.00s 00000003 ({id: 7}) ERROR order service: timeout",
        " llm chat gpt-5 +3.00s 3.00s 00000004",
        "  < It is on its way.",
      ].join("\n"),
    );
    expect(answer?.data).toMatchObject({ cost: "$0.002 computed", errors: 1, spans: { total: 4, alone: 4 } });
    expect(answer?.next).toEqual([
      {
        tool: "get_trace",
        arguments: { traceId: traceIdOf(1), spanId: "00000003" },
        why: "the first error whole",
      },
    ]);
    expect(answer?.untrusted?.["where"]).toEqual({
      columns: ["what", "n", "self", "tokens", "cost"],
      rows: [
        ["llm chat gpt-5", 2, "5.00s", 1220, "$0.002"],
        ["tool get_order", 1, "1.00s", 0, ""],
        ["agent shop", 1, "0.0ms", 0, ""],
      ],
    });
    expect(answer?.omitted).toBeUndefined();
  });

  test("nothing that came from the trace is outside of untrusted", async () => {
    const hostile = spans.map((span) => ({
      ...span,
      name: "HOSTILE",
      agentName: "HOSTILE",
      model: "HOSTILE",
      toolName: span.toolName && "HOSTILE",
      statusMessage: span.statusMessage && "HOSTILE",
      sessionId: "HOSTILE",
      tags: { HOSTILE: "HOSTILE" },
    }));
    const answer = await readTrace(createMemoryStore(hostile), {
      projectId: "shop",
      traceId: traceIdOf(1),
      budget: 8_000,
    });
    expect(JSON.stringify({ ...answer, untrusted: undefined })).not.toContain("HOSTILE");
    expect(JSON.stringify(answer?.untrusted)).toContain("HOSTILE");
  });

  test("an unknown trace is undefined, a foreign cursor is refused", async () => {
    const store = createMemoryStore(spans);
    expect(await readTrace(store, { projectId: "shop", traceId: "ffffffff", budget: 8_000 })).toBeUndefined();
    for (const cursor of ["rows:1", "lines:x", "lines:999"])
      await expect(
        readTrace(store, { projectId: "shop", traceId: traceIdOf(1), cursor, budget: 8_000 }),
      ).rejects.toMatchObject({ code: "invalid_input" });
  });
});

const timed = (span: (typeof spans)[number], own: { costUsd?: number; inputTokens?: number } = {}) => ({
  ...span,
  label: span.name,
  inputTokens: own.inputTokens ?? null,
  outputTokens: null,
  costUsd: own.costUsd ?? null,
  error: null,
});

describe("timeAndMoney", () => {
  test("counts overlapping children once and totals restated by a parent once", () => {
    const root = timed(makeSpan({ spanId: id(1), name: "root", endUs: T0 + 10 * S }), {
      costUsd: 5,
      inputTokens: 90,
    });
    const child = (n: number, from: number, to: number) =>
      timed(
        makeSpan({
          spanId: id(n),
          parentSpanId: id(1),
          name: "call",
          startUs: T0 + from * S,
          endUs: T0 + to * S,
        }),
        {
          costUsd: 2,
          inputTokens: 50,
        },
      );
    expect(timeAndMoney([root, child(2, 1, 5), child(3, 3, 6)])).toEqual([
      { kind: "other", name: "call", count: 2, errors: 0, selfUs: 7 * S, tokens: 100, costUsd: 4 },
      { kind: "other", name: "root", count: 1, errors: 0, selfUs: 5 * S, tokens: 0, costUsd: 1 },
    ]);
  });

  test("children that outlive their parent, and parents below themselves, do no harm", () => {
    const a = timed(makeSpan({ spanId: id(1), parentSpanId: id(2), name: "a", endUs: T0 + S }));
    const b = timed(makeSpan({ spanId: id(2), parentSpanId: id(1), name: "b", endUs: T0 + 9 * S }));
    expect(timeAndMoney([a, b]).map(({ name, selfUs }) => [name, selfUs])).toEqual([
      ["b", 8 * S],
      ["a", 0],
    ]);
  });
});

test("contextComposition tells instructions, tools, results, history and new input apart", () => {
  const ref = (name: string, chars: number) => ({ id: name, chars });
  const outline = {
    system: ref("system", 100),
    toolDefinitions: ref("tools", 50),
    documents: ref("documents", 7),
    input: null,
    inputMessages: [
      ref("rules", 10),
      ref("u1", 20),
      ref("t1", 40),
      ref("a1", 30),
      ref("u2", 5),
      ref("t2", 3),
      ref("u3", 2),
    ],
  };
  const roles = new Map(
    Object.entries({
      rules: "system",
      u1: "user",
      t1: "tool",
      a1: "assistant",
      u2: "user",
      t2: "tool",
      u3: "user",
    } as const),
  );
  expect(contextComposition(outline, roles)).toEqual({
    system: 110,
    tools: 50,
    results: 50,
    history: 50,
    input: 7,
  });
});
