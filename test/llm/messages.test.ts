import { describe, expect, it } from "vitest";
import type { Message, Part } from "../../src/model/message.ts";
import { connect, failureOf, user } from "./client.ts";

const pixel = Uint8Array.from([1, 2, 3]);
const bytes = (): Promise<Uint8Array | null> => Promise.resolve(pixel);
const gone = (): Promise<Uint8Array | null> => Promise.resolve(null);
const stored: Part = {
  type: "media",
  modality: "image",
  ref: { hash: "abc", mimeType: "image/png", bytes: 3 },
  uri: null,
};
const show = (part: Part): Message => ({
  role: "user",
  parts: [{ type: "text", text: "What is this?" }, part],
});

describe("messages", () => {
  it("carry tool calls, results, summaries and participants' names as the API has them", async () => {
    const { llm, server } = await connect({});
    const messages: Message[] = [
      { role: "system", parts: [{ type: "text", text: "Be brief." }] },
      {
        role: "user",
        name: "alice",
        parts: [{ type: "compaction", text: "Earlier: she asked for a refund." }],
      },
      {
        role: "assistant",
        parts: [
          { type: "reasoning", text: "hm" },
          { type: "tool_call", id: "c1", name: "lookup", arguments: { order: 7 } },
          { type: "tool_call", id: null, name: "pay", arguments: "raw" },
        ],
      },
      { role: "tool", parts: [{ type: "tool_result", id: "c1", name: "lookup", result: { found: true } }] },
      { role: "tool", parts: [{ type: "tool_result", id: null, name: "pay", result: "done" }] },
      {
        role: "assistant",
        name: "agent two",
        parts: [
          { type: "text", text: "Paid." },
          { type: "text", text: "Bye." },
        ],
      },
    ];
    const answer = await llm.complete({ messages });
    expect(server.requests[0]?.body["messages"]).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: "Earlier: she asked for a refund.", name: "alice" },
      {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: "c1", type: "function", function: { name: "lookup", arguments: '{"order":7}' } },
          { id: "call_1", type: "function", function: { name: "pay", arguments: "raw" } },
        ],
      },
      { role: "tool", tool_call_id: "c1", content: '{"found":true}' },
      { role: "tool", tool_call_id: "call_1", content: "done" },
      { role: "assistant", content: "Paid.\n\nBye." },
    ]);
    expect(answer.ignored).toEqual(["reasoning parts", "participants' names"]);
  });

  it("carry images as data URLs where the endpoint takes them", async () => {
    const { llm, server } = await connect({}, { vision: true });
    const inline: Part = { type: "media", modality: "image", ref: null, uri: "data:image/gif;base64,AAAA" };
    await llm.complete({ messages: [show(stored), show(inline)], mediaOf: bytes });
    const urls = JSON.stringify(server.requests[0]?.body["messages"]).match(/data:[^"]+/g);
    expect(urls).toEqual(["data:image/png;base64,AQID", "data:image/gif;base64,AAAA"]);
  });

  it.each([
    ["an endpoint without vision", {}, stored, bytes],
    ["bytes that are gone", { vision: true }, stored, gone],
    ["no way to the bytes", { vision: true }, stored, undefined],
    // Fetching it would tell its author who reads the trace.
    [
      "an address on the web",
      { vision: true },
      { ...stored, ref: null, uri: "https://example.com/a.png" },
      undefined,
    ],
    ["audio", { vision: true }, { ...stored, modality: "audio" }, bytes],
    [
      "a type that is none",
      { vision: true },
      { ...stored, ref: { hash: "abc", mimeType: "image/png;x=,", bytes: 3 } },
      bytes,
    ],
    ["an unknown part", { vision: true }, { type: "other", kind: "hologram", value: 1 }, undefined],
  ] as const)("with %s are unsupported, and nothing is sent", async (_, fields, part, mediaOf) => {
    const { llm, server } = await connect({}, fields);
    const error = await failureOf(llm.complete({ messages: [user("hello"), show(part)], mediaOf }));
    expect(error).toMatchObject({ kind: "unsupported", attempts: 0, retryable: false, spend: { calls: 0 } });
    expect(error.describe()).not.toContain("example.com");
    expect(server.log.length).toBe(0);
  });
});
