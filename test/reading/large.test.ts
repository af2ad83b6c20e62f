import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import type { Span } from "../../src/model/span.ts";
import { DEFAULT_BUDGET } from "../../src/reading/budget.ts";
import { findInSession } from "../../src/reading/find.ts";
import { readSession } from "../../src/reading/session.ts";
import { readTrace } from "../../src/reading/trace.ts";
import {
  makeBatch,
  makeConversation,
  makeSpan,
  spanIdOf,
  T0,
  textMessage,
  traceIdOf,
} from "../store/fixtures.ts";
import { openTestStore } from "./imported.ts";

const Counts = z.object({
  spans: z.object({ total: z.number(), alone: z.number(), folded: z.number().default(0) }),
  errors: z.number(),
});

let opened: Awaited<ReturnType<typeof openTestStore>>;

beforeEach(async () => {
  opened = await openTestStore();
});

afterEach(() => opened.close());

async function storeOf(spans: readonly Span[]) {
  for (let from = 0; from < spans.length; from += 2_000)
    await opened.traces.insert([makeBatch(spans.slice(from, from + 2_000))]);
  await opened.traces.settle();
  return opened.traces;
}

const SPANS = 30_000;
const ID = 0x1_0000_0000;

/** An agent that loops: 10,000 steps of a model call and two tool calls, 199 calls of which fail. */
const loop = () =>
  Array.from({ length: SPANS }, (_, i) => {
    const kind = i === 0 ? "agent" : i % 3 === 1 ? "llm" : "tool";
    const failed = kind === "tool" && i % 100 === 0;
    return makeSpan({
      spanId: spanIdOf(ID * (i + 1)),
      parentSpanId: i === 0 ? null : spanIdOf(ID),
      name: kind === "tool" ? `search_${i % 3}` : kind,
      toolName: kind === "tool" ? `search_${i % 3}` : null,
      kind,
      sessionId: "s",
      startUs: T0 + i * 1_000,
      endUs: i === 0 ? T0 + SPANS * 1_000 : T0 + i * 1_000 + 900,
      status: failed ? "error" : "unset",
      statusMessage: failed ? `no result for query ${i}` : null,
      content:
        kind === "llm"
          ? {
              inputMessages: [textMessage("user", `step ${i}`)],
              outputMessages: [textMessage("assistant", `did ${i}`)],
            }
          : { input: { query: `q ${i}` }, output: `result ${i}` },
    });
  });

test("a trace of 30,000 spans is a digest within the budget with exact counts, its failures first", async () => {
  const store = await storeOf(loop());
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const answer = await readTrace(store, { projectId: "shop", traceId: traceIdOf(1), budget: DEFAULT_BUDGET });
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(250_000_000);
  expect(JSON.stringify(answer).length).toBeLessThanOrEqual(DEFAULT_BUDGET);
  const { spans, errors } = Counts.parse(answer?.data);
  expect(spans.total).toBe(SPANS);
  expect(spans.alone + spans.folded).toBe(SPANS);
  expect(errors).toBe(199);
  const digest = String(answer?.untrusted?.["digest"]);
  expect(digest.split("\n")[0]).toContain("ERROR no result for query");
  expect(digest).toMatch(/×9\d\d\d llm llm/);
}, 120_000);

test("one long chain of 30,000 spans, each below the last, is read without recursion", async () => {
  const spans = Array.from({ length: SPANS }, (_, i) =>
    makeSpan({
      spanId: spanIdOf(i + 1),
      parentSpanId: i === 0 ? null : spanIdOf(i),
      startUs: T0 - i,
      name: `n${i}`,
    }),
  );
  const store = await storeOf(spans);
  const answer = await readTrace(store, { projectId: "shop", traceId: traceIdOf(1), budget: DEFAULT_BUDGET });
  expect(JSON.stringify(answer).length).toBeLessThanOrEqual(DEFAULT_BUDGET);
  expect(answer?.page?.total).toBe(SPANS);
}, 120_000);

test("a session of 300 turns with resent history stays within budget and memory", async () => {
  const store = await storeOf(makeConversation({ sessionId: "s", turns: 300, words: "w ".repeat(400) }));
  const before = process.memoryUsage().heapUsed;
  const answer = await readSession(store, { projectId: "shop", sessionId: "s", budget: DEFAULT_BUDGET });
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(250_000_000);
  expect(JSON.stringify(answer).length).toBeLessThanOrEqual(DEFAULT_BUDGET);
  expect(answer?.page?.total).toBe(600);
  const found = await findInSession(store, {
    projectId: "shop",
    sessionId: "s",
    pattern: "message 7 of",
    budget: 8_000,
  });
  expect(found.data["hits"]).toBe(1);
}, 120_000);
