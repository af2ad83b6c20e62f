import { beforeEach, expect, onTestFinished, test } from "vitest";
import type { Filter } from "../../src/model/filter.ts";
import type { SourceRef } from "../../src/store/ledger-store.ts";
import { deleteOperations } from "../../src/store/sqlite/delete-operations.ts";
import { derivedNotes } from "../../src/store/sqlite/derived.ts";
import { makeBatch, makeConversation, makeSpan, spanIdOf, textMessage, traceIdOf } from "./fixtures.ts";
import { openRollupStore } from "./rollup-store.ts";

let store: ReturnType<typeof openRollupStore>;
let project: number;

/** A session `c` of traces 1 to 3, and trace 9 alone. */
beforeEach(async () => {
  store = openRollupStore();
  onTestFinished(() => store[Symbol.dispose]());
  const alone = makeSpan({ traceId: traceIdOf(9), spanId: spanIdOf(9) });
  await store.insert(makeBatch([...makeConversation({ sessionId: "c", turns: 3 }), alone]));
  store.rollups.settle();
  project = Number(store.db.prepare("SELECT key FROM project").pluck().get());
});

function addCall(key: string, ...sources: SourceRef[]): void {
  store.db
    .prepare(
      "INSERT INTO call (project, key, kind, state, job, created_us) VALUES (?, ?, 'judge', 'answered', 'j', 1)",
    )
    .run(project, key);
  derivedNotes(store.db).note(project, sources, "call", key);
}

const byField = (name: "trace" | "session", value: string): Filter => ({
  type: "compare",
  field: { name },
  op: "=",
  values: [value],
});
const remove = (filter: Filter, dryRun = false) =>
  deleteOperations(store.db).delete({ projectId: "shop", filter, filterText: "x", dryRun });
const calls = () => store.db.prepare("SELECT key FROM call ORDER BY key").pluck().all();
const notes = () => store.db.prepare("SELECT count(*) FROM derived").pluck().get();

test("what was derived from a deleted trace goes with it, once, and the rest stays", () => {
  addCall("both", { traceId: traceIdOf(9) }, { traceId: traceIdOf(1) });
  addCall("other", { traceId: traceIdOf(1).toUpperCase() });
  addCall("none");
  expect(remove(byField("trace", traceIdOf(9)), true)).toMatchObject({ traces: 1, calls: 1 });
  expect(calls()).toEqual(["both", "none", "other"]);
  expect(remove(byField("trace", traceIdOf(9)))).toMatchObject({
    traces: 1,
    calls: 1,
    examples: 0,
    results: 0,
  });
  expect(calls()).toEqual(["none", "other"]);
  expect(notes()).toBe(1);
  expect(remove(byField("trace", traceIdOf(1)))).toMatchObject({ traces: 1, calls: 1 });
  expect(calls()).toEqual(["none"]);
  expect(notes()).toBe(0);
});

test("a copy of a session holds the text of each of its traces", () => {
  addCall("whole", { sessionId: "c" });
  addCall("turn", { traceId: traceIdOf(1) });
  expect(remove(byField("trace", traceIdOf(2)))).toMatchObject({ traces: 1, sessions: 0, calls: 1 });
  expect(calls()).toEqual(["turn"]);
  addCall("whole", { sessionId: "c" });
  expect(remove(byField("session", "c"))).toMatchObject({ traces: 2, sessions: 1, calls: 2 });
  expect(notes()).toBe(0);
});

test("a trace that has left a session takes along what was derived from it there", async () => {
  const history = [
    textMessage("user", "where is my parcel 4711"),
    textMessage("assistant", "it is on its way"),
  ];
  const first = { traceId: traceIdOf(20), spanId: spanIdOf(20), kind: "llm" as const, name: "chat" };
  await store.insert(
    makeBatch([
      makeSpan({
        ...first,
        content: { inputMessages: history.slice(0, 1), outputMessages: history.slice(1) },
      }),
      makeSpan({
        ...first,
        traceId: traceIdOf(21),
        spanId: spanIdOf(21),
        startUs: makeSpan().startUs + 60_000_000,
        endUs: makeSpan().startUs + 61_000_000,
        content: {
          inputMessages: [...history, textMessage("user", "when will it arrive")],
          outputMessages: [textMessage("assistant", "tomorrow")],
        },
      }),
    ]),
  );
  store.rollups.settle();
  const inferred = String(
    store.db
      .prepare("SELECT session_id FROM session JOIN trace ON trace.session = session.id WHERE inferred = 1")
      .pluck()
      .get(),
  );
  addCall("inferred", { sessionId: inferred });
  // Its source names the session later.
  await store.insert(
    makeBatch(
      [21, 20].map((n) =>
        makeSpan({ ...first, traceId: traceIdOf(n), spanId: spanIdOf(n), sessionId: "named" }),
      ),
    ),
  );
  store.rollups.settle();
  expect(remove(byField("session", "named"))).toMatchObject({ traces: 2, calls: 1 });
  expect(calls()).toEqual([]);
});

test("everything includes copies of what never arrived; a deleted call takes its tasks along", () => {
  addCall("early", { traceId: traceIdOf(77) });
  const addTask = store.db.prepare(
    `INSERT INTO task (project, id, job, call_key, kind, rubric, item, labels, code, is_check, repeats, created_us)
     VALUES (?, ?, 'j', ?, 'verdict', 'r', 'i', '[]', 'c', ?, ?, 1)`,
  );
  addTask.run(project, "t1", "early", 0, null);
  addTask.run(project, "t2", null, 1, "t1");
  addTask.run(project, "t3", null, 1, null);
  derivedNotes(store.db).note(project, [{ sessionId: "c" }], "task", "t3");
  expect(remove({ type: "all" })).toMatchObject({ traces: 4, calls: 1, tasks: 3 });
  expect(store.db.prepare("SELECT count(*) FROM task").pluck().get()).toBe(0);
});
