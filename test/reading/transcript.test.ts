import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Message, Part } from "../../src/model/message.ts";
import type { Span } from "../../src/model/span.ts";
import { buildTranscript } from "../../src/reading/transcript/build.ts";
import type { TranscriptRow } from "../../src/reading/transcript/rows.ts";
import { makeBatch, makeSpan, spanIdOf, T0, textMessage, traceIdOf } from "../store/fixtures.ts";
import { openTestStore } from "./imported.ts";
import { createMemoryStore } from "./memory-store.ts";

const user = (text: string) => textMessage("user", text);
const assistant = (text: string) => textMessage("assistant", text);
const call = (id: string | null, name: string, args: Record<string, string> = {}): Part => ({
  type: "tool_call",
  id,
  name,
  arguments: args,
});
const calls = (...parts: Part[]): Message => ({ role: "assistant", parts });
const result = (id: string | null, text: string): Message => ({
  role: "tool",
  parts: [{ type: "tool_result", id, name: null, result: text }],
});

let ticks = 0;
const next = () => ++ticks;

type Overrides = Parameters<typeof makeSpan>[0];

/** A span of the session's `turn`th trace, after all spans made before. */
const span = (turn: number, overrides: Overrides): Span => {
  const n = next();
  return makeSpan({
    traceId: traceIdOf(turn),
    spanId: spanIdOf(n),
    sessionId: "s",
    startUs: T0 + n * 1_000,
    endUs: T0 + n * 1_000 + 900,
    ...overrides,
  });
};

const llm = (turn: number, input: Message[], output: Message[], overrides: Overrides = {}) =>
  span(turn, {
    kind: "llm",
    name: "chat",
    ...overrides,
    content: { inputMessages: input, outputMessages: output },
  });

const tool = (turn: number, id: string | null, name: string, output: string, overrides: Overrides = {}) =>
  span(turn, {
    kind: "tool",
    name,
    toolName: name,
    toolCallId: id,
    content: { input: {}, output },
    ...overrides,
  });

let opened: Awaited<ReturnType<typeof openTestStore>>;
let projects = 0;

beforeAll(async () => {
  opened = await openTestStore();
});

afterAll(() => opened.close());

/** The rows of the session `s` in a project of its own. */
async function rowsOf(spans: readonly Span[]): Promise<TranscriptRow[]> {
  const projectId = `p${++projects}`;
  await opened.store.records.ensureProject({ id: projectId, slug: projectId });
  await opened.traces.insert([makeBatch(spans, { projectId })]);
  const rows: TranscriptRow[] = [];
  for await (const row of buildTranscript(opened.traces, projectId, "s")) rows.push(row);
  return rows;
}

/** `turn role text` of each row, tools as `name -> result`. */
async function tell(spans: readonly Span[]): Promise<string[]> {
  return (await rowsOf(spans)).map(({ turn, role, text, tool }) =>
    tool ? `${turn} ${tool.isError ? "FAILED " : ""}${tool.name} -> ${text}` : `${turn} ${role} ${text}`,
  );
}

const whole = [
  "1 user hello",
  "1 assistant hi",
  "2 user my order?",
  "2 assistant shipped",
  "3 user thanks",
  "3 assistant bye",
];
const said = [
  user("hello"),
  assistant("hi"),
  user("my order?"),
  assistant("shipped"),
  user("thanks"),
  assistant("bye"),
];

