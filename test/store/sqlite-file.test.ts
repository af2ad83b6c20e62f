import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openConnection } from "../../src/store/sqlite/connection.ts";
import { createEncoder } from "../../src/store/sqlite/encode.ts";
import { insertOperations } from "../../src/store/sqlite/insert.ts";
import { migrate, newestVersion } from "../../src/store/sqlite/migrate.ts";
import { openSqliteStore } from "../../src/store/sqlite/open.ts";
import { createThreadClient } from "../../src/store/sqlite/thread-client.ts";
import type { EncodedInsert } from "../../src/store/sqlite/wire.ts";
import type { TraceBatch } from "../../src/store/store.ts";
import { makeBatch, makeConversation, makeSpan, spanIdOf, textMessage, traceIdOf } from "./fixtures.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "evalwright-file-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const file = () => join(folder, "store.db");
const ONE = [makeBatch([makeSpan()])];

/** What the first write and the first read say about a path. */
async function firstErrors(path: string): Promise<unknown[]> {
  await using store = await openSqliteStore({ path });
  const results = await Promise.allSettled([
    store.traces.insert(ONE),
    store.traces.getSpan("shop", traceIdOf(1), spanIdOf(1)),
  ]);
  return results.map((result) => (result.status === "rejected" ? result.reason : "succeeded"));
}

describe("a path that is no store of ours", () => {
  const unavailable = expect.objectContaining({ code: "unavailable", hint: expect.stringMatching(/\w/) });

  test("a newer schema is refused and left as it is", async () => {
    const db = openConnection(file());
    migrate(db);
    db.pragma(`user_version = ${newestVersion() + 1}`);
    db.close();
    const conflict = expect.objectContaining({ code: "conflict", message: expect.stringContaining("newer") });
    expect(await firstErrors(file())).toEqual([conflict, conflict]);
  });

  test("a newer program that migrates while we run stops our writes", async () => {
    await using store = await openSqliteStore({ path: file() });
    await store.traces.insert(ONE);
    const db = openConnection(file());
    db.pragma(`user_version = ${newestVersion() + 1}`);
    db.close();
    await expect(store.traces.insert(ONE)).rejects.toHaveProperty("code", "conflict");
  });

  test("a file that is not a database is refused and left as it is", async () => {
    const text = "these are my notes, not a database\n".repeat(100);
    await writeFile(file(), text);
    expect(await firstErrors(file())).toEqual([unavailable, unavailable]);
    expect(await readFile(file(), "utf8")).toBe(text);
  });

  test("a directory", async () => {
    await mkdir(file());
    expect(await firstErrors(file())).toEqual([unavailable, unavailable]);
  });

  test("a folder that cannot be written", async () => {
    // Permissions do not stop the superuser; the kernel's own file system does.
    const superuser = process.getuid?.() === 0;
    if (!superuser) await chmod(folder, 0o555);
    expect(await firstErrors(superuser ? "/proc/self/store.db" : file())).toEqual([unavailable, unavailable]);
    await chmod(folder, 0o755);
  });

  test("an unusable path is tried again with the next call", async () => {
    await mkdir(file());
    await using store = await openSqliteStore({ path: file() });
    await expect(store.traces.insert(ONE)).rejects.toHaveProperty("code", "unavailable");
    await rm(file(), { recursive: true });
    await store.traces.insert(ONE);
    expect(await store.traces.getSpan("shop", traceIdOf(1), spanIdOf(1))).toBeDefined();
  });

  test("a damaged file is named as such", async () => {
    {
      await using store = await openSqliteStore({ path: file() });
      await store.traces.insert([makeBatch(makeConversation({ sessionId: "c", turns: 20 }))]);
    }
    const bytes = await readFile(file());
    bytes.fill(0xab, 4096);
    await writeFile(file(), bytes);
    expect(await firstErrors(file())).toEqual([unavailable, unavailable]);
  });
});

