import { expect, test } from "vitest";
import type { Example } from "../../src/model/example.ts";
import type { Store } from "../../src/store/store.ts";
import type { OpenedStore } from "./contract.ts";
import { makeExample, makeRow, makeSetup } from "./example-fixtures.ts";
import {
  makeAssessment,
  makeBatch,
  makeConversation,
  makeSpan,
  spanIdOf,
  T0,
  traceIdOf,
} from "./fixtures.ts";

type Open = () => Promise<OpenedStore>;
const ALL = { projectId: "shop", filter: { type: "all" }, order: "oldest", limit: 50 } as const;
const LIMITS = { timeoutMs: 10_000, maxRows: 100, maxBytes: 1_000_000 };

const holdout = (id: string, origin: Partial<Example["origin"]>) =>
  makeExample(id, { split: "holdout", origin: { kind: "observed", ...origin } });

const save = (store: Store, examples: readonly Example[], name = "refunds") =>
  store.records.datasets.save({ projectId: "shop", name, hash: name, note: null }, examples);

/** Trace 1 and on, numbered as they are stored, that searches show; and the sessions. */
async function shown(store: Store) {
  const traces = await store.traces.searchTraces(ALL);
  const sessions = await store.traces.searchSessions(ALL);
  return {
    traces: traces.items.map((trace) => Number.parseInt(trace.traceId, 16)),
    sessions: sessions.items.map((session) => session.sessionId),
    sealed: await store.records.datasets.countSealed("shop"),
  };
}

/** Conversations `a` (traces 1 to 3) and `b` (traces 11 and 12). */
async function twoConversations(store: Store): Promise<void> {
  await store.traces.insert([
    makeBatch([
      ...makeConversation({ sessionId: "a", turns: 3, words: "sealed words" }),
      ...makeConversation({ sessionId: "b", turns: 2, firstTrace: 11, words: "open words" }),
    ]),
  ]);
}

const unnamed = (options: Parameters<typeof makeConversation>[0]) =>
  makeConversation(options).map((span) => ({ ...span, sessionId: null }));

