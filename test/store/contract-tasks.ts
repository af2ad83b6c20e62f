import { expect, test } from "vitest";
import type { NewTask } from "../../src/store/ledger-store.ts";
import type { OpenedStore } from "./contract.ts";
import { makeBatch, makeSpan } from "./fixtures.ts";
import { answerCall, LEASE, request, startJob } from "./ledger-fixture.ts";

type Open = () => Promise<OpenedStore>;
const PENDING = { state: "pending" };

const makeTask = (id: string, overrides: Partial<NewTask> = {}): NewTask => ({
  id,
  kind: "verdict",
  rubric: "Is the answer right?",
  item: `item of ${id}`,
  labels: ["pass", "fail"],
  code: `code-${id}`,
  check: null,
  ...overrides,
});
const ask = (key: string, id = `t-${key}`) => ({ call: request(key), task: makeTask(id) });
const answer = (id: string, overrides: { code?: string; answer?: string } = {}) => ({
  taskId: id,
  code: `code-${id}`,
  answer: "pass",
  by: "assistant",
  ...overrides,
});

export function taskContract(open: Open): void {
  test("a call becomes a task, and its answer the call's", async () => {
    await using opened = await open();
    const { ledger, jobs } = opened.store.records;
    const a = await startJob(opened.store, "a");
    await answerCall(opened.store, a, request("known"));
    expect(await ledger.ask(a, [ask("k1"), ask("known"), ask("k2"), ask("k1", "other")])).toMatchObject([
      PENDING,
      { state: "answered", answer: "yes" },
      PENDING,
      PENDING,
    ]);
    expect(await ledger.reserve(a, [request("k1")])).toEqual([PENDING]);
    const { items, total } = await ledger.listTasks({
      projectId: "shop",
      jobId: "a",
      state: "open",
      limit: 10,
    });
    expect(items.map(({ id }) => id)).toEqual(["t-k1", "t-k2"]);
    expect(total).toBe(2);
    expect(items[0]).toEqual({
      ...makeTask("t-k1"),
      projectId: "shop",
      jobId: "a",
      callKey: "k1",
      state: "open",
      answer: null,
      answeredBy: null,
      createdUs: items[0]?.createdUs,
      answeredUs: null,
    });
    await jobs.finish("a", a.epoch, "waiting", null, null);
    expect(await ledger.answerTasks("shop", [answer("t-k1", { code: " CODE-t-K1\n" })])).toEqual({
      outcomes: ["accepted"],
      waitingJobs: [],
    });
    expect(await ledger.answerTasks("shop", [answer("t-k2", { answer: "fail" })])).toEqual({
      outcomes: ["accepted"],
      waitingJobs: ["a"],
    });
    const claimed = await jobs.claim("a", LEASE);
    const again = { ...a, epoch: claimed?.epoch ?? 0 };
    expect(await ledger.ask(again, [ask("k1"), ask("k2")])).toEqual([
      { state: "answered", answer: "pass", spent: { calls: 0, tokens: 0, usd: 0 } },
      { state: "answered", answer: "fail", spent: { calls: 0, tokens: 0, usd: 0 } },
    ]);
    expect(await ledger.getTask("shop", "t-k2")).toMatchObject({
      state: "answered",
      answer: "fail",
      answeredBy: "assistant",
      answeredUs: expect.any(Number),
    });
    expect((await ledger.listTasks({ projectId: "shop", jobId: "a", state: "open", limit: 10 })).total).toBe(
      0,
    );
  });

  test("only an open task with its own code takes an answer; the others are named", async () => {
    await using opened = await open();
    const { ledger } = opened.store.records;
    const a = await startJob(opened.store, "a");
    await ledger.ask(a, [ask("k1"), ask("k2"), ask("k3")]);
    const { outcomes } = await ledger.answerTasks("shop", [
      answer("t-k1", { code: "code-t-k2" }),
      answer("t-k2"),
      answer("t-k2", { answer: "fail" }),
      answer("none"),
    ]);
    expect(outcomes).toEqual(["wrong_code", "accepted", "not_open", "unknown_task"]);
    expect((await ledger.answerTasks("other", [answer("t-k1")])).outcomes).toEqual(["unknown_task"]);
    expect(await ledger.getTask("shop", "t-k2")).toMatchObject({ answer: "pass" });
    expect(await ledger.getTask("shop", "t-k1")).toMatchObject({ state: "open", answer: null });
    expect(await ledger.getTask("other", "t-k1")).toBeUndefined();
  });

  test("two jobs wait for one task, and one answer frees both", async () => {
    await using opened = await open();
    const { ledger, jobs } = opened.store.records;
    const [a, b] = [await startJob(opened.store, "a"), await startJob(opened.store, "b")];
    expect(await ledger.ask(a, [ask("k")])).toEqual([PENDING]);
    expect(await ledger.ask(b, [ask("k", "second")])).toEqual([PENDING]);
    expect(await ledger.getTask("shop", "second")).toBeUndefined();
    const ofB = await ledger.listTasks({ projectId: "shop", jobId: "b", limit: 10 });
    expect(ofB.items.map(({ id, jobId }) => [id, jobId])).toEqual([["t-k", "a"]]);
    for (const { jobId, epoch } of [a, b]) await jobs.finish(jobId, epoch, "waiting", null, null);
    expect((await ledger.answerTasks("shop", [answer("t-k")])).waitingJobs).toEqual(["a", "b"]);
  });

  test("checks are asked once and hold no job back", async () => {
    await using opened = await open();
    const { ledger, jobs } = opened.store.records;
    const a = await startJob(opened.store, "a");
    const known = { call: null, task: makeTask("check", { check: { known: "fail", repeats: null } }) };
    const repeated = { call: null, task: makeTask("again", { check: { known: null, repeats: "t-k" } }) };
    for (let round = 0; round < 2; round++) {
      expect(await ledger.ask(a, [ask("k"), known, repeated])).toEqual([PENDING, PENDING, PENDING]);
    }
    const { items } = await ledger.listTasks({ projectId: "shop", jobId: "a", limit: 2, offset: 1 });
    expect(items.map(({ id, check, callKey }) => [id, check, callKey])).toEqual([
      ["check", { known: "fail", repeats: null }, null],
      ["again", { known: null, repeats: "t-k" }, null],
    ]);
    await jobs.finish("a", a.epoch, "waiting", null, null);
    expect((await ledger.answerTasks("shop", [answer("t-k")])).waitingJobs).toEqual(["a"]);
    expect((await ledger.answerTasks("shop", [answer("check", { answer: "fail" })])).outcomes).toEqual([
      "accepted",
    ]);
    expect((await ledger.listTasks({ projectId: "shop", state: "open", limit: 10 })).total).toBe(1);
    expect((await ledger.listTasks({ projectId: "shop", kind: "candidate", limit: 10 })).total).toBe(0);
  });

  test("an id is one task's: another with it is a conflict, and nothing of that array is asked", async () => {
    await using opened = await open();
    const { ledger } = opened.store.records;
    const a = await startJob(opened.store, "a");
    await ledger.ask(a, [ask("k1", "t")]);
    await expect(ledger.ask(a, [ask("k2"), ask("k3", "t")])).rejects.toHaveProperty("code", "conflict");
    expect(await ledger.reserve(a, [request("k2")])).toMatchObject([{ state: "reserved" }]);
  });

  test("a cancelled job's tasks are withdrawn, but those that another job needs become its own", async () => {
    await using opened = await open();
    const { ledger, jobs } = opened.store.records;
    const [a, b] = [await startJob(opened.store, "a"), await startJob(opened.store, "b")];
    const check = { call: null, task: makeTask("check", { check: { known: "pass", repeats: null } }) };
    await ledger.ask(a, [ask("mine"), ask("shared"), check]);
    await ledger.ask(b, [ask("shared", "x")]);
    await jobs.finish("a", a.epoch, "waiting", null, null);
    await jobs.finish("b", b.epoch, "waiting", null, null);
    await jobs.requestCancel("a");
    expect(await ledger.getTask("shop", "t-mine")).toMatchObject({ state: "withdrawn" });
    expect(await ledger.getTask("shop", "check")).toMatchObject({ state: "withdrawn" });
    expect(await ledger.getTask("shop", "t-shared")).toMatchObject({ state: "open", jobId: "b" });
    expect(await ledger.withdrawTasks("shop", "a")).toBe(0);
    expect((await ledger.answerTasks("shop", [answer("t-mine"), answer("t-shared")])).outcomes).toEqual([
      "not_open",
      "accepted",
    ]);
    // Opened again, it asks anew.
    await jobs.reopen("a");
    const claimed = await jobs.claim("a", LEASE);
    const again = { ...a, epoch: claimed?.epoch ?? 0 };
    expect(await ledger.ask(again, [ask("mine"), ask("shared"), check])).toMatchObject([
      PENDING,
      { state: "answered" },
      PENDING,
    ]);
    expect(await ledger.getTask("shop", "t-mine")).toMatchObject({ state: "open", jobId: "a" });
    expect(await ledger.withdrawTasks("other", "a")).toBe(0);
    expect(await ledger.withdrawTasks("shop", "a")).toBe(2);
    expect(await ledger.reserve(again, [request("mine")])).toMatchObject([{ state: "reserved" }]);
  });

  test("a running job that ends as cancelled withdraws too; one that failed keeps its tasks", async () => {
    await using opened = await open();
    const { ledger, jobs } = opened.store.records;
    const [a, b] = [await startJob(opened.store, "a"), await startJob(opened.store, "b")];
    await ledger.ask(a, [ask("ka")]);
    await ledger.ask(b, [ask("kb")]);
    await jobs.requestCancel("a");
    expect(await ledger.getTask("shop", "t-ka")).toMatchObject({ state: "open" });
    await jobs.finish("a", a.epoch, "cancelled", null, null);
    await jobs.finish("b", b.epoch, "failed", null, "x");
    expect(await ledger.getTask("shop", "t-ka")).toMatchObject({ state: "withdrawn" });
    expect(await ledger.getTask("shop", "t-kb")).toMatchObject({ state: "open" });
  });

  test("deleting a source deletes its tasks, and checks that repeat them or name it themselves", async () => {
    await using opened = await open();
    const { ledger, jobs } = opened.store.records;
    const span = makeSpan();
    await opened.store.traces.insert([makeBatch([span])]);
    const a = await startJob(opened.store, "a");
    const sources = [{ traceId: span.traceId }];
    await ledger.ask(a, [
      { call: request("k", { sources }), task: makeTask("t") },
      { call: null, task: makeTask("repeat", { check: { known: null, repeats: "t" } }) },
      { call: null, task: makeTask("known", { check: { known: "pass", repeats: null } }), sources },
      { call: null, task: makeTask("kept", { check: { known: "pass", repeats: null } }) },
    ]);
    await jobs.finish("a", a.epoch, "waiting", null, null);
    const counts = await opened.store.traces.delete({
      projectId: "shop",
      filter: { type: "all" },
      filterText: "",
      dryRun: false,
    });
    expect(counts).toMatchObject({ traces: 1, calls: 1, tasks: 3 });
    expect((await ledger.listTasks({ projectId: "shop", limit: 10 })).items.map(({ id }) => id)).toEqual([
      "kept",
    ]);
    expect(await ledger.answerTasks("shop", [answer("t")])).toEqual({
      outcomes: ["unknown_task"],
      waitingJobs: ["a"],
    });
  });
}
