import { existsSync, readFileSync } from "node:fs";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { Filter } from "../../src/model/filter.ts";
import type { Span } from "../../src/model/span.ts";
import { deleteOperations } from "../../src/store/sqlite/delete-operations.ts";
import {
  makeAssessment,
  makeBatch,
  makeConversation,
  makeSpan,
  spanIdOf,
  textMessage,
  traceIdOf,
} from "./fixtures.ts";
import { openRollupStore } from "./rollup-store.ts";

const SECRET = "Quetzalcoatlus";
const session = (id: string): Filter => ({
  type: "compare",
  field: { name: "session" },
  op: "=",
  values: [id],
});
const HASH = "ab".repeat(16);
const SHARED_HASH = "cd".repeat(16);

const withImage = (span: Span, hash: string): Span => ({
  ...span,
  content: {
    ...span.content,
    inputMessages: [
      ...(span.content.inputMessages ?? []),
      {
        role: "user",
        parts: [
          { type: "media", modality: "image", ref: { hash, mimeType: "image/png", bytes: 3 }, uri: null },
        ],
      },
    ],
  },
});

const media = (hash: string) => ({ hash, mimeType: "image/png", data: Buffer.from(`png ${hash}`) });

let store: ReturnType<typeof openRollupStore>;
let operations: ReturnType<typeof deleteOperations>;

/** Two conversations with the same system text and one shared image; only `gone` says the secret word. */
beforeEach(async () => {
  store = openRollupStore();
  onTestFinished(() => store[Symbol.dispose]());
  operations = deleteOperations(store.db);
  const system = [{ type: "text" as const, text: "You are the shop's assistant." }];
  const spans = [
    ...makeConversation({ sessionId: "gone", turns: 3, words: SECRET }),
    ...makeConversation({ sessionId: "kept", turns: 2, firstTrace: 50, words: "ordinary words" }),
  ].map((span) => withImage({ ...span, content: { ...span.content, system } }, SHARED_HASH));
  const own = withImage(
    makeSpan({
      traceId: traceIdOf(9),
      spanId: spanIdOf(9),
      sessionId: "gone",
      name: `${SECRET} lookup`,
      status: "error",
      statusMessage: `${SECRET} failed`,
      tags: { animal: SECRET },
      content: {
        input: { query: SECRET },
        output: `${SECRET} found`,
        inputMessages: [textMessage("user", SECRET)],
      },
      source: { attributes: { animal: `${SECRET} ${"x".repeat(5000)}` }, resource: { host: SECRET } },
    }),
    HASH,
  );
  await store.insert(
    makeBatch([...spans, own], {
      media: [media(HASH), media(SHARED_HASH)],
      assessments: [
        makeAssessment({ traceId: traceIdOf(9), rationale: SECRET }),
        makeAssessment({ sessionId: "gone", quote: SECRET }),
        makeAssessment({ sessionId: "kept" }),
      ],
      sessionTags: [{ sessionId: "gone", tags: { verdict: SECRET } }],
    }),
  );
  store.rollups.settle();
});

const remove = (filter: Filter, dryRun = false, filterText = "session = x") =>
  operations.delete({ projectId: "shop", filter, filterText, dryRun });

const count = (sql: string) => store.db.prepare<[], number>(sql).pluck().get();

const TABLES = [
  "trace",
  "span",
  "session",
  "assessment",
  "content",
  "chain",
  "media",
  "media_use",
  "occurrence",
];
const rows = () => Object.fromEntries(TABLES.map((table) => [table, count(`SELECT count(*) FROM ${table}`)]));

function bytesOnDisk(): string {
  return [store.path, `${store.path}-wal`]
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file).toString("latin1").toLowerCase())
    .join();
}

