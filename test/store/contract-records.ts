import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import type { OpenedStore } from "./contract.ts";
import { makeBatch, makeConversation, makeSpan } from "./fixtures.ts";

type Open = () => Promise<OpenedStore>;
const JOB = { id: "job-1", projectId: "shop", kind: "evaluation", input: { n: [1] }, unit: "examples" };
const LEASE = 60_000;
const progress = (done: number) => ({ done, total: 10, result: { done } });

export function recordContract(open: Open): void {
  test("projects by id and by a slug that only one has", async () => {
    await using opened = await open();
    const { records, traces } = opened.store;
    await records.ensureProject({ id: "shop-1", slug: "shop" });
    await records.ensureProject({ id: "shop-1", slug: "shop" });
    expect(await records.findProject("shop-1")).toEqual({ id: "shop-1", slug: "shop" });
    expect(await records.findProject("shop")).toEqual({ id: "shop-1", slug: "shop" });
    expect(await records.findProject("none")).toBeUndefined();
    await records.ensureProject({ id: "shop-2", slug: "shop" });
    await expect(records.findProject("shop")).rejects.toHaveProperty("code", "invalid_input");
    await traces.insert([makeBatch(makeConversation({ sessionId: "c", turns: 2 }), { projectId: "shop-2" })]);
    const [first, second] = await records.listProjects();
    expect(first).toMatchObject({ id: "shop-2", slug: "shop", traces: 2 });
    expect(first?.lastArrivalUs).toBeGreaterThan(0);
    expect(second).toEqual({ id: "shop-1", slug: "shop", traces: 0, lastArrivalUs: null });
  });

  test("a project that data made first gets its slug later", async () => {
    await using opened = await open();
    await opened.store.traces.insert([makeBatch([makeSpan()], { projectId: "shop-1" })]);
    await opened.store.records.ensureProject({ id: "shop-1", slug: "shop" });
    expect(await opened.store.records.findProject("shop")).toEqual({ id: "shop-1", slug: "shop" });
  });

  test("a service's project is remembered and can be changed", async () => {
    await using opened = await open();
    const { records } = opened.store;
    await records.ensureProject({ id: "a", slug: "a" });
    await records.ensureProject({ id: "b", slug: "b" });
    expect(await records.getServiceProject("api")).toBeUndefined();
    await records.setServiceProject("api", "a");
    await records.setServiceProject("api", "b");
    expect(await records.getServiceProject("api")).toBe("b");
    await expect(records.setServiceProject("api", "none")).rejects.toHaveProperty("code", "not_found");
  });

  test("a job is claimed once, and only the newest epoch may write", async () => {
    await using opened = await open();
    await using second = await opened.reopen();
    const { jobs } = opened.store.records;
    expect(await jobs.create(JOB)).toMatchObject({
      state: "queued",
      epoch: 0,
      done: 0,
      total: null,
      result: null,
    });
    const claims = await Promise.all([jobs.claim(JOB.id, LEASE), second.records.jobs.claim(JOB.id, LEASE)]);
    expect(claims.filter(Boolean)).toHaveLength(1);
    const [claimed] = claims.filter((job) => job !== undefined);
    expect(claimed).toMatchObject({ state: "running", epoch: 1, input: JOB.input });
    expect(await jobs.beat(JOB.id, 1, progress(3), LEASE)).toEqual({ cancelRequested: false });
    expect(await jobs.get("shop", JOB.id)).toMatchObject({ done: 3, total: 10, result: { done: 3 } });
    expect(await jobs.get("other", JOB.id)).toBeUndefined();
    await expect(jobs.beat(JOB.id, 0, progress(4), LEASE)).rejects.toHaveProperty("code", "conflict");
    await jobs.finish(JOB.id, 1, "done", { score: 1 }, null);
    expect(await jobs.get("shop", JOB.id)).toMatchObject({
      state: "done",
      result: { score: 1 },
      leaseUntilUs: null,
    });
    await expect(jobs.finish(JOB.id, 1, "failed", null, "x")).rejects.toHaveProperty("code", "conflict");
    expect(await jobs.claim(JOB.id, LEASE)).toBeUndefined();
  });

  test("a lease that ran out shows as interrupted, and the next claim shuts out the first", async () => {
    await using opened = await open();
    const { jobs } = opened.store.records;
    await jobs.create(JOB);
    await jobs.claim(JOB.id, 1);
    await setTimeout(5);
    expect((await jobs.get("shop", JOB.id))?.state).toBe("interrupted");
    expect((await jobs.list("shop", 5)).map((job) => job.state)).toEqual(["interrupted"]);
    expect(await jobs.claim(JOB.id, LEASE)).toMatchObject({ epoch: 2, state: "running" });
    await expect(jobs.beat(JOB.id, 1, progress(1), LEASE)).rejects.toHaveProperty("code", "conflict");
    await expect(jobs.finish(JOB.id, 1, "done", null, null)).rejects.toHaveProperty("code", "conflict");
  });

  test("a waiting job can be claimed again; cancelling is asked of who runs it", async () => {
    await using opened = await open();
    const { jobs } = opened.store.records;
    await jobs.create(JOB);
    await jobs.claim(JOB.id, LEASE);
    await jobs.finish(JOB.id, 1, "waiting", { parked: true }, null);
    expect(await jobs.claim(JOB.id, LEASE)).toMatchObject({ epoch: 2, result: { parked: true } });
    await jobs.requestCancel(JOB.id);
    expect(await jobs.beat(JOB.id, 2, progress(1), LEASE)).toEqual({ cancelRequested: true });
    await jobs.finish(JOB.id, 2, "cancelled", null, null);
    await jobs.create({ ...JOB, id: "job-2" });
    await jobs.requestCancel("job-2");
    expect((await jobs.get("shop", "job-2"))?.state).toBe("cancelled");
    await expect(jobs.requestCancel("none")).rejects.toHaveProperty("code", "not_found");
    await expect(jobs.claim("none", LEASE)).rejects.toHaveProperty("code", "not_found");
  });

  test("a failed, cancelled, waiting or interrupted job is queued again, another stays as it is", async () => {
    await using opened = await open();
    const { jobs } = opened.store.records;
    const stateOf = async () => (await jobs.get("shop", JOB.id))?.state;
    await jobs.create(JOB);
    await jobs.claim(JOB.id, LEASE);
    await jobs.reopen(JOB.id);
    expect(await stateOf()).toBe("running");
    await jobs.finish(JOB.id, 1, "failed", { n: 1 }, "broken");
    expect(await jobs.claim(JOB.id, LEASE)).toBeUndefined();
    await jobs.reopen(JOB.id);
    expect(await jobs.get("shop", JOB.id)).toMatchObject({ state: "queued", error: null, result: { n: 1 } });
    await jobs.requestCancel(JOB.id);
    expect(await stateOf()).toBe("cancelled");
    await jobs.reopen(JOB.id);
    expect(await jobs.get("shop", JOB.id)).toMatchObject({ state: "queued", cancelRequested: false });
    expect(await jobs.claim(JOB.id, LEASE)).toMatchObject({ epoch: 2, state: "running" });
    await jobs.finish(JOB.id, 2, "waiting", null, null);
    await jobs.reopen(JOB.id);
    expect(await stateOf()).toBe("queued");
    await jobs.claim(JOB.id, 1);
    await setTimeout(5);
    expect(await stateOf()).toBe("interrupted");
    await jobs.reopen(JOB.id);
    expect(await stateOf()).toBe("queued");
    await jobs.claim(JOB.id, LEASE);
    await jobs.finish(JOB.id, 4, "done", null, null);
    await jobs.reopen(JOB.id);
    expect(await stateOf()).toBe("done");
    await expect(jobs.reopen("none")).rejects.toHaveProperty("code", "not_found");
  });

  test("creating a job again with the same key gives the first", async () => {
    await using opened = await open();
    const { jobs } = opened.store.records;
    const key = { key: "k", argsHash: "h" };
    await jobs.create(JOB, key);
    expect((await jobs.create({ ...JOB, id: "job-2" }, key)).id).toBe(JOB.id);
    const other = jobs.create({ ...JOB, id: "job-2" }, { ...key, argsHash: "x" });
    await expect(other).rejects.toHaveProperty("code", "idempotency_conflict");
    await expect(jobs.create(JOB)).rejects.toHaveProperty("code", "conflict");
    expect(await jobs.list("shop", 5)).toHaveLength(1);
  });
}
