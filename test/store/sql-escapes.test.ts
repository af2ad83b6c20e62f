import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AppError } from "../../src/errors.ts";
import type { EngineName } from "../../src/store/sqlite/sql/engine.ts";
import { sqlRunner } from "../../src/store/sqlite/sql/index.ts";
import { openEngine } from "../../src/store/sqlite/sql/open-engine.ts";
import { openSqlFixture, type SqlFixture } from "./sql-fixture.ts";

const LIMITS = { timeoutMs: 20_000, maxRows: 100, maxBytes: 100_000 };

/** Statements that are no query. */
const STATEMENTS = [
  "",
  ";",
  "-- nothing",
  "ATTACH DATABASE '/etc/passwd' AS x",
  "ATTACH ':memory:' AS x",
  "DETACH DATABASE main",
  "PRAGMA query_only = 0",
  "PRAGMA table_info(span)",
  "PRAGMA database_list",
  "VACUUM",
  "VACUUM INTO 'stolen.db'",
  "VACUUM main INTO 'stolen.db'",
  "BEGIN IMMEDIATE",
  "COMMIT",
  "ROLLBACK",
  "SAVEPOINT a",
  "RELEASE a",
  "INSERT INTO traces VALUES (1)",
  "INSERT INTO main.span (id) VALUES (1) RETURNING *",
  "UPDATE span SET name = 'x' RETURNING name",
  "DELETE FROM span RETURNING name",
  "REPLACE INTO meta VALUES ('a', 1)",
  "WITH a AS (SELECT 1) DELETE FROM span",
  "WITH a AS (SELECT 1) INSERT INTO span (id) SELECT * FROM a RETURNING *",
  "CREATE TABLE t (a)",
  "CREATE TEMP TABLE t AS SELECT * FROM traces",
  "CREATE VIEW v AS SELECT 1",
  "CREATE TEMP VIEW traces AS SELECT * FROM main.span",
  "CREATE TRIGGER t AFTER INSERT ON span BEGIN SELECT 1; END",
  "CREATE VIRTUAL TABLE f USING fts5(a)",
  "CREATE INDEX i ON span (name)",
  "DROP TABLE span",
  "DROP VIEW traces",
  "ALTER TABLE span RENAME TO x",
  "REINDEX",
  "ANALYZE",
  "EXPLAIN SELECT * FROM traces",
  "EXPLAIN QUERY PLAN SELECT * FROM traces",
  "SELECT 1; SELECT 2",
  "SELECT 1; DROP TABLE span",
  "SELECT 1;; ATTACH 'x' AS y",
  "SELECT 1 /* ; */ ; PRAGMA query_only = 0 --",
] as const;

/** Queries of what is not offered. */
const READS = [
  "SELECT * FROM span",
  "SELECT * FROM SPAN",
  "SELECT * FROM main.span",
  'SELECT * FROM "main"."span"',
  'SELECT * FROM "span"',
  "SELECT * FROM [span]",
  "SELECT * FROM `span`",
  "SELECT * FROM 'span'",
  "SELECT * FROM 'traces'",
  "SELECT * FROM temp.traces",
  "SELECT * FROM main.traces",
  "SELECT main.span.name FROM traces",
  "SELECT count(*) FROM content",
  "SELECT data FROM content LIMIT 1",
  "SELECT * FROM project",
  "SELECT * FROM traces JOIN span ON 1",
  "SELECT * FROM traces, span",
  "SELECT * FROM traces WHERE name IN span",
  "SELECT * FROM traces WHERE name IN (SELECT name FROM span)",
  "SELECT (SELECT name FROM span)",
  "SELECT EXISTS (SELECT 1 FROM span)",
  "SELECT 1 UNION SELECT name FROM span",
  "SELECT name FROM traces ORDER BY (SELECT name FROM span)",
  "SELECT name FROM traces LIMIT (SELECT count(*) FROM span)",
  "WITH a AS (SELECT * FROM span) SELECT * FROM a",
  "WITH span AS (SELECT 1) SELECT * FROM span",
  "WITH spans AS (SELECT * FROM main.span) SELECT * FROM spans",
  "WITH traces AS (SELECT 1) SELECT * FROM traces",
  "SELECT (WITH content AS (SELECT 1) SELECT * FROM content), data FROM content",
  "SELECT * FROM (((span)))",
  "SELECT * FROM (span JOIN traces)",
  "SELECT * FROM sqlite_master",
  "SELECT sql FROM sqlite_schema",
  "SELECT * FROM temp.sqlite_master",
  "SELECT * FROM sqlite_temp_schema",
  "SELECT * FROM sqlite_sequence",
  "SELECT * FROM dbstat",
  "SELECT * FROM sqlite_dbpage",
  "SELECT * FROM bytecode('SELECT 1')",
  "SELECT * FROM pragma_table_info('span')",
  "SELECT * FROM pragma_database_list",
  "SELECT * FROM pragma_database_list()",
  "SELECT * FROM generate_series(1, 10)",
  "SELECT * FROM content_text",
  "SELECT * FROM content_text_data",
  "SELECT * FROM content_text('refund')",
  "SELECT * FROM fts5vocab",
  "SELECT load_extension('/tmp/x.so')",
  "SELECT readfile('/etc/passwd')",
  "SELECT writefile('stolen.txt', 'x')",
  "SELECT edit('x')",
  "SELECT fts5(1)",
  "SELECT fts3_tokenizer('simple')",
  "SELECT sqlite_version(), sqlite_source_id()",
  "SELECT sqlite_compileoption_get(1)",
  "SELECT evalwright_text(1, x'61', 0)",
  "SELECT evalwright_message(1, x'61', 0, 'text')",
  "SELECT \"evalwright_text\"(1, x'61', 0)",
  "SELECT zeroblob(1000000000)",
  "SELECT hex(randomblob(100000000))",
  "SELECT subtype(x'00')",
  "SELECT last_insert_rowid(), changes(), total_changes()",
  "SELECT rowid FROM traces",
  "SELECT name FROM traces WHERE name MATCH 'x'",
  "SELECT name FROM traces WHERE name REGEXP 'x'",
  "SELECT ?1",
  "SELECT :name, @a, $b",
  "SELECT RAISE(ABORT, 'x')",
  "SELECT * FROM traces INDEXED BY trace_start",
  "SELECT 1 -- \0 \n FROM span",
  `SELECT ${"(".repeat(5_000)}1${")".repeat(5_000)}`,
  `SELECT ${"1+".repeat(15_000)}1`,
  `SELECT ${Array.from({ length: 300 }, () => "SELECT 1").join(" UNION ALL ")}`,
] as const;

