import { expect, test } from "vitest";
import type { Json } from "../../src/model/json.ts";
import type { OpenedStore } from "./contract.ts";
import {
  makeAssessment,
  makeBatch,
  makeConversation,
  makeSpan,
  spanIdOf,
  T0,
  textMessage,
  traceIdOf,
} from "./fixtures.ts";

type Open = () => Promise<OpenedStore>;
const TRACE = traceIdOf(1);
const SPAN = spanIdOf(1);

const fullSpan = () =>
  makeSpan({
    parentSpanId: spanIdOf(9),
    name: "chat gpt-5",
    kind: "llm",
    status: "error",
    statusMessage: "rate limited",
    errorType: "RateLimitError",
    service: "shop",
    scope: "openai-instrumentation",
    sessionId: "session-1",
    userId: "u1",
    agentName: "support",
    provider: "openai",
    model: "gpt-5",
    toolName: "refund",
    toolCallId: "call_1",
    finishReasons: ["stop", "length"],
    usage: { inputTokens: 10, outputTokens: 5, cacheReadTokens: 3, cacheWriteTokens: 0, reasoningTokens: 2 },
    costUsd: 0.0125,
    costSource: "reported",
    timeToFirstTokenMs: 12.5,
    responseId: "resp_1",
    prompts: [{ name: "support", version: "7" }],
    release: "1.4",
    commit: "abc123",
    tags: { release: "1.4", __proto__x: "1" },
    findings: [{ code: "usage_exclusive", detail: "gen_ai.usage.input_tokens" }],
    content: {
      system: [{ type: "text", text: "be kind" }],
      inputMessages: [
        textMessage("user", "hi \u0000 \ud83d\ude00 \ud800 end"),
        {
          role: "assistant",
          parts: [{ type: "tool_call", id: "c1", name: "refund", arguments: { n: [1, null] } }],
        },
        { role: "tool", parts: [{ type: "tool_result", id: "c1", name: null, result: "ok" }], name: "till" },
      ],
      outputMessages: [textMessage("assistant", "done")],
      input: { order: 7 },
      output: "refunded",
      toolDefinitions: [{ name: "refund" }],
      documents: [{ id: "d1", content: "policy", score: 0.5 }],
    },
    source: {
      attributes: { "gen_ai.system": "openai", n: 1, list: [1, "a"], deep: { a: { b: null } } },
      resource: { "service.name": "shop", "process.pid": 7 },
      events: [{ name: "exception", timeUs: T0 + 5, attributes: { message: "boom" } }],
      links: [{ traceId: traceIdOf(3), spanId: spanIdOf(4) }],
    },
  });

