import { describe, expect, test } from "vitest";
import { readSession } from "../../src/reading/session.ts";
import { readSpan } from "../../src/reading/span.ts";
import { makeAssessment, makeConversation, makeSpan, spanIdOf, traceIdOf } from "../store/fixtures.ts";
import { createMemoryStore } from "./memory-store.ts";

describe("readSession", () => {
  test("header, feedback and transcript of a small session", async () => {
    const feedback = [
      makeAssessment({
        name: "thumbs",
        value: false,
        source: "end_user",
        sessionId: "s",
        rationale: "no answer",
      }),
    ];
    const store = createMemoryStore(makeConversation({ sessionId: "s", turns: 2 }), feedback);
    expect(await readSession(store, { projectId: "shop", sessionId: "s", budget: 8_000 })).toEqual({
      data: {
        turns: 2,
        started: "2026-01-01 00:00:01",
        duration: "1.50s",
        llmCalls: 2,
        traces: [
          [1, "00000000"],
          [2, "00000000"],
        ],
      },
      untrusted: {
        session: "s",
        models: "gpt-5",
        feedback: "thumbs: false (end_user) — no answer",
        transcript: {
          columns: ["turn", "role", "text", "span", "at"],
          rows: [
            [1, "user", "my order s, message 0 of this conversation", "00000000", "+0s"],
            [1, "assistant", "my order s, message 1 of this conversation", "00000000", "+0s"],
            [2, "user", "my order s, message 2 of this conversation", "00000000", "+1.00s"],
            [2, "assistant", "my order s, message 3 of this conversation", "00000000", "+1.00s"],
          ],
        },
      },
      page: { returned: 4, total: 4, next: null },
    });
  });

  test("an unknown session is undefined, a foreign cursor is refused", async () => {
    const store = createMemoryStore(makeConversation({ sessionId: "s", turns: 1 }));
    expect(
      await readSession(store, { projectId: "shop", sessionId: "other", budget: 8_000 }),
    ).toBeUndefined();
    for (const cursor of ["lines:1", "rows:99"])
      await expect(
        readSession(store, { projectId: "shop", sessionId: "s", cursor, budget: 8_000 }),
      ).rejects.toMatchObject({
        code: "invalid_input",
      });
  });
});

describe("readSpan", () => {
  const span = makeSpan({
    name: "call",
    kind: "llm",
    status: "error",
    statusMessage: "context too long",
    content: {
      inputMessages: [
        { role: "user", parts: [{ type: "text", text: `${"old ".repeat(2_000)}and the newest words` }] },
      ],
      outputMessages: [{ role: "assistant", parts: [{ type: "text", text: "sorry" }] }],
    },
    source: { attributes: { secret: "only on demand" } },
  });

  test("shows the error, the answer and the newest of the input; attributes only when asked", async () => {
    const where = { projectId: "shop", traceId: traceIdOf(1), spanId: spanIdOf(1), budget: 2_000 };
    const answer = await readSpan(createMemoryStore([span]), where);
    expect(answer?.untrusted).toMatchObject({ error: "context too long", output: "assistant: sorry" });
    expect(String(answer?.untrusted?.["messages"])).toMatch(/and the newest words$/);
    expect(JSON.stringify(answer)).not.toContain("only on demand");
    const attributes = await readSpan(createMemoryStore([span]), { ...where, field: "attributes" });
    expect(attributes?.untrusted).toEqual({ text: '{"secret":"only on demand"}' });
  });
});