describe("deletion", () => {
  test("removes what matches and what only it used, and nothing else", async () => {
    using untouched = openRollupStore();
    const counts = remove(session("gone"));
    expect(counts).toMatchObject({ traces: 4, spans: 4, sessions: 1, assessments: 2, media: 1 });
    // What is left is what a store has that never saw the deleted conversation.
    const system = [{ type: "text" as const, text: "You are the shop's assistant." }];
    const kept = makeConversation({
      sessionId: "kept",
      turns: 2,
      firstTrace: 50,
      words: "ordinary words",
    }).map((span) => withImage({ ...span, content: { ...span.content, system } }, SHARED_HASH));
    await untouched.insert(
      makeBatch(kept, { media: [media(SHARED_HASH)], assessments: [makeAssessment({ sessionId: "kept" })] }),
    );
    untouched.rollups.settle();
    for (const table of TABLES) {
      const other = untouched.db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get();
      expect([table, rows()[table]]).toEqual([table, other]);
    }
    expect(count("SELECT count(*) FROM content_text WHERE content_text MATCH 'ordinary'")).toBeGreaterThan(0);
  });

  test("a dry run counts exactly what the run removes, and changes nothing", () => {
    const before = rows();
    const rehearsed = remove(session("gone"), true);
    expect(rows()).toEqual(before);
    expect(count("SELECT count(*) FROM tombstone")).toBe(0);
    expect(remove(session("gone"))).toEqual(rehearsed);
    expect(remove(session("gone"))).toMatchObject({ traces: 0, spans: 0, contents: 0, media: 0 });
  });

  test("no byte of the text stays in the file or its log", () => {
    const inText = () => count(`SELECT count(*) FROM content_text WHERE content_text MATCH '${SECRET}'`);
    expect(inText()).toBeGreaterThan(0);
    remove(session("gone"), false, `session = x AND text ~ "${SECRET}"`);
    expect(inText()).toBe(0);
    expect(bytesOnDisk().includes(SECRET.toLowerCase())).toBe(false);
    expect(bytesOnDisk().includes(`png ${HASH}`)).toBe(false);
    expect(bytesOnDisk().includes(`png ${SHARED_HASH}`)).toBe(true);
  });

  test("nor on pages that were free before, nor in what rows held earlier", async () => {
    const rounds = Array.from({ length: 40 }, (_, round) =>
      makeConversation({
        sessionId: "gone",
        turns: 8,
        firstTrace: 1000 + round * 10,
        words: `${SECRET} ${round}`,
      }),
    );
    for (const spans of rounds) {
      await store.insert(makeBatch(spans));
      store.rollups.settle();
    }
    // Its words go from rows to rows: the summary of a trace is written over and over.
    for (const [i, spans] of rounds.entries()) {
      await store.insert(
        makeBatch(spans.map((span) => ({ ...span, name: `${SECRET} ${"y".repeat(i * 30)}` }))),
      );
      store.rollups.settle();
    }
    // A merge of the text index frees pages, which nothing has used again.
    store.db.exec("INSERT INTO content_text (content_text) VALUES ('optimize')");
    remove(session("gone"));
    expect(bytesOnDisk().includes(SECRET.toLowerCase())).toBe(false);
  });

  test("without overwriting, bytes would stay: the check above can fail", () => {
    store.db.pragma("wal_checkpoint(TRUNCATE)");
    expect(bytesOnDisk().includes(SECRET.toLowerCase())).toBe(true);
  });

  test("a deleted trace stays deleted when it is sent again; the tombstone says what went", async () => {
    const counts = remove(session("gone"));
    const [first] = makeConversation({ sessionId: "gone", turns: 1, words: SECRET });
    if (!first) throw new Error("no span");
    await expect(store.insert(makeBatch([first]))).rejects.toThrow("refused");
    await store.insert(makeBatch([first]));
    expect(count("SELECT count(*) FROM trace")).toBe(2);
    const stone = store.db
      .prepare<[], { filter: string; counts: string }>("SELECT filter, counts FROM tombstone")
      .get();
    expect(stone?.filter).toBe("session = x");
    expect(JSON.parse(stone?.counts ?? "")).toEqual(counts);
  });

  test("part of a session: the rest is rolled up again and still found by the words that it repeats", () => {
    const first: Filter = { type: "compare", field: { name: "trace" }, op: "=", values: [traceIdOf(50)] };
    const found = () =>
      count(`SELECT count(*) FROM occurrence o JOIN span s ON s.id = o.span JOIN trace t ON t.id = s.trace
        WHERE o.content IN (SELECT rowid FROM content_text WHERE content_text MATCH '"message 0"')
          AND t.session = (SELECT id FROM session WHERE session_id = 'kept')`);
    expect(count("SELECT turns FROM session WHERE session_id = 'kept'")).toBe(2);
    expect(found()).toBe(1);
    expect(remove(first)).toMatchObject({ traces: 1, sessions: 0, media: 0 });
    expect(count("SELECT turns FROM session WHERE session_id = 'kept'")).toBe(1);
    expect(found()).toBe(1);
  });

  test("everything, and only when asked for explicitly", () => {
    expect(() => remove({ type: "and", terms: [] })).toThrow("needs a filter");
    expect(rows()["trace"]).toBe(6);
    expect(remove({ type: "all" })).toMatchObject({ traces: 6, sessions: 2, assessments: 3, media: 2 });
    for (const table of TABLES) expect([table, rows()[table]]).toEqual([table, 0]);
    expect(
      operations.delete({ projectId: "none", filter: { type: "all" }, filterText: "", dryRun: false }).traces,
    ).toBe(0);
  });
});