/** Legal in form, but without end or without measure. */
const BOMBS = [
  "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
  "WITH r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r",
  "WITH RECURSIVE r(s) AS (SELECT 'x' UNION ALL SELECT s || s FROM r) SELECT length(s) FROM r",
  "WITH RECURSIVE r(s) AS (SELECT 'x' UNION ALL SELECT s || s FROM r LIMIT 40) SELECT sum(length(s)) FROM r",
  "WITH RECURSIVE r(n) AS (SELECT 1 UNION SELECT n + 1 FROM r) SELECT count(*) FROM r ORDER BY n",
  "SELECT length(printf('%2000000000d', 1))",
  "SELECT length(format('%.*c', 2000000000, 'x'))",
  "SELECT length(replace(printf('%50000000d', 1), ' ', printf('%1000d', 1)))",
  "SELECT length(hex(hex(hex(hex(hex(printf('%50000000d', 1)))))))",
  "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 3000) SELECT length(group_concat(printf('%1000000d', n))) FROM r",
  "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 5000) SELECT printf('%1000000d', n) AS s FROM r ORDER BY s",
  "SELECT count(*) FROM spans a, spans b, spans c, spans d, spans e, spans f, spans g, spans h, spans i, spans j, spans k, spans l, spans m, spans n, spans o",
  "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 3000) SELECT json_group_array(printf('%1000000d', n)) FROM r",
] as const;

let fixture: SqlFixture;
const filesNow = () => readdirSync(fixture.folder).sort();
const hashNow = () => createHash("sha256").update(readFileSync(fixture.path)).digest("hex");

beforeAll(async () => {
  fixture = await openSqlFixture();
}, 60_000);
afterAll(() => fixture[Symbol.asyncDispose]());

const ENGINES: readonly EngineName[] = ["node:sqlite", "better-sqlite3"];

