import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Message } from "../../src/model/message.ts";
import { openSqliteStore } from "../../src/store/sqlite/open.ts";
import type { Store } from "../../src/store/store.ts";
import { makeAssessment, makeBatch, makeSpan, spanIdOf, T0, textMessage, traceIdOf } from "./fixtures.ts";

export interface SqlFixture extends AsyncDisposable {
  readonly folder: string;
  readonly path: string;
  readonly store: Store;
}

const usage = (input: number, output: number) => ({
  inputTokens: input,
  outputTokens: output,
  cacheReadTokens: null,
  cacheWriteTokens: null,
  reasoningTokens: null,
});

const refundCall: Message = {
  role: "assistant",
  parts: [{ type: "tool_call", id: "call_1", name: "refund", arguments: { order: 7, reason: "late" } }],
};
const refundResult: Message = {
  role: "tool",
  parts: [{ type: "tool_result", id: "call_1", name: "refund", result: { ok: false } }],
};

/** A conversation of two traces (one failed, with a tool call) and a single trace, in project `shop`. */
function shopSpans() {
  const question = textMessage("user", "I want my money back for order 7");
  const sorry = textMessage("assistant", "Sorry, the refund failed");
  const again = textMessage("user", "Try once more please");
  const done = textMessage("assistant", `It is done. ${"Thank you for waiting. ".repeat(60)}`);
  const llm = (n: number, trace: number, input: Message[], output: Message[], seconds: number) =>
    makeSpan({
      traceId: traceIdOf(trace),
      spanId: spanIdOf(n),
      parentSpanId: trace === 1 ? spanIdOf(10) : null,
      name: "chat gpt-5",
      kind: "llm",
      model: trace === 3 ? "gpt-5-mini" : "gpt-5",
      provider: "openai",
      sessionId: trace === 3 ? null : "s-1",
      startUs: T0 + n * 1_000_000,
      endUs: T0 + n * 1_000_000 + seconds * 1_000_000,
      usage: usage(100 * n, 10 * n),
      costUsd: n / 100,
      costSource: "reported",
      tags: { release: trace === 3 ? "1.5" : "1.4" },
      content: { inputMessages: input, outputMessages: output },
    });
  return [
    makeSpan({
      traceId: traceIdOf(1),
      spanId: spanIdOf(10),
      name: "agent",
      kind: "agent",
      sessionId: "s-1",
      status: "error",
      startUs: T0,
      endUs: T0 + 9_000_000,
    }),
    llm(1, 1, [question], [refundCall], 2),
    makeSpan({
      traceId: traceIdOf(1),
      spanId: spanIdOf(11),
      parentSpanId: spanIdOf(10),
      name: "execute_tool refund",
      kind: "tool",
      toolName: "refund",
      toolCallId: "call_1",
      status: "error",
      statusMessage: "order is closed",
      errorType: "OrderClosed",
      startUs: T0 + 3_500_000,
      endUs: T0 + 3_750_000,
      content: { input: { order: 7, reason: "late" }, output: "order is closed" },
    }),
    llm(2, 1, [question, refundCall, refundResult], [sorry], 1),
    llm(3, 2, [question, refundCall, refundResult, sorry, again], [done], 4),
    llm(4, 3, [textMessage("user", "Where is my parcel?")], [textMessage("assistant", "In Ghent")], 1),
  ];
}

/** A store that stays open, as it is while an assistant asks, with two projects in it. */
export async function openSqlFixture(): Promise<SqlFixture> {
  const folder = await mkdtemp(join(tmpdir(), "evalwright-sql-"));
  const path = join(folder, "evalwright.db");
  const store = await openSqliteStore({ path });
  for (const id of ["shop", "other"]) await store.records.ensureProject({ id, slug: id });
  await store.traces.insert([
    makeBatch(shopSpans(), {
      assessments: [
        makeAssessment({ id: "f1", name: "thumbs", value: false, sessionId: "s-1", rationale: "no refund" }),
        makeAssessment({ id: "f2", name: "rating", value: 2, traceId: traceIdOf(1), source: "end_user" }),
        makeAssessment({ id: "f3", name: "rating", value: 5, traceId: traceIdOf(3), source: "end_user" }),
        makeAssessment({
          id: "f4",
          name: "category",
          value: "billing",
          traceId: traceIdOf(1),
          spanId: spanIdOf(11),
        }),
      ],
    }),
    makeBatch(
      [makeSpan({ traceId: traceIdOf(99), spanId: spanIdOf(99), name: "SECRET of another project" })],
      {
        projectId: "other",
      },
    ),
  ]);
  await store.traces.settle();
  return {
    folder,
    path,
    store,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
