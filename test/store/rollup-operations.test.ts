import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { NO_USAGE } from "../../src/model/span.ts";
import { openConnection } from "../../src/store/sqlite/connection.ts";
import { rollupOperations } from "../../src/store/sqlite/rollup-operations.ts";
import { makeBatch, makeConversation, makeSpan, spanIdOf, T0, textMessage, traceIdOf } from "./fixtures.ts";
import { openRollupStore } from "./rollup-store.ts";

let store: ReturnType<typeof openRollupStore>;
beforeEach(() => {
  store = openRollupStore();
  onTestFinished(() => store[Symbol.dispose]());
});

const all = (sql: string) => store.db.prepare<[], Record<string, unknown>>(sql).all();
const facets = (field: string) =>
  store.db
    .prepare<[string], string>("SELECT value FROM trace_facet WHERE field = ? ORDER BY value")
    .pluck()
    .all(field);

describe("settling", () => {
  test("children first, the root later: the summary follows what has arrived", async () => {
    const call = makeSpan({
      spanId: spanIdOf(2),
      parentSpanId: spanIdOf(1),
      kind: "llm",
      model: "gpt-5",
      startUs: T0 + 5,
      usage: { ...NO_USAGE, inputTokens: 100, outputTokens: 50 },
      prompts: [{ name: "support", version: "7" }],
      tags: { release: "1.4" },
      content: {
        inputMessages: [textMessage("user", "where is\nmy order?")],
        outputMessages: [textMessage("assistant", "on its way")],
      },
    });
    await store.insert(makeBatch([call]));
    expect(store.rollups.isDirty()).toBe(true);
    store.rollups.settle();
    expect(store.rollups.isDirty()).toBe(false);
    expect(facets("finding")).toEqual(["orphan"]);
    await store.insert(
      makeBatch([
        makeSpan({ name: "turn", kind: "agent", sessionId: "s1", usage: { ...NO_USAGE, inputTokens: 100 } }),
      ]),
    );
    store.rollups.settle();
    expect(
      all(
        "SELECT name, input_tokens, output_tokens, spans, rollup_spans, input_preview, output_preview FROM trace",
      ),
    ).toEqual([
      {
        name: "turn",
        input_tokens: 100,
        output_tokens: 50,
        spans: 2,
        rollup_spans: 1,
        input_preview: "where is my order?",
        output_preview: "on its way",
      },
    ]);
    expect(facets("finding")).toEqual([]);
    expect(facets("prompt")).toEqual(["support", "support@7"]);
    expect(facets("tag.release")).toEqual(["1.4"]);
    expect(facets("kind")).toEqual(["agent", "llm"]);
    expect(all("SELECT session_id, inferred, turns, input_tokens FROM session")).toEqual([
      { session_id: "s1", inferred: 0, turns: 1, input_tokens: 100 },
    ]);
    expect(all("SELECT count(*) AS n FROM occurrence WHERE scope < 0")).toEqual([{ n: 0 }]);
  });

  test("sessions sum their traces, and keep their own tags", async () => {
    await store.insert(
      makeBatch(makeConversation({ sessionId: "s", turns: 3 }), {
        sessionTags: [
          { sessionId: "s", tags: { verdict: "pass" } },
          { sessionId: "unseen", tags: { verdict: "fail" } },
        ],
      }),
    );
    store.rollups.settle();
    expect(
      all("SELECT session_id, start_us IS NULL AS unseen, turns, tags FROM session ORDER BY id"),
    ).toEqual([
      { session_id: "s", unseen: 0, turns: 3, tags: '{"verdict":"pass"}' },
      { session_id: "unseen", unseen: 1, turns: 0, tags: '{"verdict":"fail"}' },
    ]);
  });

  test("a trace that changes its session leaves the old one", async () => {
    const span = makeSpan({ sessionId: "first" });
    await store.insert(makeBatch([span]));
    store.rollups.settle();
    await store.insert(makeBatch([{ ...span, sessionId: "second" }]));
    store.rollups.settle();
    expect(all("SELECT session_id, turns FROM session ORDER BY id")).toEqual([
      { session_id: "first", turns: 0 },
      { session_id: "second", turns: 1 },
    ]);
  });

  test("a large trace that keeps growing waits in settleSome, not in settle", async () => {
    const spans = Array.from({ length: 20_000 }, (_, i) =>
      makeSpan({ spanId: spanIdOf(i + 1), parentSpanId: i === 0 ? null : spanIdOf(1), startUs: T0 + i }),
    );
    await store.insert(makeBatch(spans));
    expect(store.rollups.settleSome(60_000)).toEqual({ remaining: 0 });
    const grow = (n: number) =>
      store.insert(makeBatch([makeSpan({ spanId: spanIdOf(n), parentSpanId: spanIdOf(1) })]));
    await grow(30_000);
    await store.insert(makeBatch([makeSpan({ traceId: traceIdOf(2), name: "small" })]));
    expect(store.rollups.settleSome(60_000)).toEqual({ remaining: 1 });
    expect(all("SELECT name, spans FROM trace ORDER BY id")).toEqual([
      { name: "work", spans: 20_000 },
      { name: "small", spans: 1 },
    ]);
    store.rollups.settle();
    expect(all("SELECT spans FROM trace ORDER BY id LIMIT 1")).toEqual([{ spans: 20_001 }]);
  });

  test("two processes settle the same marks: each is done once", async () => {
    const other = openConnection(store.path);
    onTestFinished(() => void other.close());
    const theirs = rollupOperations(other);
    await store.insert(makeBatch(makeConversation({ sessionId: "s", turns: 20 })));
    store.rollups.settleSome(0);
    theirs.settle();
    store.rollups.settle();
    expect(store.rollups.isDirty()).toBe(false);
    expect(all("SELECT turns FROM session")).toEqual([{ turns: 20 }]);
  });
});
