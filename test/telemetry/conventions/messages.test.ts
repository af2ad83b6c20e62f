import { describe, expect, it } from "vitest";
import type { Json } from "../../../src/model/json.ts";
import { newFound, parseMessages } from "../../../src/telemetry/conventions/index.ts";
import { ANSWER, CONVERSATION, DIALECTS } from "./dialects.ts";

describe("messages of every dialect", () => {
  it.each(Object.entries(DIALECTS))("%s", (_, { value, expected = CONVERSATION }) => {
    expect(parseMessages(value)).toEqual(expected);
    expect(parseMessages(JSON.stringify(value))).toEqual(expected);
  });

  it("keeps system messages, tool definitions apart, and participants' names", () => {
    const found = newFound();
    const messages = parseMessages(
      [
        { role: "developer", content: "Be nice." },
        { role: "user", name: "anna", content: "Hi" },
        { role: "tool", content: { type: "function", function: { name: "search", parameters: {} } } },
      ],
      found,
    );
    expect(messages).toEqual([
      { role: "system", parts: [{ type: "text", text: "Be nice." }] },
      { role: "user", name: "anna", parts: [{ type: "text", text: "Hi" }] },
    ]);
    expect(found.toolDefinitions).toHaveLength(1);
  });

  it("reads answers of APIs, with their finish reasons apart", () => {
    const answers: Json[] = [
      {
        id: "x",
        choices: [
          { index: 0, finish_reason: "stop", message: { role: "assistant", content: "It is sunny." } },
        ],
      },
      {
        candidates: [{ finishReason: "stop", content: { role: "model", parts: [{ text: "It is sunny." }] } }],
      },
      {
        id: "msg",
        type: "message",
        role: "assistant",
        stop_reason: "stop",
        content: [{ type: "text", text: "It is sunny." }],
      },
      { output: { message: { role: "assistant", content: [{ text: "It is sunny." }] } }, stopReason: "stop" },
    ];
    for (const answer of answers) {
      const found = newFound();
      expect(parseMessages(answer, found, "assistant")).toEqual([ANSWER]);
      expect(found.finishReasons).toEqual(["stop"]);
    }
  });

  it("keeps reasoning, errors, unknown parts and arguments that are no JSON", () => {
    const value = [
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "Hm.", signature: "s" },
          { type: "citation", url: "u" },
          { type: "tool_use", id: "a", name: "run", input: "{broken" },
          { type: "tool_use", id: "b", name: "none", input: "" },
        ],
      },
      {
        role: "user",
        content: [{ type: "tool_result", tool_use_id: "a", is_error: true, content: "failed" }],
      },
    ];
    expect(parseMessages(value)).toEqual([
      {
        role: "assistant",
        parts: [
          { type: "reasoning", text: "Hm." },
          { type: "other", kind: "citation", value: { type: "citation", url: "u" } },
          { type: "tool_call", id: "a", name: "run", arguments: "{broken" },
          { type: "tool_call", id: "b", name: "none", arguments: {} },
        ],
      },
      {
        role: "tool",
        parts: [{ type: "tool_result", id: "a", name: null, result: "failed", isError: true }],
      },
    ]);
  });

  it.each<[string, Json]>([
    ["documents", [{ title: "a", href: "b" }]],
    ["numbers", [1, 2]],
    ["texts", ["role='system' content='x'"]],
    ["a text", "hello"],
    ["a record", { city: "Berlin" }],
    ["definitions", [{ type: "function", function: { name: "f", parameters: {} } }]],
    ["nothing", null],
  ])("are not seen in %s", (_, value) => {
    expect(parseMessages(value)).toBeNull();
  });
});