/** The writing side in this thread, where a test can reach its connection. */
async function openWriter() {
  const db = openConnection(file());
  migrate(db);
  const { insertAll } = insertOperations(db);
  const encoder = createEncoder();
  const insert = async (batches: readonly TraceBatch[]) => {
    const encoding = await encoder.encode(batches);
    const [reply] = insertAll([encoding.message]);
    if (reply === undefined || reply instanceof Error) encoding.fail();
    else encoding.learn(reply);
    return reply;
  };
  return { db, insert, encoder, insertAll };
}

describe("failures while it runs", () => {
  test("a full disk is said, loses nothing, and writing goes on when there is room", async () => {
    const { db, insert } = await openWriter();
    const spans = makeConversation({ sessionId: "c", turns: 3 });
    await insert([makeBatch(spans)]);
    const pages = Number(db.pragma("page_count", { simple: true }));
    db.pragma(`max_page_count = ${pages + 2}`);
    const random = Array.from({ length: 4000 }, (_, i) => Math.sin(i).toString(36)).join("");
    const large = makeSpan({ traceId: traceIdOf(9), content: { input: random } });
    const failure = await insert([makeBatch([large])]);
    expect(failure).toHaveProperty("code", "unavailable");
    expect(failure).toHaveProperty("message", expect.stringContaining("full"));
    expect(db.prepare("SELECT count(*) AS n FROM span").get()).toEqual({ n: 3 });
    db.pragma("max_page_count = 1000000");
    expect(await insert([makeBatch([large])])).toHaveProperty("stored", true);
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    db.close();
  });

  test("another process that holds the write lock for long is `unavailable`", async () => {
    const { db, insert } = await openWriter();
    db.pragma("busy_timeout = 20");
    const other = openConnection(file());
    other.exec("BEGIN IMMEDIATE");
    expect(await insert(ONE)).toHaveProperty("code", "unavailable");
    other.exec("ROLLBACK");
    expect(await insert(ONE)).toHaveProperty("stored", true);
    other.close();
    db.close();
  });

  test("what was encoded in reliance on an insert that failed is sent again", async () => {
    const { db, encoder, insertAll } = await openWriter();
    const spans = makeConversation({ sessionId: "c", turns: 3 });
    const first = await encoder.encode([makeBatch(spans.slice(0, 2))]);
    const second = await encoder.encode([makeBatch(spans.slice(2))]);
    const broken: EncodedInsert = {
      ...first.message,
      batches: first.message.batches.map((batch) => ({ ...batch, spans: [], chains: [], contents: [] })),
    };
    const [, reply] = insertAll([broken, second.message]);
    expect(reply).toHaveProperty("stored", false);
    second.fail();
    const again = await encoder.encode([makeBatch(spans)]);
    expect(insertAll([again.message])[0]).toHaveProperty("stored", true);
    db.close();
  });

  test("of several inserts in one transaction, the one that cannot be stored fails alone", async () => {
    const { db, encoder, insertAll } = await openWriter();
    const [first, second] = makeConversation({ sessionId: "c", turns: 2 });
    const good = await encoder.encode([makeBatch([first ?? makeSpan()])]);
    const bad = await encoder.encode([makeBatch([second ?? makeSpan()])]);
    const broken: EncodedInsert = {
      ...bad.message,
      batches: bad.message.batches.map((batch) => ({ ...batch, chains: [], contents: [] })),
    };
    const [stored, failure] = insertAll([good.message, broken]);
    expect(stored).toHaveProperty("stored", true);
    expect(failure).toHaveProperty("code", "internal");
    expect(db.prepare("SELECT count(*) AS n FROM span").get()).toEqual({ n: 1 });
    db.close();
  });

  test("a thread that crashes fails what was in flight; the next call works", async () => {
    const failures: string[] = [];
    const client = createThreadClient(
      { path: file(), role: "writer", synchronous: "normal" },
      { failed: (method, code) => failures.push(`${method} ${code}`) },
    );
    await client.call("ensureProject", [{ id: "a", slug: "a" }]);
    // Nothing that our own side sends looks like this: an exception outside of any request's.
    const calls = [client.call("insert", [{}]), client.call("settle", [])];
    for (const result of await Promise.allSettled(calls))
      expect(result.status === "rejected" && result.reason).toHaveProperty("code", "internal");
    expect(failures).toEqual(["insert internal", "settle internal"]);
    await client.call("ensureProject", [{ id: "b", slug: "b" }]);
    await client.close();
    const db = new Sqlite(file(), { readonly: true });
    expect(db.prepare("SELECT id FROM project ORDER BY id").pluck().all()).toEqual(["a", "b"]);
    db.close();
  });

  test("a closed store refuses calls, after finishing those before", async () => {
    const store = await openSqliteStore({ path: file() });
    const before = store.traces.insert(ONE);
    await store[Symbol.asyncDispose]();
    await before;
    await expect(store.traces.insert(ONE)).rejects.toHaveProperty("code", "unavailable");
    await using again = await openSqliteStore({ path: file() });
    expect(await again.traces.getSpan("shop", traceIdOf(1), spanIdOf(1))).toEqual(makeSpan());
  });
});

