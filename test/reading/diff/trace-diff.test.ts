import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Span } from "../../../src/model/span.ts";
import { DEFAULT_BUDGET } from "../../../src/reading/budget.ts";
import { showTraceDiff } from "../../../src/reading/diff/show.ts";
import { packageRoot } from "../../../src/runtime.ts";
import {
  type Attached,
  attach,
  listening,
  rowsOf,
  runExampleAgent,
  temporaryHome,
  untrustedOf,
} from "../../server/harness.ts";
import {
  makeBatch,
  makeConversation,
  makeSpan,
  spanIdOf,
  T0,
  textMessage,
  traceIdOf,
} from "../../store/fixtures.ts";
import { openTestStore } from "../imported.ts";

const Diff = z.object({
  steps: z.object({ first: z.number(), second: z.number() }),
  counts: z.record(z.string(), z.number()),
  firstDivergence: z.json(),
  totals: z.json(),
});

describe("the example agent's conversations, over MCP", () => {
  const home = temporaryHome();
  let server: Attached;

  beforeAll(async () => {
    server = await attach({ home: home.path, env: { CLAUDE_PROJECT_DIR: packageRoot } });
    await listening(server.httpUrl);
    await runExampleAgent(server.httpUrl);
    await server.call("search_traces", { level: "sessions", waitSeconds: 10 });
  }, 90_000);

  afterAll(async () => {
    await server.close();
    home.remove();
  });

  const diff = (id: string) => server.call("get_record", { kind: "trace_diff", id });

  it("of itself a conversation has no difference", async () => {
    const answer = await diff("chat-02..chat-02");
    expect(Diff.parse(answer)).toMatchObject({
      counts: { arguments: 0, result: 0, words: 0, added: 0, missing: 0 },
      firstDivergence: "none: every step is the same",
    });
    expect(rowsOf(answer["totals"]).map((row) => row["difference"])).toEqual(
      rowsOf(answer["totals"]).map(() => 0),
    );
  });

  it("names the changed argument by its path, and where another result parts two runs", async () => {
    const answer = await diff("chat-02..chat-07");
    const rows = rowsOf(untrustedOf(answer)["diff"]);
    const lookup = rows.find((row) => row["step"] === "tool lookup_order");
    expect(lookup).toMatchObject({ difference: "arguments" });
    expect(lookup?.["what"]).toMatch(/^order_id: 1001 -> #1001 \| result: /);
    expect(rows.some((row) => row["step"] === "tool issue_refund" && row["difference"] === "missing")).toBe(
      true,
    );
    expect(answer["firstDivergence"]).toMatchObject({
      difference: "words",
      stepOfFirst: 1,
      stepOfSecond: 1,
      turn: 1,
    });
  });

  it("refuses what cannot be compared", async () => {
    expect(await server.fail("get_record", { kind: "trace_diff", id: "chat-01" })).toMatch(/A\.\.B/);
    expect(await server.fail("get_record", { kind: "trace_diff", id: "chat-01..nobody" })).toMatch(
      /^not_found: No trace or session "nobody"/,
    );
    const list = await server.call("search_traces", { limit: 1 });
    const trace = String(rowsOf(untrustedOf(list))[0]?.["id"]);
    expect(await server.fail("get_record", { kind: "trace_diff", id: `chat-01..${trace}` })).toMatch(
      /One is a session, the other a trace/,
    );
  });

  it("a comparison offers the diff of an example that was lost", async () => {
    await server.call("save_dataset", {
      name: "refunds",
      examples: [
        {
          id: "repeats",
          inputs: { message: "Refund for order #1001 please, it has a hole." },
          expectations: { answer: "refunded" },
        },
        {
          id: "plain",
          inputs: { message: "I want a refund for order 1001." },
          expectations: { answer: "refunded" },
        },
      ],
      holdout: false,
    });
    await server.call("save_judge", {
      name: "refunded",
      builtin: "contains",
      params: { values: ["refunded"] },
    });
    const evaluate = async (target: string) => {
      let answer = await server.call("run_evaluation", { dataset: "refunds", target, judges: ["refunded"] });
      while (answer["state"] === "running")
        answer = await server.call("get_job", { jobId: String(answer["jobId"]), waitSeconds: 20 });
      return String(answer["evaluation"] ?? untrustedOf(answer)["evaluation"]);
    };
    const baseline = await evaluate("examples/support-agent/fixed-agent.yaml");
    const candidate = await evaluate("examples/support-agent/agent.yaml");
    const comparison = await server.call("compare_evaluations", { baseline, candidate });
    const [next] = z
      .array(z.object({ tool: z.string(), arguments: z.record(z.string(), z.json()) }))
      .parse(comparison["next"]);
    expect(next).toMatchObject({ tool: "get_record", arguments: { kind: "trace_diff" } });
    const rows = rowsOf(untrustedOf(await server.call("get_record", next?.arguments))["diff"]);
    expect(rows.find((row) => row["step"] === "tool lookup_order")?.["what"]).toMatch(
      /^order_id: 1001 -> #1001/,
    );
  }, 120_000);
});

describe("large runs", () => {
  let opened: Awaited<ReturnType<typeof openTestStore>>;

  beforeEach(async () => {
    opened = await openTestStore();
  });
  afterEach(() => opened.close());

  const context = () => ({
    store: opened.store,
    project: { id: "shop", slug: "shop" },
    log: pino({ level: "silent" }),
  });

  async function insert(spans: readonly Span[]) {
    for (let from = 0; from < spans.length; from += 2_000)
      await opened.traces.insert([makeBatch(spans.slice(from, from + 2_000))]);
    await opened.traces.settle();
  }

  /** 10,000 steps of a model call and two tool calls; every 1,000th search asks otherwise. */
  const loop = (trace: number, other: string): Span[] =>
    Array.from({ length: 30_000 }, (_, i) => {
      const kind = i === 0 ? "agent" : i % 3 === 1 ? "llm" : "tool";
      return makeSpan({
        traceId: traceIdOf(trace),
        spanId: spanIdOf(trace * 100_000 + i),
        parentSpanId: i === 0 ? null : spanIdOf(trace * 100_000),
        name: kind === "tool" ? `search_${i % 3}` : kind,
        toolName: kind === "tool" ? `search_${i % 3}` : null,
        kind,
        startUs: T0 + i * 1_000,
        endUs: T0 + i * 1_000 + 900,
        content:
          kind === "llm"
            ? {
                inputMessages: [textMessage("user", "go on")],
                outputMessages: [textMessage("assistant", `did ${i}`)],
              }
            : {
                input: { query: `q ${i}`, scope: { lang: i % 1_000 === 0 ? other : "en" } },
                output: `result ${i}`,
              },
      });
    });

  it("two traces of 30,000 spans: exact counts within the budget, what is left out named", async () => {
    await insert(loop(1, "de"));
    await insert(loop(2, "fr"));
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    const answer = await showTraceDiff(context(), { id: `${traceIdOf(1)}..${traceIdOf(2)}` });
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(250_000_000);
    expect(JSON.stringify(answer).length).toBeLessThanOrEqual(DEFAULT_BUDGET);
    const { steps, counts } = Diff.parse(answer.data);
    expect(steps.first).toBeGreaterThanOrEqual(29_999);
    expect(steps.second).toBe(steps.first);
    // Of 1,000, 2,000 ... 29,000 those that are tools.
    const changed = Array.from({ length: 29 }, (_, i) => (i + 1) * 1_000).filter((i) => i % 3 !== 1).length;
    expect(counts).toMatchObject({ arguments: changed, added: 0, missing: 0, words: 0 });
    expect(JSON.stringify(answer.untrusted)).toContain("scope.lang: de -> fr");
  }, 240_000);

  it("two sessions of 300 turns with resent history", async () => {
    await insert(makeConversation({ sessionId: "session-a", turns: 300, words: "w ".repeat(200) }));
    await insert(
      makeConversation({ sessionId: "session-b", turns: 280, firstTrace: 1_000, words: "w ".repeat(200) }),
    );
    const answer = await showTraceDiff(context(), { id: "session-a..session-b" });
    expect(JSON.stringify(answer).length).toBeLessThanOrEqual(DEFAULT_BUDGET);
    const { steps, counts } = Diff.parse(answer.data);
    expect(steps).toEqual({ first: 600, second: 560 });
    expect(counts).toMatchObject({ words: 560, missing: 40, same: 0 });
    expect(answer.omitted?.[0]?.kind).toBe("steps that differ");
    const seen = new Set<string>();
    let cursor: string | undefined;
    do {
      const page = await showTraceDiff(context(), { id: "session-a..session-b", cursor, maxTokens: 20_000 });
      for (const row of rowsOf(z.record(z.string(), z.json()).parse(page.untrusted)["diff"]))
        seen.add(`${row["first"]} ${row["second"]}`);
      cursor = page.page?.next ?? undefined;
    } while (cursor !== undefined);
    expect(seen.size).toBe(600);
  }, 240_000);
});
