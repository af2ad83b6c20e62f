import { describe, expect, it } from "vitest";
import { newFound, parseMessages } from "../../../src/telemetry/conventions/index.ts";
import { CONVERSATION, DIALECTS } from "./dialects.ts";

describe("damaged content", () => {
  const whole = JSON.stringify(DIALECTS["OpenAI chat request"]?.value);

  it("reads what is readable at every cut, and says that it was cut", () => {
    const lengths = new Set<number>();
    for (let length = 0; length < whole.length; length += 1) {
      const found = newFound();
      const messages = parseMessages(whole.slice(0, length), found) ?? [];
      lengths.add(messages.length);
      if (messages.length > 0) expect(found.truncated).toBe(true);
      // All messages before the last are whole.
      expect(messages.slice(0, -1)).toEqual(CONVERSATION.slice(0, Math.max(messages.length - 1, 0)));
    }
    expect([...lengths]).toEqual([0, 1, 2, 3, 4]);
  });

  it("keeps the beginning of a text that was cut, also inside an escape", () => {
    const text = '[{"role":"user","content":"a \\"quoted\\" \\u00e';
    expect(parseMessages(text)).toEqual([{ role: "user", parts: [{ type: "text", text: 'a "quoted" ' }] }]);
    expect(parseMessages('[{"role":"user","content":"back\\\\')).toEqual([
      { role: "user", parts: [{ type: "text", text: "back\\" }] },
    ]);
  });

  it("survives depth, width and hostile names", () => {
    const deep = `${'[{"role":"user","content":'.repeat(50_000)}1`;
    expect(parseMessages(deep)).toBeNull();
    const nested = parseMessages([
      {
        role: "assistant",
        tool_calls: [{ id: "a", function: { name: "f", arguments: "[".repeat(9_000) + "]".repeat(9_000) } }],
      },
    ]);
    expect(JSON.stringify(nested).length).toBeLessThan(1_000);
    const hostile = parseMessages(
      '[{"role":"user","content":[{"type":"__proto__","__proto__":{"polluted":1}}],"__proto__":{"role":"x"}}]',
    );
    expect(hostile).toEqual([
      { role: "user", parts: [{ type: "other", kind: "__proto__", value: { type: "__proto__" } }] },
    ]);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  it.each([
    ["lists in lists", "[".repeat(100_000), "]".repeat(100_000)],
    ["results in results", '[{"type":"image","toolResult":{"content":'.repeat(50_000), "}}]".repeat(50_000)],
    ["messages in messages", '{"messages":'.repeat(50_000), "}".repeat(50_000)],
    [
      "sources in sources",
      '[{"role":"user","content":[{"type":"image","source":'.repeat(20_000),
      "}]}]".repeat(20_000),
    ],
  ])("survives %s", (_, open, close) => {
    for (const text of [`${open}1${close}`, `[{"role":"tool","content":${open}1${close}}]`, open]) {
      const messages = parseMessages(text);
      expect(JSON.stringify(messages).length).toBeLessThan(10_000);
    }
  });
});