export function sealContract(open: Open): void {
  test("sources of holdout examples are left out of searches, sums and values", async () => {
    await using opened = await open();
    const { store } = opened;
    await twoConversations(store);
    await store.traces.addAssessments("shop", [
      makeAssessment({ traceId: traceIdOf(2), name: "sealed_trace" }),
      makeAssessment({ sessionId: "a", name: "sealed_session" }),
      makeAssessment({ traceId: traceIdOf(11), name: "open" }),
    ]);
    expect(await shown(store)).toMatchObject({ traces: [1, 2, 3, 11, 12], sessions: ["a", "b"] });
    await save(store, [holdout("x", { sessionId: "a" }), makeExample("y", { origin: { sessionId: "b" } })]);
    expect(await shown(store)).toEqual({
      traces: [11, 12],
      sessions: ["b"],
      sealed: { traces: 3, sessions: 1 },
    });
    const found = await store.traces.searchTraces({ ...ALL, includeSealed: true });
    expect(found.total).toBe(5);
    const sums = await store.traces.aggregate({ projectId: "shop", filter: { type: "all" }, topN: 9 });
    expect(sums).toMatchObject({ traces: 2, sessions: 1, feedback: { rows: [{ name: "open", n: 1 }] } });
    const text = { type: "compare", field: { name: "text" }, op: "~", values: ["sealed"] } as const;
    expect((await store.traces.searchTraces({ ...ALL, filter: text })).items).toEqual([]);
    expect((await store.traces.searchSessions({ ...ALL, filter: text })).items).toEqual([]);
    expect(await store.traces.listValues("shop", "session", 9)).toEqual([{ value: "b", count: 2 }]);
    expect(await store.traces.listValues("shop", "feedback", 9)).toEqual([{ value: "open", count: 1 }]);
    expect(await store.traces.listValues("shop", "model", 9)).toEqual([{ value: "gpt-5", count: 2 }]);
    const { datasets } = store.records;
    expect(await datasets.isSealed("shop", { sessionId: "a" })).toBe(true);
    expect(await datasets.isSealed("shop", { traceId: traceIdOf(3) })).toBe(true);
    expect(await datasets.isSealed("shop", { sessionId: "b", traceId: traceIdOf(11) })).toBe(false);
    expect(await datasets.isSealed("other", { sessionId: "a" })).toBe(false);
  });

  test("SQL has no row of what is sealed, arrived or not", async () => {
    await using opened = await open();
    const { store } = opened;
    if (!store.sql) return;
    await twoConversations(store);
    await save(store, [holdout("x", { sessionId: "a" }), holdout("y", { traceId: traceIdOf(99) })]);
    await store.traces.addAssessments("shop", [
      makeAssessment({ traceId: traceIdOf(2) }),
      makeAssessment({ traceId: traceIdOf(99) }),
      makeAssessment({ sessionId: "a" }),
      makeAssessment({ sessionId: "b" }),
    ]);
    const count = async (view: string) =>
      (
        await store.sql?.query(
          "shop",
          `SELECT count(*), count(DISTINCT session_id), min(session_id) FROM ${view}`,
          LIMITS,
        )
      )?.rows[0];
    expect(await count("traces")).toEqual([2, 1, "b"]);
    expect(await count("sessions")).toEqual([1, 1, "b"]);
    expect(await count("spans")).toEqual([2, 1, "b"]);
    expect(await count("messages")).toEqual([4, 1, "b"]);
    expect(await count("assessments")).toEqual([1, 1, "b"]);
  });

  test("an example of one trace seals its whole session, since later turns send the earlier ones again", async () => {
    await using opened = await open();
    await twoConversations(opened.store);
    await save(opened.store, [holdout("x", { traceId: traceIdOf(2) })]);
    expect(await shown(opened.store)).toMatchObject({ traces: [11, 12], sessions: ["b"] });
  });

  test("what arrives later in a sealed session, or with a sealed id, is sealed", async () => {
    await using opened = await open();
    const { store } = opened;
    await save(store, [holdout("x", { sessionId: "a" }), holdout("y", { traceId: traceIdOf(11) })]);
    expect(await store.records.datasets.isSealed("shop", { sessionId: "a" })).toBe(true);
    expect(await shown(store)).toMatchObject({ sealed: { traces: 0, sessions: 0 } });
    await twoConversations(store);
    expect(await shown(store)).toMatchObject({ traces: [], sealed: { traces: 5, sessions: 2 } });
    const more = makeConversation({ sessionId: "a", turns: 1, firstTrace: 20 });
    await store.traces.insert([makeBatch(more)]);
    expect(await shown(store)).toMatchObject({ traces: [], sealed: { traces: 6, sessions: 2 } });
  });

  test("turns that are found to continue a sealed trace are sealed with it", async () => {
    await using opened = await open();
    const { store } = opened;
    const spans = unnamed({ sessionId: "u", turns: 4 });
    await store.traces.insert([makeBatch(spans.slice(0, 1))]);
    await save(store, [holdout("x", { traceId: traceIdOf(1) })]);
    await store.traces.insert([makeBatch(spans.slice(1))]);
    expect(await shown(store)).toMatchObject({
      traces: [],
      sessions: [],
      sealed: { traces: 4, sessions: 1 },
    });
  });

  test("a trace that leaves a sealed session stays sealed, and takes the seal to where it goes", async () => {
    await using opened = await open();
    const { store } = opened;
    const spans = unnamed({ sessionId: "u", turns: 2 });
    await store.traces.insert([makeBatch(spans)]);
    const [inferred] = (await store.traces.searchSessions(ALL)).items;
    expect(inferred?.inferred).toBe(true);
    await save(store, [holdout("x", { sessionId: inferred?.sessionId ?? "" })]);
    // A late span names the session of the second trace.
    const late = makeSpan({
      traceId: traceIdOf(2),
      spanId: spanIdOf(50),
      startUs: T0,
      endUs: T0 + 9_000_000,
      sessionId: "named",
    });
    const other = makeSpan({ traceId: traceIdOf(60), spanId: spanIdOf(60), sessionId: "named" });
    await store.traces.insert([makeBatch([late, other])]);
    expect(await store.records.datasets.isSealed("shop", { sessionId: "named" })).toBe(true);
    expect(await shown(store)).toMatchObject({ traces: [], sessions: [] });
  });

  test("runs are sealed by id, and do not take a session along that other runs are in", async () => {
    await using opened = await open();
    const { store } = opened;
    const { datasets } = store.records;
    await datasets.sealTraces("shop", [traceIdOf(1), traceIdOf(50)]);
    await datasets.sealSessions("shop", ["b"]);
    await twoConversations(store);
    const run = makeSpan({ traceId: traceIdOf(50), spanId: spanIdOf(50), startUs: T0 + 50_000_000 });
    await store.traces.insert([makeBatch([run])]);
    // Of the session named alike its own row is gone, which quotes all its traces.
    expect(await shown(store)).toEqual({ traces: [2, 3], sessions: [], sealed: { traces: 4, sessions: 2 } });
  });

  test("results of holdout examples seal the traces and the session of their run", async () => {
    await using opened = await open();
    const { store } = opened;
    await twoConversations(store);
    const holder = await beginEvaluation(store, "refunds");
    await store.records.evaluations.putRows(holder, "e1", [
      makeRow("x", { split: "holdout", run: { sessionId: "a" } }),
      makeRow("y", { run: { sessionId: "b", traceIds: [traceIdOf(11)] } }),
    ]);
    expect(await shown(store)).toMatchObject({ traces: [11, 12], sessions: ["b"] });
  });

  test("retiring a holdout opens what no other holdout seals", async () => {
    await using opened = await open();
    const { store } = opened;
    const { datasets, evaluations } = store.records;
    await twoConversations(store);
    const runs = [30, 31, 32].map((n) =>
      makeSpan({ traceId: traceIdOf(n), spanId: spanIdOf(n), startUs: T0 + n * 1_000_000 }),
    );
    await store.traces.insert([makeBatch(runs)]);
    await save(store, [holdout("x", { sessionId: "a" }), holdout("y", { sessionId: "b" })]);
    await save(store, [holdout("y", { sessionId: "b" })], "other");
    const holder = await beginEvaluation(store, "refunds");
    await evaluations.putRows(holder, "e1", [
      makeRow("x", { split: "holdout", run: { traceIds: [traceIdOf(30)] } }),
    ]);
    const second = await beginEvaluation(store, "other", "e2");
    await evaluations.putRows(second, "e2", [
      makeRow("y", { split: "holdout", run: { traceIds: [traceIdOf(31)] } }),
    ]);
    await datasets.sealTraces("shop", [traceIdOf(32)]);
    expect(await shown(store)).toMatchObject({ traces: [], sealed: { traces: 8, sessions: 2 } });
    expect(await datasets.retireHoldout("shop", "refunds")).toEqual({ examples: 2, sessions: 1 });
    expect(await shown(store)).toMatchObject({ traces: [1, 2, 3, 30], sessions: ["a"] });
    expect((await datasets.get("shop", "refunds"))?.retiredUs).toBeGreaterThan(0);
    expect((await datasets.get("shop", "other"))?.retiredUs).toBeNull();
    // What is saved under its name from now on is open too.
    await datasets.save({ projectId: "shop", name: "refunds", hash: "2", note: null }, [
      holdout("z", { sessionId: "a" }),
    ]);
    expect(await shown(store)).toMatchObject({ sessions: ["a"] });
    expect(await datasets.retireHoldout("shop", "other")).toEqual({ examples: 1, sessions: 1 });
    expect(await shown(store)).toMatchObject({
      traces: [1, 2, 3, 11, 12, 30, 31, 32],
      sealed: { traces: 0 },
    });
    await expect(datasets.retireHoldout("shop", "none")).rejects.toHaveProperty("code", "not_found");
  });

  test("deleting reaches what is sealed, and leaves no seal on what comes in its place", async () => {
    await using opened = await open();
    const { store } = opened;
    await twoConversations(store);
    await save(store, [holdout("x", { sessionId: "b" })]);
    const filter = { type: "compare", field: { name: "session" }, op: "=", values: ["b"] } as const;
    const counts = await store.traces.delete({ projectId: "shop", filter, filterText: "", dryRun: false });
    expect(counts).toMatchObject({ traces: 2, sessions: 1, examples: 1 });
    await store.traces.insert([makeBatch(makeConversation({ sessionId: "c", turns: 2, firstTrace: 21 }))]);
    expect(await shown(store)).toMatchObject({
      traces: [1, 2, 3, 21, 22],
      sealed: { traces: 0, sessions: 0 },
    });
  });

  test("who opened a trace has opened the session that it is found to belong to", async () => {
    await using opened = await open();
    const { store } = opened;
    const spans = unnamed({ sessionId: "u", turns: 2 });
    await store.traces.insert([makeBatch(spans.slice(0, 1))]);
    await store.traces.settle();
    await store.records.datasets.noteOpened("shop", [traceIdOf(1)]);
    await store.traces.insert([makeBatch(spans.slice(1))]);
    const [session] = (await store.traces.searchSessions(ALL)).items;
    const id = session?.sessionId ?? "none";
    expect(await store.records.datasets.opened("shop", [id])).toEqual(new Set([id]));
  });
}

async function beginEvaluation(store: Store, dataset: string, id = "e1") {
  const jobId = `job of ${id}`;
  const { jobs, evaluations } = store.records;
  await jobs.create({ id: jobId, projectId: "shop", kind: "evaluation", input: {}, unit: "runs" });
  const epoch = (await jobs.claim(jobId, 60_000))?.epoch ?? 0;
  await evaluations.create({ id, projectId: "shop", jobId, note: null, setup: makeSetup(dataset) });
  return { projectId: "shop", jobId, epoch };
}
