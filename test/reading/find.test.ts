import { describe, expect, test } from "vitest";
import { z } from "zod";
import { findInSession, findInTrace } from "../../src/reading/find.ts";
import { makeConversation, makeSpan, textMessage, traceIdOf } from "../store/fixtures.ts";
import { createMemoryStore } from "./memory-store.ts";

const Found = z.object({
  found: z.object({ columns: z.array(z.string()), rows: z.array(z.array(z.json())) }),
});
const find = (spans: Parameters<typeof createMemoryStore>[0], pattern: string) =>
  findInTrace(createMemoryStore(spans), { projectId: "shop", traceId: traceIdOf(1), pattern, budget: 8_000 });

describe("find", () => {
  test("marks the hit in its context and names span and field", async () => {
    const span = makeSpan({
      name: "chat",
      kind: "llm",
      content: {
        outputMessages: [textMessage("assistant", "Your Refund is on its way. The refund takes 5 days.")],
      },
    });
    const answer = await find([span], "refund");
    expect(answer.data).toMatchObject({ hits: 2, places: 1, byField: { output: 2 } });
    expect(Found.parse(answer.untrusted).found.rows).toEqual([
      [
        "00000000",
        "output",
        2,
        "Your »Refund« is on its way. The refund takes 5 days. ¦ Your Refund is on its way. The »refund« takes 5 days.",
      ],
    ]);
  });

  test("resent history does not multiply hits; the first span that has it is named", async () => {
    const store = createMemoryStore(makeConversation({ sessionId: "s", turns: 20 }));
    const answer = await findInSession(store, {
      projectId: "shop",
      sessionId: "s",
      pattern: "message 2 of",
      budget: 8_000,
    });
    expect(answer.data["hits"]).toBe(1);
    expect(Found.parse(answer.untrusted).found.columns[0]).toBe("trace");
  });

  test("finds in names, errors, arguments, results, system and tools, as text and not as JSON", async () => {
    const span = makeSpan({
      name: "needle tool",
      status: "error",
      statusMessage: "needle lost",
      content: {
        input: 'a "needle"',
        output: { needle: 1 },
        system: [{ type: "text", text: "mind the needle" }],
        toolDefinitions: [{ name: "needle" }],
      },
    });
    const answer = await find([span], "needle");
    expect(answer.data["byField"]).toEqual({ name: 1, error: 1, input: 1, output: 1, system: 1, tools: 1 });
    expect(await find([span], '"needle"').then((each) => each.data["hits"])).toBeGreaterThan(0);
  });

  test("regular expressions with flags; special characters of plain text are plain", async () => {
    const span = makeSpan({ content: { output: "Order A-17 (paid), order B-9 (open)" } });
    expect((await find([span], "/order [A-Z]-\\d+/i")).data["hits"]).toBe(2);
    expect((await find([span], "/order [A-Z]-\\d+/")).data["hits"]).toBe(1);
    expect((await find([span], "(paid)")).data["hits"]).toBe(1);
    expect((await find([span], ".*")).data["hits"]).toBe(0);
  });

  test.each(["", "   ", "x".repeat(301), "/(/", "/a/xyz", "/a/g"])(
    "refuses the pattern %j",
    async (pattern) => {
      await expect(find([makeSpan()], pattern)).rejects.toMatchObject({ code: "invalid_input" });
    },
  );

  test("a pattern that would backtrack for ever is stopped and refused", async () => {
    const span = makeSpan({ content: { output: `${"a".repeat(60)}!` } });
    await expect(find([span], "/^(a+)+$/")).rejects.toMatchObject({ code: "invalid_input" });
  }, 20_000);
});
