import { expect, test } from "vitest";
import type { Store } from "../../src/store/store.ts";
import type { OpenedStore } from "./contract.ts";
import { makeExample, makeRow, makeSetup } from "./example-fixtures.ts";
import { makeBatch, makeConversation, traceIdOf } from "./fixtures.ts";

type Open = () => Promise<OpenedStore>;
const LEASE = 60_000;

/** A running job with its evaluation; returns what its writes carry. */
async function begin(store: Store, id: string, dataset = "refunds") {
  const jobId = `job of ${id}`;
  await store.records.jobs.create({
    id: jobId,
    projectId: "shop",
    kind: "evaluation",
    input: {},
    unit: "runs",
  });
  const epoch = (await store.records.jobs.claim(jobId, LEASE))?.epoch ?? 0;
  const created = await store.records.evaluations.create({
    id,
    projectId: "shop",
    jobId,
    note: null,
    setup: makeSetup(dataset),
  });
  return { holder: { projectId: "shop", jobId, epoch }, created };
}

export function evaluationContract(open: Open): void {
  test("an evaluation is made once, reads back, and ends; its job may make more", async () => {
    await using opened = await open();
    const { evaluations } = opened.store.records;
    const { holder, created } = await begin(opened.store, "e1");
    expect(created).toMatchObject({ id: "e1", projectId: "shop", jobId: holder.jobId, setup: makeSetup() });
    expect(created).toMatchObject({ summary: null, resultHash: null, endedUs: null });
    const again = { id: "e1", projectId: "shop", jobId: holder.jobId, note: null, setup: makeSetup("other") };
    expect(await evaluations.create(again)).toEqual(created);
    expect(await evaluations.create({ ...again, id: "e2" })).toMatchObject({ id: "e2", jobId: holder.jobId });
    await expect(evaluations.create({ ...again, jobId: "another" })).rejects.toHaveProperty(
      "code",
      "conflict",
    );
    await evaluations.finish(holder, "e1", { summary: { mean: 0.5 }, resultHash: "r", changed: true });
    const ended = await evaluations.get("shop", "e1");
    expect(ended).toMatchObject({
      summary: { mean: 0.5 },
      resultHash: "r",
      setup: { target: { changed: true } },
    });
    expect(ended?.endedUs).toBeGreaterThan(0);
    expect(await evaluations.get("other", "e1")).toBeUndefined();
  });

  test("lists the newest first, in pages, of one dataset when asked", async () => {
    await using opened = await open();
    const { evaluations } = opened.store.records;
    for (const id of ["e1", "e2", "e3"]) await begin(opened.store, id, id === "e2" ? "other" : "refunds");
    const first = await evaluations.list({ projectId: "shop", limit: 2 });
    expect(first).toMatchObject({ total: 3, items: [{ id: "e3" }, { id: "e2" }] });
    const rest = await evaluations.list({ projectId: "shop", limit: 2, cursor: first.next ?? "" });
    expect(rest).toMatchObject({ items: [{ id: "e1" }], next: null });
    const of = await evaluations.list({ projectId: "shop", dataset: "other", limit: 2 });
    expect(of).toMatchObject({ total: 1, items: [{ id: "e2" }], next: null });
  });

  test("rows read back in order, one for each example and repeat, the holdout's only when asked for", async () => {
    await using opened = await open();
    const { evaluations } = opened.store.records;
    const { holder } = await begin(opened.store, "e1");
    const rows = [
      makeRow("b", { repeat: 1 }),
      makeRow("b", { run: { output: "x".repeat(3000) } }),
      makeRow("a", { run: { status: "timeout", output: null, error: "took too long" } }),
      makeRow("c", { split: "holdout" }),
    ];
    await evaluations.putRows(holder, "e1", [makeRow("b", { verdicts: {} }), ...rows.slice(2)]);
    await evaluations.putRows(holder, "e1", rows);
    const query = { projectId: "shop", evaluationId: "e1", includeHoldout: false, limit: 2 };
    const first = await evaluations.readRows(query);
    expect(first).toMatchObject({ total: 3, next: expect.any(String) });
    expect(first.items).toEqual([rows[2], rows[1]]);
    const rest = await evaluations.readRows({ ...query, cursor: first.next ?? "" });
    expect(rest).toEqual({ items: [rows[0]], total: 3, next: null });
    const all = await evaluations.readRows({ ...query, includeHoldout: true, limit: 9 });
    expect(all.items).toEqual([rows[2], rows[1], rows[0], rows[3]]);
    expect((await evaluations.readRows({ ...query, projectId: "other" })).items).toEqual([]);
    await expect(evaluations.readRows({ ...query, cursor: "e30" })).rejects.toHaveProperty(
      "code",
      "invalid_input",
    );
  });

  test("only the newest holder of the job may write", async () => {
    await using opened = await open();
    const { evaluations, jobs } = opened.store.records;
    const { holder } = await begin(opened.store, "e1");
    const end = { summary: null, resultHash: "r", changed: false };
    const older = { ...holder, epoch: holder.epoch - 1 };
    await expect(evaluations.putRows(older, "e1", [makeRow("a")])).rejects.toHaveProperty("code", "conflict");
    await expect(evaluations.finish(older, "e1", end)).rejects.toHaveProperty("code", "conflict");
    await expect(evaluations.putRows(holder, "e9", [])).rejects.toHaveProperty("code", "not_found");
    await expect(
      evaluations.putRows({ ...holder, projectId: "other" }, "e1", [makeRow("a")]),
    ).rejects.toHaveProperty("code", "not_found");
    await jobs.finish(holder.jobId, holder.epoch, "done", null, null);
    await expect(evaluations.putRows(holder, "e1", [makeRow("a")])).rejects.toHaveProperty(
      "code",
      "conflict",
    );
    const query = { projectId: "shop", evaluationId: "e1", includeHoldout: true, limit: 9 };
    expect((await evaluations.readRows(query)).items).toEqual([]);
  });

  test("counts each candidate against a dataset and baseline once", async () => {
    await using opened = await open();
    const { evaluations } = opened.store.records;
    const attempt = { dataset: "refunds", baseline: "e1", candidate: "e2" };
    expect(await evaluations.countAttempts("shop", attempt, false)).toBe(0);
    expect(await evaluations.countAttempts("shop", attempt, true)).toBe(1);
    expect(await evaluations.countAttempts("shop", attempt, true)).toBe(1);
    expect(await evaluations.countAttempts("shop", { ...attempt, candidate: "e3" }, true)).toBe(2);
    expect(await evaluations.countAttempts("shop", { ...attempt, baseline: "e0" }, false)).toBe(0);
    expect(await evaluations.countAttempts("other", attempt, false)).toBe(0);
  });

  test("deleting traces takes the results of their runs, and those of the examples that came from them", async () => {
    await using opened = await open();
    const { traces, records } = opened.store;
    await traces.insert([
      makeBatch([
        ...makeConversation({ sessionId: "source", turns: 1 }),
        ...makeConversation({ sessionId: "run", turns: 1, firstTrace: 10 }),
      ]),
    ]);
    const observed = makeExample("a", { origin: { kind: "observed", traceId: traceIdOf(1) } });
    const dataset = { projectId: "shop", name: "refunds", hash: "1", note: null };
    await records.datasets.save(dataset, [observed, makeExample("b"), makeExample("c")]);
    const { holder } = await begin(opened.store, "e1");
    const other = await begin(opened.store, "e2", "other");
    const rows = [makeRow("a"), makeRow("b", { run: { traceIds: [traceIdOf(10)] } }), makeRow("c")];
    await records.evaluations.putRows(holder, "e1", rows);
    await records.evaluations.putRows(other.holder, "e2", [
      makeRow("a"),
      makeRow("b", { run: { sessionId: "run" } }),
    ]);
    const remove = (session: string) =>
      traces.delete({
        projectId: "shop",
        filter: { type: "compare", field: { name: "session" }, op: "=", values: [session] },
        filterText: "session",
        dryRun: false,
      });
    const left = async (evaluationId: string) =>
      (
        await records.evaluations.readRows({
          projectId: "shop",
          evaluationId,
          includeHoldout: true,
          limit: 9,
        })
      ).items.map((row) => row.exampleId);
    expect(await remove("source")).toMatchObject({ examples: 1, results: 1 });
    expect([await left("e1"), await left("e2")]).toEqual([
      ["b", "c"],
      ["a", "b"],
    ]);
    expect(await remove("run")).toMatchObject({ examples: 0, results: 2 });
    expect([await left("e1"), await left("e2")]).toEqual([["c"], ["a"]]);
  });
}
