import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import type { OpenedStore } from "./contract.ts";
import { answerCall, LEASE, request, reserved, SPENT, startJob, states } from "./ledger-fixture.ts";

type Open = () => Promise<OpenedStore>;

export function budgetContract(open: Open): void {
  test("a budget for ten reserves the first ten, and what is settled below its estimate makes room", async () => {
    await using opened = await open();
    const { ledger } = opened.store.records;
    const a = await startJob(opened.store, "a");
    const requests = Array.from({ length: 12 }, (_, n) =>
      request(`k${n}`, { estimate: { ...SPENT, usd: 0.1 } }),
    );
    await ledger.setBudget("shop", { scope: "job", jobId: "a" }, { calls: 100 });
    await ledger.setBudget("shop", { scope: "job", jobId: "a" }, { usd: 1 });
    const over = { state: "over_budget", scope: "job", limit: "usd" };
    const reservations = await ledger.reserve(a, requests);
    expect(states(reservations.slice(0, 10))).toEqual(Array(10).fill("reserved"));
    expect(reservations.slice(10)).toEqual([over, over]);
    const settle = (index: number, usd: number) => ({
      reservationId: reserved(reservations[index]),
      outcome: { state: "answered" as const, answer: index },
      spent: { ...SPENT, usd },
    });
    await ledger.settle(a, [settle(0, 0.05), settle(1, 0.05)]);
    expect(states(await ledger.reserve(a, requests.slice(10)))).toEqual(["reserved", "over_budget"]);
  });

  test("64 reservations of two processes against a budget for ten: exactly ten", async () => {
    await using opened = await open();
    await using second = await opened.reopen();
    const { ledger } = opened.store.records;
    await ledger.setBudget("shop", { scope: "project" }, { tokens: 1000 });
    const [a, b] = [await startJob(opened.store, "a"), await startJob(second, "b")];
    const race = await Promise.all(
      Array.from({ length: 64 }, (_, n) =>
        n % 2 === 0
          ? ledger.reserve(a, [request(`k${n}`)])
          : second.records.ledger.reserve(b, [request(`k${n}`)]),
      ),
    );
    const all = race.flat();
    expect(all.filter(({ state }) => state === "reserved")).toHaveLength(10);
    expect(all.filter(({ state }) => state !== "reserved")).toEqual(
      Array(54).fill({ state: "over_budget", scope: "project", limit: "tokens" }),
    );
    const report = await second.records.ledger.report("shop", { scope: "project" });
    expect(report.inFlight).toEqual({ calls: 10, tokens: 1000, usd: 0.1 });
  });

  test("each scope and limit refuses; running time counts", async () => {
    await using opened = await open();
    const { ledger, jobs } = opened.store.records;
    const a = await startJob(opened.store, "a");
    const refusal = async () =>
      (await ledger.reserve(a, [request("k", { estimate: { calls: 2, tokens: 1, usd: 0 } })]))[0];
    await ledger.setBudget("shop", { scope: "day" }, { calls: 1 });
    expect(await refusal()).toEqual({ state: "over_budget", scope: "day", limit: "calls" });
    await ledger.setBudget("shop", { scope: "project" }, { calls: 1 });
    expect(await refusal()).toEqual({ state: "over_budget", scope: "project", limit: "calls" });
    await ledger.setBudget("shop", { scope: "job", jobId: "a" }, { minutes: 0.0001 });
    await setTimeout(10);
    await jobs.beat("a", a.epoch, { done: 1, total: null, result: null }, LEASE);
    expect(await refusal()).toEqual({ state: "over_budget", scope: "job", limit: "minutes" });
    await ledger.setBudget("shop", { scope: "job", jobId: "a" }, { minutes: 5 });
    for (const scope of ["project", "day"] as const) await ledger.setBudget("shop", { scope }, {});
    expect(await refusal()).toMatchObject({ state: "reserved" });
    expect((await ledger.report("shop", { scope: "job", jobId: "a" })).budget).toEqual({ minutes: 5 });
  });

  test("running time of jobs that use the ledger counts for their project and day", async () => {
    await using opened = await open();
    const { ledger, jobs } = opened.store.records;
    const a = await startJob(opened.store, "a");
    await answerCall(opened.store, a, request("k1"));
    await setTimeout(10);
    await jobs.finish("a", a.epoch, "done", null, null);
    const b = await startJob(opened.store, "b");
    for (const scope of ["project", "day"] as const) {
      await ledger.setBudget("shop", { scope }, { minutes: 0.0001 });
      expect((await ledger.report("shop", { scope })).minutes).toBeGreaterThan(0.0001);
      expect(await ledger.reserve(b, [request("k2")])).toEqual([
        { state: "over_budget", scope, limit: "minutes" },
      ]);
      await ledger.setBudget("shop", { scope }, {});
    }
    expect(states(await ledger.reserve(b, [request("k2")]))).toEqual(["reserved"]);
  });

  test("an unknown price needs a budget of calls or tokens beside the dollars", async () => {
    await using opened = await open();
    const { ledger } = opened.store.records;
    const a = await startJob(opened.store, "a");
    const unpriced = request("k", { estimate: { calls: 1, tokens: 5, usd: null } });
    await ledger.setBudget("shop", { scope: "day" }, { usd: 5 });
    expect(await ledger.reserve(a, [unpriced])).toEqual([{ state: "unpriced", scope: "day" }]);
    await ledger.setBudget("shop", { scope: "day" }, { usd: 5, tokens: 5 });
    expect(states(await ledger.reserve(a, [unpriced, { ...unpriced, key: "k2" }]))).toEqual([
      "reserved",
      "over_budget",
    ]);
    expect((await ledger.report("shop", { scope: "day" })).inFlight).toEqual({
      calls: 1,
      tokens: 5,
      usd: null,
    });
  });
}