describe("stored once", () => {
  const count = (table: string): number => {
    const db = new Sqlite(file(), { readonly: true });
    const row = db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get();
    db.close();
    return row ?? 0;
  };

  test.each([
    ["by one process", false],
    ["by a new process for each call", true],
  ])("a history that is sent again with each call, %s", async (_, reopening) => {
    const spans = makeConversation({ sessionId: "c", turns: 30, words: "a long tale ".repeat(20) });
    let store = await openSqliteStore({ path: file() });
    for (const [i, span] of spans.entries()) {
      await store.traces.insert([makeBatch([span])]);
      if (!reopening || i % 10 !== 9) continue;
      await store[Symbol.asyncDispose]();
      store = await openSqliteStore({ path: file() });
    }
    for (const span of spans)
      expect(await store.traces.getSpan("shop", span.traceId, span.spanId)).toEqual(span);
    await store[Symbol.asyncDispose]();
    // 60 messages; their JSON as canonical and as the source's string is the same text; one resource.
    expect(count("content")).toBe(61);
    expect(count("content_text")).toBe(60);
    expect(count("occurrence")).toBe(60);
    // 60 nodes of the conversation and 30 answers alone.
    expect(count("chain")).toBe(90);
  });

  test("a system message is stored but not searched", async () => {
    {
      await using store = await openSqliteStore({ path: file() });
      const inputMessages = [textMessage("system", "be kind"), textMessage("user", "hello")];
      await store.traces.insert([makeBatch([makeSpan({ content: { inputMessages } })])]);
    }
    expect(count("content")).toBe(2);
    expect(count("content_text")).toBe(1);
  });
});

describe("a killed process", () => {
  const start = (first: number): ChildProcess => {
    const script = fileURLToPath(new URL("./insert-child.ts", import.meta.url));
    return spawn(process.execPath, [script, file(), String(first)], { stdio: ["ignore", "pipe", "inherit"] });
  };

  test("loses nothing that it acknowledged, and the next one goes on", { timeout: 60_000 }, async () => {
    const acknowledged: number[] = [];
    for (const round of [0, 1, 2]) {
      const child = start(1 + round * 1_000_000);
      if (!child.stdout) throw new Error("no output");
      let lines = 0;
      for await (const line of createInterface({ input: child.stdout })) {
        acknowledged.push(Number(line.split(" ")[0]));
        if (++lines === 40 + round * 13) child.kill("SIGKILL");
      }
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      expect(child.signalCode).toBe("SIGKILL");
    }
    const db = new Sqlite(file());
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    db.close();
    await using store = await openSqliteStore({ path: file() });
    expect(acknowledged.length).toBeGreaterThanOrEqual(40 + 53 + 66);
    for (const first of acknowledged) {
      const spans = makeConversation({ sessionId: `c${first}`, turns: 5, firstTrace: first });
      for (const span of spans)
        expect(await store.traces.getSpan("shop", span.traceId, span.spanId)).toEqual(span);
      expect((await store.traces.getSession("shop", `c${first}`))?.turns).toBe(5);
    }
  });
});