describe("transcript", () => {
  test("1: history resent with each call shows once", async () => {
    const spans = [1, 2, 3].map((turn) =>
      llm(turn, said.slice(0, turn * 2 - 1), said.slice(turn * 2 - 1, turn * 2)),
    );
    expect(await tell(spans)).toEqual(whole);
  });

  test("2: only the new message is sent", async () => {
    const spans = [1, 2, 3].map((turn) =>
      llm(turn, said.slice(turn * 2 - 2, turn * 2 - 1), said.slice(turn * 2 - 1, turn * 2)),
    );
    expect(await tell(spans)).toEqual(whole);
  });

  test("3a: history truncated to the last messages", async () => {
    const spans = [1, 2, 3].map((turn) =>
      llm(turn, said.slice(0, turn * 2 - 1).slice(-2), said.slice(turn * 2 - 1, turn * 2)),
    );
    expect(await tell(spans)).toEqual(whole);
  });

  test("3b: a summary replaces the beginning of the history", async () => {
    const spans = [
      llm(1, said.slice(0, 1), said.slice(1, 2)),
      llm(2, said.slice(0, 3), said.slice(3, 4)),
      llm(3, [user("Summary so far: greeting."), ...said.slice(2, 5)], said.slice(5, 6)),
      llm(4, [user("Summary so far: greeting."), ...said.slice(2, 6), user("one more")], [assistant("yes?")]),
    ];
    expect(await tell(spans)).toEqual([
      ...whole.slice(0, 4),
      "3 history Summary so far: greeting.",
      ...whole.slice(4),
      "4 user one more",
      "4 assistant yes?",
    ]);
  });

  test("3c: a compaction part is history even when nothing else is left", async () => {
    const compacted: Message = { role: "user", parts: [{ type: "compaction", text: "they greeted" }] };
    const spans = [
      llm(1, said.slice(0, 1), said.slice(1, 2)),
      llm(2, [compacted, user("my order?")], [assistant("shipped")]),
    ];
    expect(await tell(spans)).toEqual([...whole.slice(0, 2), "2 history they greeted", ...whole.slice(2, 4)]);
  });

  test("3d: old tool results cleared from the history do not come again", async () => {
    const first = [user("find a"), calls(call("c1", "search"))];
    const rest = [assistant("found a"), user("find b")];
    const spans = [
      llm(1, first.slice(0, 1), first.slice(1)),
      llm(1, [...first, result("c1", "a long result")], rest.slice(0, 1)),
      llm(2, [...first, result("c1", "[cleared]"), ...rest], [assistant("found b")]),
    ];
    expect(await tell(spans)).toEqual([
      "1 user find a",
      "1 search -> a long result",
      "1 assistant found a",
      "2 user find b",
      "2 assistant found b",
    ]);
  });

  test("4: a sub-agent is one row and its conversation stays out", async () => {
    const root = span(1, { kind: "agent", name: "support", agentName: "support" });
    const under = { parentSpanId: root.spanId };
    const sub = span(1, { kind: "agent", name: "researcher", agentName: "researcher", ...under });
    const spans = [
      root,
      llm(1, [user("compare")], [calls(call("c1", "research"))], under),
      sub,
      llm(1, [user("inner question")], [assistant("inner answer")], { parentSpanId: sub.spanId }),
      tool(1, "x", "web", "pages", { parentSpanId: sub.spanId }),
      llm(
        1,
        [user("compare"), calls(call("c1", "research")), result("c1", "A is better")],
        [assistant("take A")],
        under,
      ),
    ].toSorted((a, b) => a.startUs - b.startUs);
    expect((await tell(spans)).toSorted()).toEqual(
      [
        "1 user compare",
        "1 research -> A is better",
        "1 sub_agent researcher: 1 call, 1 tool call, 0.9ms",
        "1 assistant take A",
      ].toSorted(),
    );
  });

  test("4: an agent inside of a tool is one row next to the tool's", async () => {
    const root = span(1, { kind: "agent", name: "support", agentName: "support" });
    const under = { parentSpanId: root.spanId };
    const first = llm(1, [user("compare")], [calls(call("c1", "research"))], under);
    const outer = tool(1, "c1", "research", "A is better", under);
    const sub = span(1, {
      kind: "agent",
      name: "researcher",
      agentName: "researcher",
      parentSpanId: outer.spanId,
    });
    const inner = llm(1, [user("inner question")], [assistant("inner answer")], { parentSpanId: sub.spanId });
    const last = llm(
      1,
      [user("compare"), calls(call("c1", "research")), result("c1", "A is better")],
      [assistant("take A")],
      under,
    );
    expect(await tell([root, first, outer, sub, inner, last])).toEqual([
      "1 user compare",
      "1 research -> A is better",
      "1 sub_agent researcher: 1 call, 0.9ms",
      "1 assistant take A",
    ]);
  });

  test("5: a call tried again shows its input once and each outcome", async () => {
    const failed = { status: "error", statusMessage: "rate limited" } as const;
    const spans = [
      llm(1, [user("hello")], [], failed),
      llm(1, [user("hello")], [], failed),
      llm(1, [user("hello")], [assistant("hi")]),
      llm(2, [user("hello"), assistant("hi"), user("my order?")], [assistant("let me")]),
      llm(2, [user("hello"), assistant("hi"), user("my order?")], [assistant("shipped")]),
      llm(
        3,
        [user("hello"), assistant("hi"), user("my order?"), assistant("shipped"), user("thanks")],
        [assistant("bye")],
      ),
    ];
    expect(await tell(spans)).toEqual([
      "1 user hello",
      "1 error rate limited",
      "1 error rate limited",
      "1 assistant hi",
      "2 user my order?",
      "2 assistant let me",
      "2 assistant shipped",
      "3 user thanks",
      "3 assistant bye",
    ]);
  });

  test("5: the same call told by two instrumentations shows once", async () => {
    const spans = [llm(1, [user("hello")], [assistant("hi")]), llm(1, [user("hello")], [assistant("hi")])];
    expect(await tell(spans)).toEqual(["1 user hello", "1 assistant hi"]);
  });

  test.each(["resent", "new only", "truncated"])("6: the same words twice show twice (%s)", async (mode) => {
    const talk = [user("yes"), assistant("ok"), user("yes"), assistant("ok"), user("yes"), assistant("ok")];
    const spans = [1, 2, 3].map((turn) => {
      const history = talk.slice(0, turn * 2 - 1);
      const input = mode === "resent" ? history : history.slice(mode === "new only" ? -1 : -3);
      return llm(turn, input, talk.slice(turn * 2 - 1, turn * 2));
    });
    expect(await tell(spans)).toEqual(
      [1, 2, 3].flatMap((turn) => [`${turn} user yes`, `${turn} assistant ok`]),
    );
  });

  test.each(["span", "message", "both", "both, without ids", "both, results put differently"])(
    "7: tool results as %s show once",
    async (mode) => {
      const id = mode.includes("without ids") ? null : "c1";
      const other = mode.includes("without ids") ? null : "c2";
      const asked = calls(call(id, "get_order", { id: "7" }), call(other, "get_user", { id: "9" }));
      const text = mode.includes("differently") ? '{ "state": "sent", "cut": true }' : '{"state":"sent"}';
      const answers = [result(id, text), result(other, "Ann")];
      const isSpan = mode !== "message";
      const history = mode === "span" ? [user("where?"), asked] : [user("where?"), asked, ...answers];
      const spans = [
        llm(1, [user("where?")], [asked]),
        ...(isSpan ? [tool(1, id, "get_order", '{"state":"sent"}'), tool(1, other, "get_user", "Ann")] : []),
        llm(1, history, [assistant("it is sent")]),
        llm(2, [...history, assistant("it is sent"), user("thanks")], [assistant("bye")]),
      ];
      expect(await tell(spans)).toEqual([
        "1 user where?",
        '1 get_order -> {"state":"sent"}'.replace('{"state":"sent"}', isSpan ? '{"state":"sent"}' : text),
        "1 get_user -> Ann",
        "1 assistant it is sent",
        "2 user thanks",
        "2 assistant bye",
      ]);
    },
  );

  test("7: a tool that the program called itself is a row; a failed one says why", async () => {
    const spans = [
      tool(1, null, "load_profile", "gold"),
      tool(1, null, "load_orders", "", { status: "error", statusMessage: "timeout", content: {} }),
      llm(1, [user("hello")], [assistant("hi")]),
    ];
    expect(await tell(spans)).toEqual([
      "1 load_profile -> gold",
      "1 FAILED load_orders -> timeout",
      "1 user hello",
      "1 assistant hi",
    ]);
  });

  test("7: ids that start anew in each turn join the latest call", async () => {
    const spans = [1, 2].flatMap((turn) => [
      llm(turn, [user(`find ${turn}`)], [calls(call("call_0", "search"))]),
      llm(turn, [result("call_0", `found ${turn}`)], [assistant(`here is ${turn}`)]),
    ]);
    expect(await tell(spans)).toEqual(
      [1, 2].flatMap((turn) => [
        `${turn} user find ${turn}`,
        `${turn} search -> found ${turn}`,
        `${turn} assistant here is ${turn}`,
      ]),
    );
  });

  test("8: handoffs, approvals and blocks are rows", async () => {
    const root = span(1, { kind: "workflow", name: "run" });
    const under = { parentSpanId: root.spanId };
    const triage = span(1, { kind: "agent", name: "triage", agentName: "triage", ...under });
    const a = llm(1, [user("refund")], [assistant("one moment")], { parentSpanId: triage.spanId });
    const approval = span(1, {
      kind: "human",
      name: "approve_refund",
      ...under,
      content: { input: "refund 20?", output: "approved" },
    });
    const billing = span(1, { kind: "agent", name: "billing", agentName: "billing", ...under });
    const b = llm(1, [user("refund"), assistant("one moment")], [assistant("refunded")], {
      parentSpanId: billing.spanId,
    });
    const spans = [
      root,
      span(1, {
        kind: "guardrail",
        name: "pii",
        ...under,
        content: { output: { tripwire_triggered: false } },
      }),
      triage,
      a,
      approval,
      billing,
      b,
      span(1, {
        kind: "guardrail",
        name: "tone",
        ...under,
        content: { output: { tripwire_triggered: true } },
      }),
    ];
    expect(await tell(spans)).toEqual([
      "1 user refund",
      "1 assistant one moment",
      "1 human approve_refund: refund 20? -> approved",
      "1 handoff triage -> billing",
      "1 assistant refunded",
      '1 guardrail tone blocked: {"tripwire_triggered":true}',
    ]);
  });

  test("9: only an agent span with input and output", async () => {
    const agent = (turn: number, input: string, output: string) =>
      span(turn, { kind: "agent", name: "bot", content: { input, output: { answer: output, tokens: 3 } } });
    expect(await tell([agent(1, "hello", "hi"), agent(2, "yes", "ok"), agent(3, "yes", "ok")])).toEqual([
      "1 user hello",
      "1 assistant hi",
      "2 user yes",
      "2 assistant ok",
      "3 user yes",
      "3 assistant ok",
    ]);
  });

  test("9: the agent's own words stand in only where its model calls have none", async () => {
    const root = span(1, { kind: "agent", name: "bot", content: { input: "hello", output: "hi" } });
    const silent = llm(1, [], [], { parentSpanId: root.spanId });
    expect(await tell([root, silent])).toEqual(["1 user hello", "1 assistant hi"]);
    const speaking = llm(1, [user("Answer this: hello")], [assistant("hi")], { parentSpanId: root.spanId });
    expect(await tell([root, speaking])).toEqual(["1 user Answer this: hello", "1 assistant hi"]);
  });

  test.each([0, 1])("10: a greeting that only the history has, from call %i on", async (from) => {
    const spans = [1, 2, 3].map((turn) =>
      llm(
        turn,
        [...(turn > from ? [assistant("Welcome!")] : []), ...said.slice(0, turn * 2 - 1)],
        said.slice(turn * 2 - 1, turn * 2),
      ),
    );
    expect(await tell(spans)).toEqual(["1 assistant Welcome!", ...whole]);
  });

  test.each([
    ["trimmed", "  hi  there\n", "hi there"],
    ["unwrapped", '{"message":"hi there"}', "hi there"],
    ["cut", "hi there, and a long explanation", "hi there…"],
  ])("11: an answer %s in later history shows once, as it was given", async (_, given, kept) => {
    const history = [user("hello"), assistant(kept), user("my order?")];
    const spans = [
      llm(1, [user("hello")], [assistant(given)]),
      llm(2, history, [assistant("shipped")]),
      llm(3, [...history, assistant("shipped"), user("thanks")], [assistant("bye")]),
    ];
    expect(await tell(spans)).toEqual(["1 user hello", `1 assistant ${given}`, ...whole.slice(2)]);
  });

  test("11: text parts split, reasoning added and arguments reordered do not count as new", async () => {
    const split: Message = {
      role: "assistant",
      parts: [
        { type: "reasoning", text: "hm" },
        { type: "text", text: "hi" },
        { type: "text", text: "there" },
      ],
    };
    const asked = calls(call("c1", "find", { a: "1", b: "2" }));
    const again = calls(call("c1", "find", { b: "2", a: "1" }));
    const spans = [
      llm(1, [user("hello")], [assistant("hi there")]),
      llm(2, [user("hello"), split, user("find it")], [asked]),
      llm(2, [user("hello"), split, user("find it"), again, result("c1", "found")], [assistant("done")]),
    ];
    expect(await tell(spans)).toEqual([
      "1 user hello",
      "1 assistant hi there",
      "2 user find it",
      "2 find -> found",
      "2 assistant done",
    ]);
  });

  test("a router before each answer does not break the agent's own history", async () => {
    const spans = [1, 2, 3].flatMap((turn) => [
      llm(turn, said.slice(turn * 2 - 2, turn * 2 - 1), [assistant(`route ${turn}`)]),
      llm(turn, said.slice(0, turn * 2 - 1), said.slice(turn * 2 - 1, turn * 2)),
    ]);
    expect(await tell(spans)).toEqual(
      [1, 2, 3].flatMap((turn) => [
        whole[turn * 2 - 2],
        `${turn} assistant route ${turn}`,
        whole[turn * 2 - 1],
      ]),
    );
  });

  test("300 turns with resent history: each content is read once to compare and once to show", async () => {
    const talk = Array.from({ length: 600 }, (_, i) =>
      i % 2 === 0 ? user(`question ${i}`) : assistant(`answer ${i}`),
    );
    const spans = Array.from({ length: 300 }, (_, turn) =>
      llm(turn + 1, talk.slice(0, turn * 2 + 1), talk.slice(turn * 2 + 1, turn * 2 + 2)),
    );
    const store = createMemoryStore(spans);
    const rows: TranscriptRow[] = [];
    for await (const row of buildTranscript(store, "shop", "s")) rows.push(row);
    expect(rows.map((row) => row.text)).toEqual(
      talk.map((message) => (message.parts[0]?.type === "text" ? message.parts[0].text : "")),
    );
    expect(store.contentReads()).toBe(1_200);
  });
});
