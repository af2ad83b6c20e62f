import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "../../src/model/json.ts";
import type { EngineName } from "../../src/store/sqlite/sql/engine.ts";
import { sqlRunner } from "../../src/store/sqlite/sql/index.ts";
import { VIEWS } from "../../src/store/sqlite/sql/views.ts";
import { openSqlFixture, type SqlFixture } from "./sql-fixture.ts";

const LIMITS = { timeoutMs: 20_000, maxRows: 100, maxBytes: 200_000 };
const T1 = `${"0".repeat(31)}1`;

/** Ordinary questions about agents, with their answers on the fixture. */
const QUERIES: readonly (readonly [sql: string, rows: Json[][]])[] = [
  ["SELECT count(*) FROM traces", [[3]]],
  ["select count(*) as n from SPANS;", [[6]]],
  [
    "SELECT status, count(*) FROM traces GROUP BY status ORDER BY 1",
    [
      ["error", 1],
      ["unset", 2],
    ],
  ],
  ["SELECT trace_id FROM traces WHERE status = 'error'", [[T1]]],
  ["SELECT session_id, turns, llm_calls FROM sessions WHERE inferred = 0", [["s-1", 2, 3]]],
  [
    "SELECT model, sum(input_tokens), round(sum(cost_usd), 2) FROM spans WHERE kind = 'llm' GROUP BY model ORDER BY 1",
    [
      ["gpt-5", 600, 0.06],
      ["gpt-5-mini", 400, 0.04],
    ],
  ],
  [
    "SELECT tool_name, error_type, duration_ms FROM spans WHERE kind = 'tool'",
    [["refund", "OrderClosed", 250]],
  ],
  [
    "SELECT arguments ->> 'reason', json_extract(arguments, '$.order'), result FROM spans WHERE tool_name = 'refund'",
    [["late", 7, "order is closed"]],
  ],
  [
    "SELECT tags ->> 'release' AS r, count(*) FROM spans WHERE kind = 'llm' GROUP BY r ORDER BY r",
    [
      ["1.4", 3],
      ["1.5", 1],
    ],
  ],
  ["SELECT started_at FROM spans WHERE span_id = '000000000000000a'", [["2026-01-01T00:00:00.000Z"]]],
  ["SELECT date(started_at), count(*) FROM traces GROUP BY 1", [["2026-01-01", 3]]],
  ["SELECT name, value FROM assessments WHERE session_id = 's-1'", [["thumbs", 0]]],
  ["SELECT avg(value) FROM assessments WHERE name = 'rating'", [[3.5]]],
  [
    "SELECT t.status, a.value FROM traces t JOIN assessments a USING (trace_id) WHERE a.name = 'rating' ORDER BY a.value",
    [
      ["error", 2],
      ["unset", 5],
    ],
  ],
  [
    "SELECT role, direction, text FROM messages WHERE text LIKE '%money back%'",
    [["user", "in", "I want my money back for order 7"]],
  ],
  [
    "SELECT role, count(*) FROM messages WHERE session_id = 's-1' GROUP BY role ORDER BY role",
    [
      ["assistant", 3],
      ["tool", 1],
      ["user", 2],
    ],
  ],
  [
    "SELECT tool_name, tool_call_id, tool_arguments ->> 'order' FROM messages WHERE tool_arguments IS NOT NULL",
    [["refund", "call_1", 7]],
  ],
  ["SELECT text FROM messages WHERE role = 'tool'", [['{"ok":false}']]],
  ["SELECT length(text) FROM messages WHERE text LIKE 'It is done%'", [[1392]]],
  [
    "WITH slow AS (SELECT * FROM spans WHERE duration_ms > 1500 AND kind = 'llm') SELECT count(*), max(duration_ms) FROM slow",
    [[2, 4000]],
  ],
  [
    "SELECT span_id FROM (SELECT span_id, row_number() OVER (PARTITION BY trace_id ORDER BY duration_ms DESC) AS n FROM spans WHERE kind = 'llm') WHERE n = 1 ORDER BY 1",
    [["0000000000000001"], ["0000000000000003"], ["0000000000000004"]],
  ],
  [
    "SELECT j.value FROM traces, json_each(traces.models) AS j ORDER BY j.value",
    [["gpt-5"], ["gpt-5"], ["gpt-5-mini"]],
  ],
  [
    "SELECT CASE WHEN cost_usd > 0.035 THEN 'dear' ELSE 'cheap' END AS c, count(*) FROM traces GROUP BY c ORDER BY c",
    [
      ["cheap", 2],
      ["dear", 1],
    ],
  ],
  [
    "SELECT count(*) FROM traces WHERE trace_id IN (SELECT trace_id FROM spans WHERE status = 'error')",
    [[1]],
  ],
  ["SELECT EXISTS (SELECT 1 FROM spans WHERE name GLOB 'chat*')", [[1]]],
  [
    "VALUES (1, 'a'), (2, NULL)",
    [
      [1, "a"],
      [2, null],
    ],
  ],
  ["SELECT kind FROM spans UNION SELECT 'zz' ORDER BY 1", [["agent"], ["llm"], ["tool"], ["zz"]]],
  ["SELECT group_concat(DISTINCT kind) FROM (SELECT kind FROM spans ORDER BY kind)", [["agent,llm,tool"]]],
  [
    "WITH RECURSIVE days(d) AS (SELECT date('2026-01-01') UNION ALL SELECT date(d, '+1 day') FROM days WHERE d < '2026-01-03') SELECT d, (SELECT count(*) FROM traces WHERE date(started_at) = d) FROM days",
    [
      ["2026-01-01", 3],
      ["2026-01-02", 0],
      ["2026-01-03", 0],
    ],
  ],
  [
    "SELECT parent.name, child.name FROM spans child JOIN spans parent ON parent.span_id = child.parent_span_id AND parent.trace_id = child.trace_id WHERE child.kind = 'tool'",
    [["agent", "execute_tool refund"]],
  ],
  ["SELECT printf('%.1f %%', 100.0 * sum(status = 'error') / count(*)) FROM traces", [["33.3 %"]]],
  ["SELECT name FROM spans WHERE kind = 'tool' -- a comment\n", [["execute_tool refund"]]],
  ["SELECT \"trace_id\" FROM [traces] WHERE `status` = 'error'", [[T1]]],
  [
    "SELECT 9007199254740993, x'00ff', 1e999, json('{\"a\":1}')",
    [["9007199254740993", "00ff", "Infinity", '{"a":1}']],
  ],
];

