import { describe, expect, onTestFinished, test } from "vitest";
import type { Message } from "../../src/model/message.ts";
import type { Span } from "../../src/model/span.ts";
import { makeBatch, makeSpan, spanIdOf, T0, textMessage, traceIdOf } from "./fixtures.ts";
import { openRollupStore } from "./rollup-store.ts";

const user = (text: string) => textMessage("user", text);
const assistant = (text: string) => textMessage("assistant", text);
const MINUTE = 60_000_000;

/** One trace with one model call, at that minute. */
function turn(
  id: number,
  minute: number,
  input: Message[],
  output: Message[] | null,
  fields: Partial<Omit<Span, "content" | "source">> = {},
): Span {
  return makeSpan({
    traceId: traceIdOf(id),
    spanId: spanIdOf(id),
    kind: "llm",
    service: "shop",
    startUs: T0 + minute * MINUTE,
    endUs: T0 + minute * MINUTE + 1_000_000,
    ...fields,
    content: { inputMessages: input, outputMessages: output },
  });
}

/** Groups of trace numbers, e.g. `1+2 3+4`, and what they are called. */
async function infer(...batches: Span[][]) {
  const store = openRollupStore();
  onTestFinished(() => store[Symbol.dispose]());
  for (const batch of batches) {
    await store.insert(makeBatch(batch));
    store.rollups.settle();
  }
  const read = () => {
    const rows = store.db
      .prepare<[], { id: string; n: number; inferred: number }>(
        `SELECT s.session_id AS id, CAST(ltrim(hex(t.trace_id), '0') AS INTEGER) AS n, t.session_inferred AS inferred
         FROM trace t JOIN session s ON s.id = t.session ORDER BY n`,
      )
      .all();
    const groups = new Map<string, number[]>();
    for (const { id, n } of rows) groups.set(id, [...(groups.get(id) ?? []), n]);
    return {
      rows,
      text: [...groups.values()].map((group) => group.join("+")).join(" "),
      ids: [...groups.keys()],
    };
  };
  return { store, read };
}

const orders = <T>(items: readonly T[]): T[][] =>
  items.length < 2
    ? [[...items]]
    : items.flatMap((item, i) => orders(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));

/** The same groups in every order of arrival, one by one and at once. */
async function expectGroups(spans: Span[], expected: string) {
  for (const order of orders(spans)) {
    const arrived = order.map((span) => Number(span.traceId)).join();
    const { text } = (await infer(...order.map((span) => [span]))).read();
    expect(`${arrived}: ${text}`).toBe(`${arrived}: ${expected}`);
  }
  expect((await infer(spans)).read().text).toBe(expected);
}

const hi = [user("hi")];
const hello = [...hi, assistant("hello")];

describe("sessions from message history", () => {
  test("turns that repeat what went before are one session, named after its first trace", async () => {
    const second = [...hello, user("cancel")];
    const spans = [
      turn(1, 0, hi, [assistant("hello")]),
      turn(2, 1, second, [assistant("done")]),
      turn(3, 2, [...second, assistant("done"), user("bye")], [assistant("bye")]),
    ];
    await expectGroups(spans, "1+2+3");
    const { read, store } = await infer(...spans.map((span) => [span]));
    expect(read().ids).toEqual([`inferred-${traceIdOf(1).slice(0, 12)}`]);
    expect(read().rows.every((row) => row.inferred === 1)).toBe(true);
    const session = store.db.prepare("SELECT inferred, turns, input_preview FROM session").get();
    expect(session).toEqual({ inferred: 1, turns: 3, input_preview: "hi" });
  });

  test("conversations that begin with the same words and answers stay apart", async () => {
    await expectGroups(
      [
        turn(1, 0, hi, [assistant("hello")], { userId: "ann" }),
        turn(2, 1, hi, [assistant("hello")], { userId: "bob" }),
        turn(3, 2, [...hello, user("cancel")], [assistant("ok")], { userId: "ann" }),
        turn(4, 3, [...hello, user("refund")], [assistant("no")], { userId: "bob" }),
      ],
      "1+3 2+4",
    );
    const nobody = [
      turn(1, 0, hi, [assistant("hello")]),
      turn(2, 1, hi, [assistant("hello")]),
      turn(3, 2, [...hello, user("cancel")], [assistant("ok")]),
      turn(4, 3, [...hello, user("refund")], [assistant("no")]),
    ];
    await expectGroups(nobody, "1+4 2+3");
  });

  test("the answer tells conversations with the same first words apart", async () => {
    await expectGroups(
      [
        turn(1, 0, hi, [assistant("hello")]),
        turn(2, 1, hi, [assistant("good day")]),
        turn(3, 2, [...hello, user("cancel")], [assistant("ok")]),
      ],
      "1+3",
    );
  });

  test("a regenerated turn joins its conversation", async () => {
    const again = [...hello, user("cancel")];
    await expectGroups(
      [
        turn(1, 0, hi, [assistant("hello")]),
        turn(2, 1, again, [assistant("ok")]),
        turn(3, 2, again, [assistant("certainly")]),
        turn(4, 3, [...again, assistant("certainly"), user("thanks")], [assistant("bye")]),
      ],
      "1+2+3+4",
    );
  });

  test("a history that repeats the answer without reasoning, ids and spaces is recognised", async () => {
    const said: Message = {
      role: "assistant",
      parts: [
        { type: "reasoning", text: "the user wants…" },
        { type: "text", text: "hello \n there" },
        { type: "tool_call", id: "call_1", name: "look", arguments: { a: 1 } },
      ],
    };
    const repeated: Message = {
      role: "assistant",
      parts: [
        { type: "text", text: "hello there" },
        { type: "tool_call", id: null, name: "look", arguments: { a: 1 } },
      ],
    };
    await expectGroups(
      [turn(1, 0, hi, [said]), turn(2, 1, [...hi, repeated, user("cancel")], [assistant("ok")])],
      "1+2",
    );
  });

  test("a front that changes (time in the system message, trimmed history) does not end the session", async () => {
    const system = (time: string) => textMessage("system", `It is ${time}.`);
    const later = [assistant("hello"), user("cancel"), assistant("which order?")];
    await expectGroups(
      [
        turn(1, 0, [system("9:00"), ...hi], [assistant("hello")]),
        turn(2, 1, [system("9:01"), ...hello, user("cancel")], [assistant("which order?")]),
        turn(
          3,
          2,
          [textMessage("system", "Summary so far"), ...later.slice(1), user("42")],
          [assistant("ok")],
        ),
      ],
      "1+2+3",
    );
  });

  test("a trace alone, or that only shares the question, has no session", async () => {
    await expectGroups([turn(1, 0, hi, [assistant("hello")])], "");
    await expectGroups([turn(1, 0, hi, null), turn(2, 1, hi, null), turn(3, 2, hi, [assistant("x")])], "");
  });

  test("calls of sub-agents inside one trace make no session", async () => {
    const main = turn(1, 0, hi, [assistant("hello")]);
    const sub = { ...turn(1, 1, [...hello, user("go on")], [assistant("ok")]), spanId: spanIdOf(77) };
    await expectGroups([main, { ...sub, parentSpanId: main.spanId }], "");
  });

  test("a turn without a model call joins the conversation whose last turn ended as it began", async () => {
    const second = turn(2, 1, [...hello, user("cancel")], [assistant("ok")]);
    const stop = makeSpan({
      traceId: traceIdOf(3),
      spanId: spanIdOf(3),
      kind: "agent",
      service: "shop",
      startUs: second.endUs ?? 0,
      endUs: second.endUs,
      content: { inputMessages: [user("bye")] },
    });
    await expectGroups([turn(1, 0, hi, [assistant("hello")]), second, stop], "1+2+3");
    // Two agents run one after the other are no conversation.
    await expectGroups([turn(1, 0, hi, [assistant("hello")]), { ...stop, startUs: T0 + 1_000_000 }], "");
  });
});