describe.each(ENGINES)("escapes with %s", (engine) => {
  let runner: ReturnType<typeof sqlRunner>;
  let files: string[];
  let hash: string;
  let here: string[];
  beforeAll(async () => {
    runner = sqlRunner({ path: fixture.path, engine });
    await runner.query("shop", "SELECT 1", LIMITS);
    files = filesNow();
    hash = hashNow();
    here = readdirSync(".");
  });
  afterAll(() => runner[Symbol.asyncDispose]());

  const refusal = async (sql: string, timeoutMs = LIMITS.timeoutMs): Promise<AppError> => {
    const outcome = await runner
      .query("shop", sql, { ...LIMITS, timeoutMs })
      .catch((error: unknown) => error);
    if (outcome instanceof AppError) return outcome;
    throw new Error(`was answered: ${JSON.stringify(outcome).slice(0, 200)}`);
  };

  it("are at least sixty", () => {
    expect(new Set([...STATEMENTS, ...READS, ...BOMBS]).size).toBeGreaterThan(120);
  });

  it.each([...STATEMENTS, ...READS].map((sql) => [sql.slice(0, 100), sql]))("refused: %s", async (_, sql) => {
    const error = await refusal(sql);
    expect(error.code).toBe("invalid_input");
    expect(error.describe()).not.toMatch(/SECRET|evalwright_[0-9a-f]|refund failed/);
  });

  it.each(BOMBS)("refused or killed: %s", async (sql) => {
    const error = await refusal(sql, 1_500);
    expect(error.code).toBe("invalid_input");
    expect((await runner.query("shop", "SELECT count(*) FROM spans", LIMITS)).rows).toEqual([[6]]);
  });

  it("left everything as it was", async () => {
    expect(filesNow()).toEqual(files);
    expect(hashNow()).toBe(hash);
    expect(readdirSync(".")).toEqual(here);
    expect((await runner.query("shop", "SELECT count(*) FROM spans", LIMITS)).rows).toEqual([[6]]);
  });

  it("names what was meant", async () => {
    const describeOf = async (sql: string) => (await refusal(sql)).describe();
    expect(await describeOf("SELECT sesion_id FROM traces")).toMatch(
      /no such column: sesion_id; did you mean session_id\. Columns of traces: trace_id/,
    );
    expect(await describeOf("SELECT t.toolname FROM spans t")).toContain("did you mean tool_name");
    expect(await describeOf("SELECT * FROM trace")).toContain(
      'No such view: "trace"; did you mean traces. Readable: traces, sessions, spans, messages, assessments.',
    );
    expect(await describeOf("SELECT lenght(name) FROM traces")).toContain("did you mean length");
    expect(await describeOf("SELECT FROM traces")).toMatch(/near "FROM": syntax error at line 1, column 8/);
    expect(await describeOf("DROP TABLE span")).toContain("DROP TABLE is not allowed. One SELECT");
    expect(await describeOf("SELECT json_extract(name, '$.a') FROM spans")).toContain("json_valid(column)");
    expect(await describeOf("SELECT trace_id FROM traces JOIN spans USING (session_id)")).toContain(
      "ambiguous column name: trace_id",
    );
    expect((await refusal(BOMBS[0], 1_000)).describe()).toMatch(
      /stopped after 1 s\. Narrow it: a time range on started_at/,
    );
  });
});

describe("the authorizer of node:sqlite, without the check of the statement before it", () => {
  it("keeps base tables and everything else to the views", async () => {
    const engine = await openEngine(fixture.path);
    expect(engine.name).toBe("node:sqlite");
    engine.scope("shop");
    const run = (sql: string) => [...engine.prepare(sql).rows()];
    expect(run("SELECT count(*) FROM spans")).toEqual([[6n]]);
    expect(run("WITH a AS MATERIALIZED (SELECT name FROM spans) SELECT count(*) FROM a")).toEqual([[6n]]);
    for (const sql of [
      "SELECT * FROM span",
      "SELECT count(*) FROM main.span",
      "SELECT 1 FROM project",
      "SELECT data FROM content",
      "WITH spans AS (SELECT name FROM main.span) SELECT * FROM spans",
      "SELECT spans.name FROM (SELECT name FROM main.span) AS spans",
      "SELECT * FROM sqlite_master",
      "SELECT * FROM sqlite_temp_master",
      "SELECT * FROM pragma_database_list",
      "SELECT * FROM pragma_table_info('span')",
      "SELECT * FROM content_text",
      "SELECT count(*) FROM pragma_database_list",
      "SELECT count(*) FROM job",
      "SELECT evalwright_text(1, x'61', 0)",
      "SELECT load_extension('x')",
      "SELECT zeroblob(10)",
      "ATTACH ':memory:' AS x",
      "PRAGMA query_only = 0",
      "VACUUM INTO 'stolen.db'",
      "CREATE TEMP TABLE t (a)",
      "DROP VIEW temp.traces",
      "DELETE FROM span",
      "BEGIN",
    ]) {
      expect(() => run(sql), sql).toThrow(
        /not authorized|prohibited|no such|vtable|too many attached|authorization denied/,
      );
    }
    expect(run("SELECT count(*) FROM spans")).toEqual([[6n]]);
    engine.close();
  });
});

describe("the child", () => {
  it("ends with the process that asked", async () => {
    const { execFileSync, spawn } = await import("node:child_process");
    const script = join(fixture.folder, "parent.mjs");
    const { writeFileSync } = await import("node:fs");
    const module = new URL("../../src/store/sqlite/sql/index.ts", import.meta.url);
    writeFileSync(
      script,
      `import { sqlRunner } from ${JSON.stringify(module.href)};
       const runner = sqlRunner({ path: ${JSON.stringify(fixture.path)} });
       await runner.query("shop", "SELECT 1", ${JSON.stringify(LIMITS)});
       runner.query("shop", ${JSON.stringify(BOMBS[0])}, { timeoutMs: 600000, maxRows: 1, maxBytes: 1000 });
       setTimeout(() => console.log("running"), 10);`,
    );
    const parent = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise((resolve) => parent.stdout.once("data", resolve));
    const children = () =>
      execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" })
        .split("\n")
        .filter((line) => line.includes("sql/child.ts") && line.includes(fixture.path));
    expect(children().length).toBe(1);
    parent.kill("SIGKILL");
    await expect.poll(() => children().length, { timeout: 20_000 }).toBe(0);
  });
});
