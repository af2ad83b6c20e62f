import { expect, test } from "vitest";
import type { Page } from "../../src/store/store.ts";
import type { OpenedStore } from "./contract.ts";
import { makeBatch, makeConversation, makeSpan, spanIdOf, T0, textMessage, traceIdOf } from "./fixtures.ts";

type Open = () => Promise<OpenedStore>;
const ALL = { projectId: "shop", filter: { type: "all" } } as const;

async function collect<T>(read: (cursor: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    items.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return items;
}

export function readContract(open: Open): void {
  test("an empty store answers everything with nothing", async () => {
    await using opened = await open();
    const { traces, records } = opened.store;
    expect(await traces.getTrace("shop", traceIdOf(1))).toBeUndefined();
    expect(await traces.getSession("shop", "session")).toBeUndefined();
    expect(await traces.getSpan("shop", traceIdOf(1), spanIdOf(1))).toBeUndefined();
    expect((await traces.readSpans("shop", traceIdOf(1), { limit: 5 })).items).toEqual([]);
    expect((await traces.searchTraces({ ...ALL, order: "newest", limit: 5 })).items).toEqual([]);
    expect((await traces.searchSessions({ ...ALL, order: "newest", limit: 5 })).items).toEqual([]);
    expect((await traces.aggregate({ ...ALL, topN: 3 })).traces).toBe(0);
    expect(await traces.listValues("shop", "model", 5)).toEqual([]);
    expect(await records.listProjects()).toEqual([]);
    await traces.settle();
  });

  test("pages of spans are complete, in order and without repeats, also at equal times", async () => {
    await using opened = await open();
    const { traces } = opened.store;
    const spans = Array.from({ length: 25 }, (_, i) =>
      makeSpan({ spanId: spanIdOf(i + 1), startUs: T0 + Math.floor(i / 10) }),
    );
    await traces.insert([makeBatch([...spans].reverse())]);
    const read = (cursor: string | undefined) => traces.readSpans("shop", traceIdOf(1), { limit: 7, cursor });
    const items = await collect(read);
    expect(items).toHaveLength(25);
    expect(new Set(items.map((item) => item.head.spanId)).size).toBe(25);
    const starts = items.map((item) => item.head.startUs);
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
    expect((await read(undefined)).total).toBe(25);
    await expect(read("nonsense")).rejects.toHaveProperty("code", "invalid_input");
  });

  test("an outline refers to contents, which read back as messages and values", async () => {
    await using opened = await open();
    const { traces } = opened.store;
    const spans = makeConversation({ sessionId: "c", turns: 3 });
    const tool = makeSpan({ spanId: spanIdOf(99), content: { input: { q: 1 }, output: [1, 2] } });
    await traces.insert([makeBatch([...spans, tool])]);
    const last = (await traces.readSpans("shop", traceIdOf(3), { limit: 1 })).items[0];
    const ids = last?.inputMessages.map((ref) => ref.id) ?? [];
    const contents = await traces.readContents("shop", [...ids, "999999", "x"]);
    expect(ids.map((id) => contents.get(id))).toEqual(spans[2]?.content.inputMessages);
    expect(contents.size).toBe(5);
    expect(last?.inputMessages[0]?.chars).toBe(JSON.stringify(spans[2]?.content.inputMessages?.[0]).length);
    const first = (await traces.readSpans("shop", traceIdOf(1), { limit: 9 })).items;
    const value = first.find((item) => item.head.spanId === spanIdOf(99));
    expect([
      ...(await traces.readContents("shop", [value?.input?.id ?? "", value?.output?.id ?? ""])).values(),
    ]).toEqual([{ q: 1 }, [1, 2]]);
  });

  test("ids may be shortened while they are unique", async () => {
    await using opened = await open();
    const { traces } = opened.store;
    const ids = ["abcdef01", "abcdef02"].map((start) => start.padEnd(32, "0"));
    await traces.insert([
      makeBatch(
        ids.map((traceId, i) =>
          makeSpan({ traceId, spanId: `fedcba${i}`.padEnd(16, "1"), sessionId: `conversation-${i}` }),
        ),
      ),
    ]);
    expect((await traces.getTrace("shop", "abcdef02"))?.traceId).toBe(ids[1]);
    expect((await traces.getTrace("shop", "ABCDEF02"))?.traceId).toBe(ids[1]);
    expect((await traces.getSpan("shop", "abcdef01", "fedcba0"))?.spanId).toBe("fedcba0".padEnd(16, "1"));
    expect((await traces.getSession("shop", "conversation-1"))?.sessionId).toBe("conversation-1");
    await expect(traces.getTrace("shop", "abcdef")).rejects.toHaveProperty("code", "invalid_input");
    await expect(traces.getTrace("shop", "abc")).rejects.toHaveProperty("code", "invalid_input");
    await expect(traces.getSession("shop", "conversation")).rejects.toHaveProperty("code", "invalid_input");
    expect(await traces.getTrace("shop", "not hex at all")).toBeUndefined();
  });

  test("sessions list their traces, oldest first, page by page", async () => {
    await using opened = await open();
    const { traces } = opened.store;
    await traces.insert([makeBatch(makeConversation({ sessionId: "c", turns: 7 }).reverse())]);
    const items = await collect((cursor) => traces.readSessionTraces("shop", "c", { limit: 3, cursor }));
    expect(items.map((item) => item.traceId)).toEqual([1, 2, 3, 4, 5, 6, 7].map(traceIdOf));
    expect(items[0]?.sessionId).toBe("c");
    expect((await traces.getSession("shop", "c"))?.turns).toBe(7);
  });

  test("search sees what was just stored, by fields and by text", async () => {
    await using opened = await open();
    const { traces } = opened.store;
    const spans = makeConversation({ sessionId: "c", turns: 5 });
    const refund = makeSpan({
      traceId: traceIdOf(77),
      kind: "tool",
      toolName: "refund",
      content: { input: { reason: "broken zipper" } },
    });
    await traces.insert([makeBatch([...spans, refund])]);
    const found = await collect((cursor) =>
      traces.searchTraces({ ...ALL, order: "newest", limit: 2, cursor }),
    );
    expect(found.map((item) => item.traceId).sort()).toEqual([1, 2, 3, 4, 5, 77].map(traceIdOf));
    const text = await traces.searchTraces({
      projectId: "shop",
      filter: { type: "compare", field: { name: "text" }, op: "~", values: ["zipper"] },
      order: "newest",
      limit: 5,
    });
    expect(text.items.map((item) => item.traceId)).toEqual([traceIdOf(77)]);
    expect((await traces.searchSessions({ ...ALL, order: "oldest", limit: 5 })).items[0]?.sessionId).toBe(
      "c",
    );
    expect((await traces.aggregate({ ...ALL, topN: 3 })).traces).toBe(6);
    expect(await traces.listValues("shop", "model", 5)).toEqual([{ value: "gpt-5", count: 5 }]);
  });

  test("what was deleted is gone, stays gone, and its contents can be stored again", async () => {
    await using opened = await open();
    await using second = await opened.reopen();
    const { traces } = opened.store;
    const spans = makeConversation({ sessionId: "c", turns: 4 });
    await traces.insert([makeBatch(spans)]);
    const deletion = { ...ALL, filterText: "" };
    expect((await second.traces.delete({ ...deletion, dryRun: true })).traces).toBe(4);
    expect(await traces.getTrace("shop", traceIdOf(4))).toBeDefined();
    const counts = await second.traces.delete({ ...deletion, dryRun: false });
    expect(counts).toMatchObject({ traces: 4, spans: 4, sessions: 1 });
    expect(counts.contents).toBeGreaterThan(0);
    await traces.insert([makeBatch(spans)]);
    expect(await traces.getTrace("shop", traceIdOf(4))).toBeUndefined();
    const again = makeConversation({ sessionId: "c", turns: 4, firstTrace: 101 });
    await traces.insert([makeBatch(again)]);
    for (const span of again) expect(await traces.getSpan("shop", span.traceId, span.spanId)).toEqual(span);
  });

  test("a message list without a session keeps its order", async () => {
    await using opened = await open();
    const { traces } = opened.store;
    const same = textMessage("user", "again");
    const span = makeSpan({
      kind: "llm",
      content: { inputMessages: [same, same, textMessage("tool", "x"), same] },
    });
    await traces.insert([makeBatch([span])]);
    const read = await traces.getSpan("shop", span.traceId, span.spanId);
    expect(read?.content.inputMessages).toEqual(span.content.inputMessages);
  });
}
