import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { openStore } from "../../../src/store/open.ts";
import type { Store } from "../../../src/store/store.ts";
import { runImport } from "../../../src/telemetry/importers/run-import.ts";
import { jsonl, newFolder } from "./collect.ts";

const PROJECT = "import-test";
const data = process.env["EVALWRIGHT_TEST_DATA"] ?? "";

async function newStore(): Promise<Store> {
  const store = await openStore(join(await newFolder(), "evalwright.db"), pino({ level: "silent" }));
  await store.records.ensureProject({ id: PROJECT, slug: PROJECT });
  return store;
}

/** All that is stored, as far as reads show it. */
async function everything(store: Store) {
  const query = { projectId: PROJECT, filter: { type: "all" }, order: "oldest", limit: 500 } as const;
  const traces = await store.traces.searchTraces(query);
  const sessions = await store.traces.searchSessions(query);
  const assessments = await Promise.all(
    sessions.items.map(({ sessionId }) =>
      store.traces.readAssessments({ projectId: PROJECT, sessionId, includeTraces: true, limit: 100 }),
    ),
  );
  return { traces: traces.items, sessions: sessions.items, assessments: assessments.flat() };
}

const span = (n: number) => ({
  traceId: "a".repeat(32),
  spanId: n.toString(16).padStart(16, "b"),
  name: `s${n}`,
  startTimeUnixNano: String(1_772_359_200_000_000_000 + n * 1_000_000),
  endTimeUnixNano: "1772359209000000000",
  attributes: [{ key: "gen_ai.conversation.id", value: { stringValue: "s1" } }],
});
const claude = (uuid: string, type: string, message: object, second: number) => ({
  type,
  uuid,
  sessionId: "s2",
  timestamp: `2026-05-01T00:00:0${second}.000Z`,
  message,
});

describe("imports into a store", () => {
  it("again change nothing, also in parts and in another order", async () => {
    const folder = await newFolder();
    const otlp = join(folder, "a.jsonl");
    const transcript = join(folder, "b.jsonl");
    const labels = join(folder, "c.csv");
    await writeFile(
      otlp,
      jsonl(...[1, 2, 3].map((n) => ({ resourceSpans: [{ scopeSpans: [{ spans: [span(n)] }] }] }))),
    );
    await writeFile(
      transcript,
      jsonl(
        claude("u1", "user", { role: "user", content: "Hi" }, 1),
        claude(
          "a1",
          "assistant",
          {
            id: "m1",
            role: "assistant",
            model: "claude-sonnet-4-5",
            content: [{ type: "text", text: "Hello" }],
            usage: { input_tokens: 5, output_tokens: 2 },
          },
          2,
        ),
      ),
    );
    await writeFile(labels, "session_id,score,team\ns1,0.5,red\ns2,1,blue\n");
    const store = await newStore();
    const first = await runImport({ store, projectId: PROJECT, paths: [folder] });
    expect(first.taken).toEqual({ traces: 2, spans: 5, sessions: 2, feedback: 2 });
    const before = await everything(store);
    expect(before.traces).toHaveLength(2);
    expect(before.assessments).toHaveLength(2);
    expect(before.sessions.map((session) => session.tags["team"]).sort()).toEqual(["blue", "red"]);
    const again = await runImport({ store, projectId: PROJECT, paths: [labels, transcript, otlp] });
    expect(again.taken).toEqual(first.taken);
    expect(await everything(store)).toEqual(before);
    await store[Symbol.asyncDispose]();
  });

  it("of a transcript and of the log records of the same prompt make one trace, counted once", async () => {
    const folder = await newFolder();
    const record = (name: string, attributes: Record<string, string>) => ({
      timeUnixNano: "1777593602000000000",
      body: { stringValue: `claude_code.${name}` },
      attributes: Object.entries({
        "event.name": name,
        "session.id": "s2",
        "prompt.id": "p1",
        ...attributes,
      }).map(([key, stringValue]) => ({ key, value: { stringValue } })),
    });
    const scope = { name: "com.anthropic.claude_code.events" };
    const logRecords = [
      record("user_prompt", { prompt: "Hi" }),
      record("api_request", {
        request_id: "req_1",
        input_tokens: "5",
        output_tokens: "2",
        cost_usd: "0.5",
        model: "claude-sonnet-4-5",
      }),
    ];
    await writeFile(
      join(folder, "logs.jsonl"),
      jsonl({ resourceLogs: [{ resource: {}, scopeLogs: [{ scope, logRecords }] }] }),
    );
    const answer = {
      id: "m1",
      role: "assistant",
      model: "claude-sonnet-4-5",
      content: [{ type: "text", text: "Hello" }],
      usage: { input_tokens: 5, output_tokens: 2 },
    };
    await writeFile(
      join(folder, "s2.jsonl"),
      jsonl(
        { ...claude("u1", "user", { role: "user", content: "Hi" }, 1), promptId: "p1" },
        { ...claude("a1", "assistant", answer, 2), requestId: "req_1" },
      ),
    );
    const store = await newStore();
    await runImport({ store, projectId: PROJECT, paths: [folder] });
    const { traces } = await everything(store);
    expect(traces).toHaveLength(1);
    expect(traces[0]?.totals).toMatchObject({ inputTokens: 5, outputTokens: 2, llmCalls: 1, spans: 2 });
    await store[Symbol.asyncDispose]();
  });

  it("take credentials out before anything is stored", async () => {
    const path = join(await newFolder(), "chat.jsonl");
    const secret = ["sk", "ant", "api03", `${"A".repeat(93)}AA`].join("-");
    await writeFile(
      path,
      jsonl({ messages: [{ role: "user", content: `my key is ${secret}` }], session_id: "s" }),
    );
    const store = await newStore();
    await runImport({ store, projectId: PROJECT, paths: [path] });
    const { traces } = await everything(store);
    expect(traces[0]?.inputPreview).toContain("my key is");
    expect(JSON.stringify(traces)).not.toContain(secret);
    await store[Symbol.asyncDispose]();
  });

  it.skipIf(!data)("hold a real file of conversations whole (EVALWRIGHT_TEST_DATA)", async () => {
    const folder = join(data, "tau2-airline");
    const store = await newStore();
    const paths = [join(folder, "opus-4.6-a.otlp.jsonl.gz"), join(folder, "opus-4.6-a.labels.jsonl")];
    const report = await runImport({ store, projectId: PROJECT, paths });
    expect(report.taken).toEqual({ traces: 287, spans: 1146, sessions: 50, feedback: 50 });
    const stored = await everything(store);
    expect(stored.traces).toHaveLength(287);
    expect(stored.sessions).toHaveLength(50);
    expect(stored.sessions.reduce((sum, session) => sum + session.totals.spans, 0)).toBe(1146);
    expect(stored.sessions.every((session) => session.tags["terminationReason"] !== undefined)).toBe(true);
    const rewards = stored.assessments.filter((item) => item.name === "reward");
    expect(rewards).toHaveLength(50);
    expect(rewards.every((item) => item.source === "human" && (item.value === 0 || item.value === 1))).toBe(
      true,
    );
    await store[Symbol.asyncDispose]();
  });
});
