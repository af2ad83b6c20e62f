import fc from "fast-check";
import { expect, test } from "vitest";
import type { Message } from "../../src/model/message.ts";
import type { Span } from "../../src/model/span.ts";
import { buildTranscript } from "../../src/reading/transcript/build.ts";
import { makeSpan, spanIdOf, T0, textMessage, traceIdOf } from "../store/fixtures.ts";
import { createMemoryStore } from "./memory-store.ts";

/** A turn: what the user says, the tools that are called and their results, what is answered. */
const turn = fc.record({
  asked: fc.constantFrom("yes", "no", "hello", "my order 7"),
  tools: fc.array(
    fc.record({ name: fc.constantFrom("find", "load"), result: fc.constantFrom("ok", "none") }),
    {
      maxLength: 3,
    },
  ),
  answered: fc.constantFrom("ok", "sure", "which one?", "yes"),
});
type Turn = typeof turn extends fc.Arbitrary<infer T> ? T : never;

interface Agent {
  /** Whether each call is sent everything, or only what is new since the last. */
  readonly resends: boolean;
  readonly toolSpans: boolean;
  readonly ids: boolean;
  readonly greets: boolean;
  /** Each call fails once before it succeeds. */
  readonly retries: boolean;
  /** Messages of history that are sent at most; 0: all. Then words are told apart, else sliding cannot be seen. */
  readonly keeps: number;
}

/** Plays a conversation as an agent of that make would be traced, and tells what was said. */
function play(turns: readonly Turn[], agent: Agent): { spans: Span[]; told: string[] } {
  const spans: Span[] = [];
  const told: string[] = agent.greets && agent.resends ? ["assistant Welcome"] : [];
  const history: Message[] = agent.greets && agent.resends ? [textMessage("assistant", "Welcome")] : [];
  let sent = 0;
  const span = (trace: number, overrides: Parameters<typeof makeSpan>[0]) => {
    const n = spans.length + 1;
    const place = {
      traceId: traceIdOf(trace),
      spanId: spanIdOf(n),
      startUs: T0 + n * 1_000,
      endUs: T0 + n * 1_000 + 500,
    };
    spans.push(makeSpan({ ...place, sessionId: "s", ...overrides }));
  };
  const call = (trace: number, output: Message) => {
    const inputMessages = agent.resends ? history.slice(-agent.keeps) : history.slice(sent);
    if (agent.retries) {
      span(trace, {
        kind: "llm",
        name: "chat",
        status: "error",
        statusMessage: "busy",
        content: { inputMessages },
      });
      told.push("error busy");
    }
    span(trace, { kind: "llm", name: "chat", content: { inputMessages, outputMessages: [output] } });
    history.push(output);
    sent = history.length;
  };
  turns.forEach(({ tools, ...words }, index) => {
    const mark = agent.keeps > 0 ? ` ${index}` : "";
    const [asked, answered] = [words.asked + mark, words.answered + mark];
    history.push(textMessage("user", asked));
    told.push(`user ${asked}`);
    tools.forEach(({ name, ...tool }, i) => {
      const result = tool.result + (mark && `${mark}.${i}`);
      const id = agent.ids ? `${index}.${i}` : null;
      call(index + 1, {
        role: "assistant",
        parts: [{ type: "tool_call", id, name, arguments: { i, mark } }],
      });
      if (agent.toolSpans)
        span(index + 1, {
          kind: "tool",
          name,
          toolName: name,
          toolCallId: id,
          content: { input: { i, mark }, output: result },
        });
      history.push({ role: "tool", parts: [{ type: "tool_result", id, name: null, result }] });
      told.push(`${name} -> ${result}`);
    });
    call(index + 1, textMessage("assistant", answered));
    told.push(`assistant ${answered}`);
  });
  return { spans, told };
}

test("any conversation of any words, however it was traced, is told exactly", async () => {
  const agent = fc.record({
    resends: fc.boolean(),
    toolSpans: fc.boolean(),
    ids: fc.boolean(),
    greets: fc.boolean(),
    retries: fc.boolean(),
    keeps: fc.constantFrom(0, 0, 2, 3, 5),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 8 }), agent, async (turns, make) => {
      const { spans, told } = play(turns, make);
      const rows: string[] = [];
      for await (const { role, text, tool } of buildTranscript(createMemoryStore(spans), "shop", "s"))
        rows.push(tool ? `${tool.name} -> ${text}` : `${role} ${text}`);
      expect(rows).toEqual(told);
    }),
    { numRuns: 1_000 },
  );
});
