import { expect, it } from "vitest";
import type { LlmTool } from "../../src/llm/llm.ts";
import type { Message } from "../../src/model/message.ts";
import { connect, user } from "./client.ts";

const tools: readonly LlmTool[] = [
  {
    name: "look",
    description: "Looks.",
    parameters: { type: "object", properties: { at: { type: "string" } } },
  },
];

it("tools go along, and what the model asks for comes back with its arguments parsed", async () => {
  const { llm, server } = await connect({
    otherwise: {
      text: null,
      toolCalls: [
        { name: "look", arguments: { at: "page 3" } },
        { name: "look", arguments: "page 4" },
      ],
    },
  });
  const answer = await llm.complete({ messages: [user("Where is it?")], tools });
  expect(server.requests[0]?.body["tools"]).toEqual([
    { type: "function", function: { name: "look", description: "Looks.", parameters: tools[0]?.parameters } },
  ]);
  expect(answer).toMatchObject({ text: "", finishReason: "tool_calls" });
  expect(answer.toolCalls).toEqual([
    { id: "call_1_0", name: "look", arguments: { at: "page 3" } },
    { id: "call_1_1", name: "look", arguments: "page 4" },
  ]);
});

it("calls and their results are sent back as the API takes them", async () => {
  const { llm, server } = await connect({ otherwise: "page 3" });
  const messages: Message[] = [
    user("Where is it?"),
    {
      role: "assistant",
      parts: [{ type: "tool_call", id: "c1", name: "look", arguments: { at: "page 3" } }],
    },
    { role: "tool", parts: [{ type: "tool_result", id: "c1", name: "look", result: "there" }] },
  ];
  const answer = await llm.complete({ messages, tools });
  expect(answer).toMatchObject({ text: "page 3", toolCalls: [] });
  expect(server.requests[0]?.body["messages"]).toEqual([
    { role: "user", content: "Where is it?" },
    {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "c1", type: "function", function: { name: "look", arguments: '{"at":"page 3"}' } }],
    },
    { role: "tool", tool_call_id: "c1", content: "there" },
  ]);
});

it("an answer whose calls cannot be read has none, and its text stays", async () => {
  const body = {
    choices: [{ finish_reason: "stop", message: { content: "hm", tool_calls: [{ function: {} }, null, 7] } }],
  };
  const { llm } = await connect({ otherwise: { status: 200, body } });
  expect(await llm.complete({ messages: [user("x")], tools })).toMatchObject({ text: "hm", toolCalls: [] });
});
