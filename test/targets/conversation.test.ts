import { describe, expect, it } from "vitest";
import type { ChatMessage } from "../../src/model/target-run.ts";
import { runTurns } from "../../src/targets/conversation.ts";
import { canonicalMessages, chatMessages } from "../../src/targets/messages.ts";
import { never, open, request } from "./fixtures.ts";

/** An agent in JavaScript over `request`; `file(name)` appends to a log. */
const agent = (answer: string) => ({
  kind: "command",
  run: [
    process.execPath,
    "-e",
    `const request = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
     const last = request.messages.at(-1)?.content;
     require("node:fs").appendFileSync("log", JSON.stringify(request) + "\\n");
     const answer = (() => { ${answer} })();
     process.stdout.write(typeof answer === "string" ? answer : JSON.stringify(answer));`,
  ],
});

const user = (content: string): ChatMessage => ({ role: "user", content });
const assistant = (content: string): ChatMessage => ({ role: "assistant", content });

describe("scripted turns", () => {
  it("grow one conversation, each with a trace of its own", async () => {
    const target = await open(
      agent(
        "return JSON.stringify({ last, n: request.messages.length, session: request.sessionId, inputs: request.inputs })",
      ),
    );
    const asked = request({ customer: 7 }, { messages: [user("before"), assistant("yes")] });
    const { run, turns, messages, notPlayed } = await runTurns(target, asked, ["one", "two"], {
      signal: never,
    });
    const said = (last: string, n: number) => ({ last, n, session: "session-1", inputs: { customer: 7 } });
    expect(turns.map(({ output }) => output)).toEqual([said("one", 3), said("two", 5)]);
    expect(new Set(turns.map(({ traceId }) => traceId)).size).toBe(2);
    expect(messages).toEqual([
      user("before"),
      assistant("yes"),
      user("one"),
      assistant(JSON.stringify(said("one", 3))),
      user("two"),
      assistant(JSON.stringify(said("two", 5))),
    ]);
    expect(run).toMatchObject({ status: "ok", output: said("two", 5), reason: null, attempts: 2 });
    expect(notPlayed).toBe(0);
  });

  it("give the agent its own messages back, each once, without its instructions", async () => {
    const target = await open(
      agent(`
        const own = [{ role: "assistant", content: null, tool_calls: [{ id: "c" + request.messages.length }] },
          { role: "tool", tool_call_id: "c", content: "7" }, { role: "assistant", content: "It is 7." }];
        return {
          output: "It is 7.", toolCalls: [{ name: "look", arguments: { n: request.messages.length } }],
          messages: last === "whole" ? [{ role: "system", content: "Be brief." }, ...request.messages, ...own] : own,
          usage: { inputTokens: 10, costUsd: last === "whole" ? 0.5 : null } };`),
    );
    const { run, turns, messages } = await runTurns(target, request(), ["whole", "new"], { signal: never });
    const own = (n: number): ChatMessage[] => [
      { role: "assistant", content: null, tool_calls: [{ id: `c${n}` }] },
      { role: "tool", tool_call_id: "c", content: "7" },
      assistant("It is 7."),
    ];
    expect(turns.map((turn) => turn.messages)).toEqual([own(1), own(5)]);
    expect(messages).toEqual([user("whole"), ...own(1), user("new"), ...own(5)]);
    expect(run.toolCalls).toEqual([
      { name: "look", arguments: { n: 1 } },
      { name: "look", arguments: { n: 5 } },
    ]);
    expect(run.usage).toEqual({ inputTokens: 20, outputTokens: null, costUsd: null });
  });

  it("end at the first that fails and say how many were not played", async () => {
    const target = await open(agent(`return last === "two" ? { error: "lost" } : "fine"`));
    const { run, turns, messages, notPlayed } = await runTurns(
      target,
      request(),
      ["one", "two", "three", "four"],
      {
        signal: never,
      },
    );
    expect(turns.map(({ status }) => status)).toEqual(["ok", "error"]);
    expect(notPlayed).toBe(2);
    expect(run).toMatchObject({
      status: "error",
      reason: "turn 2 of 4: it answered with an error",
      error: "lost",
    });
    expect(messages).toEqual([user("one"), assistant("fine"), user("two")]);
  });

  it("keep one worker and one state, whatever else runs", async () => {
    const target = await open(
      {
        kind: "worker",
        concurrency: 2,
        run: [process.execPath, "worker.js"],
      },
      {
        files: {
          "worker.js": `
            const heard = {};
            require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
              const { id, sessionId, messages } = JSON.parse(line);
              (heard[sessionId] ??= []).push(messages.at(-1).content);
              console.log(JSON.stringify({ id, output: heard[sessionId].join("+") }));
            });`,
        },
      },
    );
    const outputs = await Promise.all(
      ["a", "b", "c", "d"].map(async (sessionId) => {
        const asked = request({}, { sessionId });
        return (await runTurns(target, asked, ["1", "2", "3"], { signal: never })).run.output;
      }),
    );
    expect(outputs).toEqual(Array(4).fill("1+2+3"));
  });

  it("reset the world once, before the first", async () => {
    const target = await open({
      ...agent(`return require("node:fs").readFileSync("state", "utf8") + request.sessionId`),
      reset: "printf x >> state",
    });
    const play = (sessionId: string) =>
      runTurns(target, request({}, { sessionId }), ["1", "2"], { signal: never }).then(({ turns }) =>
        turns.map(({ output }) => output),
      );
    expect(await Promise.all([play("a"), play("b")])).toEqual([
      ["xa", "xa"],
      ["xxb", "xxb"],
    ]);
  });
});

describe("messages", () => {
  it("come from any dialect and go out as chat", () => {
    const chat: ChatMessage[] = [
      user("Where is 7?"),
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "c1", type: "function", function: { name: "look", arguments: '{"id":7}' } }],
      },
      { role: "tool", tool_call_id: "c1", content: "shipped" },
      assistant("Shipped."),
    ];
    const canonical = canonicalMessages(chat);
    expect(canonical.map(({ role, parts }) => [role, parts[0]?.type])).toEqual([
      ["user", "text"],
      ["assistant", "tool_call"],
      ["tool", "tool_result"],
      ["assistant", "text"],
    ]);
    expect(chatMessages(canonical)).toEqual(chat);
  });

  it("name media that they cannot hold", () => {
    const ref = { hash: "ab", mimeType: "image/png", bytes: 3 };
    const parts = [
      { type: "text", text: "see" } as const,
      { type: "media", modality: "image", ref, uri: null } as const,
      { type: "reasoning", text: "hm" } as const,
    ];
    expect(chatMessages([{ role: "user", parts }])).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "see" },
          { type: "image", uri: null, hash: "ab", mimeType: "image/png" },
        ],
      },
    ]);
  });
});