let fixture: SqlFixture;
beforeAll(async () => {
  fixture = await openSqlFixture();
}, 60_000);
afterAll(() => fixture[Symbol.asyncDispose]());

const ENGINES: readonly EngineName[] = ["node:sqlite", "better-sqlite3"];

describe.each(ENGINES)("queries with %s", (engine) => {
  let runner: ReturnType<typeof sqlRunner>;
  beforeAll(() => {
    runner = sqlRunner({ path: fixture.path, engine });
  });
  afterAll(() => runner[Symbol.asyncDispose]());

  it.each(QUERIES)("%s", async (sql, rows) => {
    expect((await runner.query("shop", sql, LIMITS)).rows).toEqual(rows);
  });

  it("reads every column of every view as documented", async () => {
    for (const view of VIEWS) {
      const result = await runner.query("shop", `SELECT * FROM ${view.view}`, LIMITS);
      expect(result.columns).toEqual(view.columns.map((column) => column.name));
      expect(result.rows.length).toBeGreaterThan(0);
    }
  });

  it("shows one project at a time, and none that is unknown", async () => {
    expect((await runner.query("other", "SELECT name FROM spans", LIMITS)).rows).toEqual([
      ["SECRET of another project"],
    ]);
    expect((await runner.query("shop", "SELECT count(*) FROM spans", LIMITS)).rows).toEqual([[6]]);
    expect((await runner.query("nobody", "SELECT count(*) FROM spans", LIMITS)).rows).toEqual([[0]]);
  });

  it("stops at rows and bytes, and says so", async () => {
    const rows = await runner.query("shop", "SELECT span_id FROM spans", { ...LIMITS, maxRows: 2 });
    expect(rows).toMatchObject({ truncated: true, columns: ["span_id"] });
    expect(rows.rows).toHaveLength(2);
    expect(
      (await runner.query("shop", "SELECT span_id FROM spans", { ...LIMITS, maxRows: 6 })).truncated,
    ).toBe(false);
    const bytes = await runner.query("shop", "SELECT hex(text) FROM messages, spans", {
      ...LIMITS,
      maxBytes: 3_000,
    });
    expect(bytes.truncated).toBe(true);
    expect(JSON.stringify(bytes.rows).length).toBeLessThan(4_500);
    const long = await runner.query(
      "shop",
      "SELECT replace(text, 'a', 'aaaaaaaaaa') FROM messages WHERE text LIKE 'It is%'",
      { ...LIMITS, maxBytes: 400 },
    );
    expect(String(long.rows[0]?.[0])).toMatch(/ \[\.\.\. \d+ more characters\]$/);
  });

  it("sees what arrives while it is warm", async () => {
    const before = await runner.query("shop", "SELECT count(*) FROM assessments", LIMITS);
    await fixture.store.traces.addAssessments("shop", [
      {
        id: `late-${engine}`,
        kind: "feedback",
        name: `late ${engine}`,
        value: 1,
        rationale: null,
        quote: null,
        source: "code",
        sourceId: null,
        traceId: T1,
        spanId: null,
        sessionId: null,
        responseId: null,
        createdUs: 1,
        supersededBy: null,
      },
    ]);
    const after = await runner.query("shop", "SELECT count(*) FROM assessments", LIMITS);
    expect(Number(after.rows[0]?.[0])).toBe(Number(before.rows[0]?.[0]) + 1);
  });
});

describe("the runner", () => {
  it("is what the store offers, with its views documented", async () => {
    const sql = fixture.store.sql;
    expect((await sql?.query("shop", "SELECT count(*) FROM traces", LIMITS))?.rows).toEqual([[3]]);
    const schema = await sql?.schema();
    expect(schema?.map((view) => view.view)).toEqual([
      "traces",
      "sessions",
      "spans",
      "messages",
      "assessments",
    ]);
    expect(schema?.every((view) => view.description !== "" && view.columns.length > 5)).toBe(true);
    expect(JSON.stringify(schema)).not.toContain("main.");
  });

  it("answers in turn, refuses when too many wait, and ends when idle", async () => {
    await using runner = sqlRunner({ path: fixture.path, idleMs: 50 });
    const many = Array.from({ length: 20 }, (_, n) => runner.query("shop", `SELECT ${n}`, LIMITS));
    const settled = await Promise.allSettled(many);
    expect(settled.filter((result) => result.status === "fulfilled")).toHaveLength(16);
    expect(settled.at(-1)).toMatchObject({ reason: { code: "unavailable" } });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await runner.query("shop", "SELECT 1", LIMITS)).rows).toEqual([[1]]);
  });

  it("says that the store cannot be opened", async () => {
    await using runner = sqlRunner({ path: `${fixture.folder}/nowhere.db` });
    await expect(runner.query("shop", "SELECT 1", LIMITS)).rejects.toMatchObject({ code: "unavailable" });
  });
});
