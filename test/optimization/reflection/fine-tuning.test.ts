import { describe, expect, it } from "vitest";
import { NO_EVIDENCE } from "../../../src/evaluation/run-record.ts";
import type { Message, Part } from "../../../src/model/message.ts";
import { fineTuningLine, fineTuningRun } from "../../../src/optimization/reflection/fine-tuning.ts";
import { makeRow } from "../../store/example-fixtures.ts";

const say = (role: Message["role"], ...parts: Part[]): Message => ({ role, parts });
const text = (value: string): Part => ({ type: "text", text: value });
const call = (id: string | null, name = "get_order"): Part => ({
  type: "tool_call",
  id,
  name,
  arguments: { id: "7QX" },
});
const result = (id: string | null): Part => ({
  type: "tool_result",
  id,
  name: null,
  result: { state: "lost" },
});

const lineOf = (...args: Parameters<typeof fineTuningLine>): unknown => {
  const made = fineTuningLine(...args);
  if (made.state !== "line") throw new Error(made.reason);
  expect(made.line).not.toContain("\n");
  return JSON.parse(made.line);
};

describe("a line to train on", () => {
  it("is OpenAI's chat format with calls, results and tools", () => {
    const messages = [
      say("system", text("Be kind.")),
      say("user", text("Where is\n7QX?"), { type: "media", modality: "image", ref: null, uri: null }),
      say("assistant", { type: "reasoning", text: "hm" }, call(null)),
      say("tool", result(null)),
      say("assistant", text("Lost.")),
    ];
    const tools = [
      {
        name: "get_order",
        description: "Finds it",
        input_schema: { type: "object", properties: { id: { type: "string" } } },
      },
    ];
    expect(lineOf(messages, tools)).toEqual({
      messages: [
        { role: "system", content: "Be kind." },
        { role: "user", content: "Where is\n7QX?\n\n[image]" },
        {
          role: "assistant",
          content: null,
          tool_calls: [
            { id: "call_1", type: "function", function: { name: "get_order", arguments: '{"id":"7QX"}' } },
          ],
        },
        { role: "tool", tool_call_id: "call_1", content: '{"state":"lost"}' },
        { role: "assistant", content: "Lost." },
      ],
      tools: [
        {
          type: "function",
          function: {
            name: "get_order",
            description: "Finds it",
            parameters: { type: "object", properties: { id: { type: "string" } } },
          },
        },
      ],
    });
    expect(fineTuningLine(messages, tools)).toMatchObject({ lost: { media: 1, reasoning: 1, other: 0 } });
  });

  it.each([
    ["it does not end in an answer of the agent", [say("user", text("Hi"))]],
    ["nobody asks anything", [say("assistant", text("Hi"))]],
    [
      "a call has no result",
      [say("user", text("Hi")), say("assistant", call("c")), say("assistant", text("x"))],
    ],
    [
      "a result belongs to no call",
      [say("user", text("Hi")), say("tool", result("c")), say("assistant", text("x"))],
    ],
    [
      "two calls have one id",
      [
        say("user", text("Hi")),
        say("assistant", call("c"), call("c")),
        say("tool", result("c")),
        say("assistant", text("x")),
      ],
    ],
  ])("is not made when %s", (reason, messages) => {
    expect(fineTuningLine(messages)).toEqual({ state: "unusable", reason });
  });

  it("is not made with tools in no known format", () => {
    const messages = [say("user", text("Hi")), say("assistant", text("x"))];
    expect(fineTuningLine(messages, [{ title: "?" }])).toEqual({
      state: "unusable",
      reason: "its tools are in no known format",
    });
    expect(lineOf(messages, [{ type: "function", function: { name: "a" } }])).toMatchObject({
      tools: [{ function: { name: "a", parameters: { type: "object", properties: {} } } }],
    });
  });

  it("comes from a run, with the agent's instructions and its answer", () => {
    const { run } = makeRow("a", { run: { output: "Lost." } });
    const evidence = { ...NO_EVIDENCE, system: "Be kind.", conversation: [say("user", text("Where?"))] };
    const made = fineTuningRun({ run, evidence });
    expect(made.state === "line" && JSON.parse(made.line)).toEqual({
      messages: [
        { role: "system", content: "Be kind." },
        { role: "user", content: "Where?" },
        { role: "assistant", content: "Lost." },
      ],
    });
    expect(fineTuningRun({ run: { ...run, status: "error" }, evidence })).toEqual({
      state: "unusable",
      reason: "the run failed",
    });
  });
});