describe("sessions that the source names", () => {
  test("a named turn names the whole conversation, and is itself not inferred", async () => {
    const spans = [
      turn(1, 0, hi, [assistant("hello")]),
      turn(2, 1, [...hello, user("cancel")], [assistant("ok")], { sessionId: "chat-7" }),
    ];
    for (const order of orders(spans)) {
      const { rows } = (await infer(...order.map((span) => [span]))).read();
      expect(rows).toEqual([
        { id: "chat-7", n: 1, inferred: 1 },
        { id: "chat-7", n: 2, inferred: 0 },
      ]);
    }
  });

  test("two named sessions are never joined", async () => {
    await expectGroups(
      [
        turn(1, 0, hi, [assistant("hello")], { sessionId: "a" }),
        turn(2, 1, [...hello, user("cancel")], [assistant("ok")], { sessionId: "b" }),
      ],
      "1 2",
    );
  });
});

describe("over time", () => {
  test("the id stays when an earlier turn arrives later, and settling again changes nothing", async () => {
    const second = [...hello, user("cancel")];
    const third = [...second, assistant("ok"), user("thanks")];
    const { read, store } = await infer(
      [turn(2, 1, second, [assistant("ok")])],
      [turn(3, 2, third, [assistant("bye")])],
    );
    const [id] = read().ids;
    await store.insert(makeBatch([turn(1, 0, hi, [assistant("hello")])]));
    store.rollups.settle();
    expect(read()).toMatchObject({ text: "1+2+3", ids: [id] });
    const before = read();
    store.db.exec("INSERT INTO dirty_trace (trace) SELECT id FROM trace");
    store.rollups.settle();
    expect(read()).toEqual(before);
    expect(store.rollups.isDirty()).toBe(false);
  });

  test("text of an inferred session is listed under it", async () => {
    const { store } = await infer(
      [turn(1, 0, hi, [assistant("hello")])],
      [turn(2, 1, [...hello, user("cancel")], [assistant("ok")])],
    );
    const scopes = store.db.prepare<[], number>("SELECT DISTINCT scope FROM occurrence").pluck().all();
    expect(scopes).toEqual([store.db.prepare<[], number>("SELECT id FROM session").pluck().get()]);
    expect(store.db.prepare("SELECT count(*) FROM occurrence").pluck().get()).toBe(4);
  });

  test("feedback on an inferred session goes with it when the source names the session later", async () => {
    const spans = [
      turn(1, 0, hi, [assistant("hello")]),
      turn(2, 1, [...hello, user("no")], [assistant("ok")]),
    ];
    const { read, store } = await infer(spans);
    const [id] = read().ids;
    store.db
      .prepare(
        `INSERT INTO assessment (id, project, kind, name, source, session_id, created_us)
         SELECT 'a', project, 'feedback', 'thumbs', 'human', session_id, 0 FROM session WHERE session_id = ?`,
      )
      .run(id);
    await store.insert(makeBatch([turn(1, 0, hi, [assistant("hello")], { sessionId: "chat" })]));
    store.rollups.settle();
    expect(read().ids).toEqual(["chat"]);
    expect(store.db.prepare("SELECT session_id FROM assessment").pluck().get()).toBe("chat");
    expect(store.db.prepare("SELECT count(*) FROM session").pluck().get()).toBe(1);
  });
});