export function insertContract(open: Open): void {
  test("a span reads back as it was stored", async () => {
    await using opened = await open();
    const { traces } = opened.store;
    await traces.insert([makeBatch([fullSpan()])]);
    expect(await traces.getSpan("shop", TRACE, SPAN)).toEqual(fullSpan());
    expect(await traces.getSpan("other", TRACE, SPAN)).toBeUndefined();
  });

  test("source strings of any shape read back exactly", async () => {
    await using opened = await open();
    const { traces } = opened.store;
    const long = "x".repeat(3000);
    const attributes: Record<string, Json> = {
      array: JSON.stringify([{ a: long }, 'b, ] \\" [', 3, [1, [2]], null, "\\"]),
      pretty: JSON.stringify([{ a: long }, { b: 2 }], null, 2),
      uneven: `[1,${JSON.stringify(long)}, 2]`,
      broken: `[{"a":"${long}`,
      tail: `[{"a":"${long}"}] and more`,
      empty: `[${" ".repeat(2000)}]`,
      number: `[${"1".repeat(2000)}]`,
      object: JSON.stringify({ a: long }),
      text: `\u0000 \u2028 ${long} \ud83d\ude00`,
      surrogate: `${long}\ud800`,
      two: `["${"é漢".repeat(900)}", "${long}"]`,
      marker: { $chain: 0, $join: ["", "", ""] },
      value: { $value: { $chain: 1 } },
      short: '{"$chain":0}',
    };
    const events = [{ name: "e", timeUs: T0, attributes: { body: JSON.stringify([long, long]), $chain: 2 } }];
    const span = makeSpan({ source: { attributes, events } });
    await traces.insert([makeBatch([span])]);
    expect((await traces.getSpan("shop", TRACE, SPAN))?.source).toEqual(span.source);
  });

  test("a property named __proto__ is kept and harms nothing", async () => {
    await using opened = await open();
    const attributes: Record<string, Json> = JSON.parse('{"__proto__":{"polluted":1},"a":1}');
    const span = makeSpan({
      source: { attributes },
      content: { input: JSON.parse('{"__proto__":{"x":1}}') },
    });
    await opened.store.traces.insert([makeBatch([span])]);
    const read = await opened.store.traces.getSpan("shop", TRACE, SPAN);
    expect(JSON.stringify(read?.source.attributes)).toBe('{"__proto__":{"polluted":1},"a":1}');
    expect(JSON.stringify(read?.content.input)).toBe('{"__proto__":{"x":1}}');
    expect("polluted" in {}).toBe(false);
  });

  test("values nested too deeply are replaced and named, the rest is kept", async () => {
    await using opened = await open();
    let deep: Json = 1;
    for (let i = 0; i < 50_000; i++) deep = [deep];
    const span = makeSpan({
      content: {
        output: "kept",
        input: deep,
        inputMessages: [
          textMessage("user", "kept"),
          { role: "user", parts: [{ type: "other", kind: "x", value: deep }] },
        ],
      },
      source: { attributes: { deep, kept: 1 } },
    });
    await opened.store.traces.insert([makeBatch([span])]);
    const read = await opened.store.traces.getSpan("shop", TRACE, SPAN);
    expect(read?.content.output).toBe("kept");
    expect(read?.content.inputMessages?.[0]).toEqual(textMessage("user", "kept"));
    expect(read?.content.inputMessages).toHaveLength(2);
    expect(read?.source.attributes).toEqual({ deep: "[nested too deeply to store]", kept: 1 });
    expect(read?.findings).toEqual([{ code: "value_too_large", detail: "nested too deeply to store" }]);
  });

  test("inserting again changes nothing", async () => {
    await using opened = await open();
    const { traces } = opened.store;
    const spans = makeConversation({ sessionId: "c", turns: 3 });
    await traces.insert([makeBatch(spans)]);
    const before = await traces.getTrace("shop", traceIdOf(2));
    await traces.insert([makeBatch(spans)]);
    await traces.insert([makeBatch([...spans, ...spans])]);
    expect(await traces.getTrace("shop", traceIdOf(2))).toEqual(before);
    for (const span of spans) expect(await traces.getSpan("shop", span.traceId, span.spanId)).toEqual(span);
  });

  test("a second version of a span is merged field by field", async () => {
    await using opened = await open();
    const { traces } = opened.store;
    const first = makeSpan({
      ...fullSpan(),
      endUs: null,
      findings: [{ code: "missing_end", detail: "end" }],
    });
    const second = makeSpan({
      name: "",
      endUs: T0 + 7,
      model: "gpt-5.1",
      usage: { ...first.usage, inputTokens: 11, outputTokens: null },
      content: { output: "new output" },
      source: { attributes: { added: 1, n: 2 } },
    });
    await traces.insert([makeBatch([first])]);
    await traces.insert([makeBatch([second])]);
    const full = fullSpan();
    expect(await traces.getSpan("shop", TRACE, SPAN)).toEqual({
      ...full,
      endUs: T0 + 7,
      model: "gpt-5.1",
      usage: { ...full.usage, inputTokens: 11 },
      findings: [],
      content: { ...full.content, output: "new output" },
      source: { ...full.source, attributes: { ...full.source.attributes, added: 1, n: 2 } },
    });
  });

  test.each(["stub first", "stub second", "in one batch"])(
    "a stub only fills what is absent: %s",
    async (order) => {
      await using opened = await open();
      const { traces } = opened.store;
      const big = JSON.stringify(["y".repeat(3000), 1]);
      const stub = makeSpan({
        name: "stub",
        kind: "llm",
        startUs: T0 + 99,
        model: "from-log",
        findings: [{ code: "stub", detail: "log record" }],
        content: { outputMessages: [textMessage("assistant", "logged")] },
        source: { attributes: { a: 1, big, shared: "stub" } },
      });
      const span = makeSpan({
        name: "real",
        model: "real",
        content: { inputMessages: [textMessage("user", "asked")] },
        source: { attributes: { b: 2, other: big.replaceAll("y", "z"), shared: "real" } },
      });
      const list = order === "stub first" ? [[stub], [span]] : [[span], [stub]];
      if (order === "in one batch") await traces.insert([makeBatch([stub, span])]);
      else for (const spans of list) await traces.insert([makeBatch(spans)]);
      expect(await traces.getSpan("shop", TRACE, SPAN)).toEqual({
        ...span,
        kind: "llm",
        content: { ...span.content, outputMessages: stub.content.outputMessages },
        source: { ...span.source, attributes: { ...stub.source.attributes, ...span.source.attributes } },
      });
    },
  );

  test("children may come before their parents, in other inserts", async () => {
    await using opened = await open();
    const { traces } = opened.store;
    const child = makeSpan({ spanId: spanIdOf(2), parentSpanId: SPAN, startUs: T0 + 10, kind: "tool" });
    await traces.insert([makeBatch([child])]);
    await traces.insert([makeBatch([makeSpan({ name: "root", kind: "agent" })])]);
    const page = await traces.readSpans("shop", TRACE, { limit: 10 });
    expect(page.items.map((item) => [item.head.spanId, item.head.parentSpanId])).toEqual([
      [SPAN, null],
      [spanIdOf(2), SPAN],
    ]);
    expect((await traces.getTrace("shop", TRACE))?.name).toBe("root");
  });

  test("a batch that fails leaves nothing, and its neighbours stand", async () => {
    await using opened = await open();
    const { traces } = opened.store;
    const good = makeConversation({ sessionId: "good", turns: 4 });
    const bad = makeBatch(makeConversation({ sessionId: "bad", turns: 2, firstTrace: 50 }), {
      assessments: [makeAssessment({ traceId: "zz" })],
    });
    const results = await Promise.allSettled([
      traces.insert([makeBatch(good.slice(0, 2))]),
      traces.insert([bad]),
      traces.insert([makeBatch(good.slice(2, 3))]),
      traces.insert([makeBatch([makeSpan({ traceId: "nonsense" })])]),
      traces.insert([makeBatch(good.slice(3))]),
    ]);
    expect(results.map((result) => result.status)).toEqual([
      "fulfilled",
      "rejected",
      "fulfilled",
      "rejected",
      "fulfilled",
    ]);
    expect(results[1]).toMatchObject({ reason: { code: "invalid_input" } });
    for (const span of good) expect(await traces.getSpan("shop", span.traceId, span.spanId)).toEqual(span);
    expect(await traces.getTrace("shop", traceIdOf(50))).toBeUndefined();
  });

  test("projects are apart, and so are equal contents in them", async () => {
    await using opened = await open();
    const { traces } = opened.store;
    const spans = makeConversation({ sessionId: "c", turns: 2 });
    await traces.insert([makeBatch(spans), makeBatch(spans, { projectId: "other" })]);
    const [here] = (await traces.readSpans("shop", traceIdOf(2), { limit: 1 })).items;
    const ids = here?.inputMessages.map((ref) => ref.id) ?? [];
    expect((await traces.readContents("shop", ids)).size).toBe(3);
    expect((await traces.readContents("other", ids)).size).toBe(0);
  });

  test("two stores on the same data both write and see each other", async () => {
    await using opened = await open();
    await using second = await opened.reopen();
    const stores = [opened.store, second];
    const spans = Array.from({ length: 10 }, (_, i) =>
      makeConversation({ sessionId: `c${i}`, turns: 5, firstTrace: 1 + i * 5 }),
    );
    await Promise.all(spans.map((list, i) => stores[i % 2]?.traces.insert([makeBatch(list)])));
    await Promise.all(spans.map((list, i) => stores[(i + 1) % 2]?.traces.insert([makeBatch(list)])));
    for (const { traces } of stores) {
      for (const span of spans.flat())
        expect(await traces.getSpan("shop", span.traceId, span.spanId)).toEqual(span);
      expect((await traces.getSession("shop", "c3"))?.turns).toBe(5);
    }
  });

  test("media are stored once and read by their hash", async () => {
    await using opened = await open();
    const { traces } = opened.store;
    const item = { hash: "ab".repeat(16), mimeType: "image/png", data: new Uint8Array([0, 1, 2, 255]) };
    const ref = { hash: item.hash, mimeType: item.mimeType, bytes: 4 };
    await traces.insert([makeBatch([], { media: [item, item] })]);
    expect(await traces.getMedia("shop", item.hash)).toEqual(item);
    expect(await traces.getMedia("other", item.hash)).toBeUndefined();
    expect(await traces.listMedia("shop", [item.hash, "none", item.hash])).toEqual([ref]);
  });
}
