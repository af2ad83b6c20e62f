import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { createLedger } from "../../src/ledger/ledger.ts";
import type { Reservation } from "../../src/store/ledger-store.ts";
import type { OpenedStore } from "./contract.ts";
import { makeBatch, makeConversation, traceIdOf } from "./fixtures.ts";
import { answerCall, LEASE, request, reserved, SPENT, startJob, states } from "./ledger-fixture.ts";

type Open = () => Promise<OpenedStore>;
const NOTHING = { calls: 0, tokens: 0, usd: 0 };

export function ledgerContract(open: Open): void {
  test("a call is run once and its answer shared; equal keys of one array run once", async () => {
    await using opened = await open();
    const { ledger } = opened.store.records;
    const a = await startJob(opened.store, "a");
    const reservations = await ledger.reserve(a, [request("k1"), request("k1"), request("k2")]);
    expect(states(reservations)).toEqual(["reserved", "busy", "reserved"]);
    expect((await ledger.report("shop", { scope: "job", jobId: "a" })).inFlight).toEqual({
      calls: 2,
      tokens: 200,
      usd: 0.02,
    });
    const answer = { verdict: "pass", why: "word ".repeat(2000), list: [1, null] };
    const b = await startJob(opened.store, "b");
    expect(states(await ledger.reserve(b, [request("k1")]))).toEqual(["busy"]);
    expect(await ledger.findAnswer("shop", "k1")).toBeUndefined();
    await ledger.settle(a, [
      { reservationId: reserved(reservations[0]), outcome: { state: "answered", answer }, spent: SPENT },
      {
        reservationId: reserved(reservations[2]),
        outcome: { state: "answered", answer: null },
        spent: { calls: 3, tokens: 10, usd: null },
      },
    ]);
    expect(await ledger.reserve(b, [request("k1"), request("k2")])).toEqual([
      { state: "answered", answer, spent: SPENT },
      { state: "answered", answer: null, spent: { calls: 3, tokens: 10, usd: null } },
    ]);
    expect(await ledger.findAnswer("shop", "k1")).toEqual({ answer });
    expect(await ledger.findAnswer("shop", "k2")).toEqual({ answer: null });
    expect(await ledger.findAnswer("none", "k1")).toBeUndefined();
    const spent = { calls: 4, tokens: 90, usd: 0.008, unpriced: 1, lost: 0 };
    for (const owner of [{ scope: "job", jobId: "a" }, { scope: "project" }, { scope: "day" }] as const) {
      expect(await ledger.report("shop", owner)).toMatchObject({ budget: {}, spent, inFlight: NOTHING });
    }
    expect((await ledger.report("shop", { scope: "job", jobId: "b" })).spent.calls).toBe(0);
    expect((await ledger.report("none", { scope: "project" })).spent.calls).toBe(0);
  });

  test("what was released is neither charged nor recorded, and is free again", async () => {
    await using opened = await open();
    const { ledger } = opened.store.records;
    const a = await startJob(opened.store, "a");
    const [first] = await ledger.reserve(a, [request("k")]);
    await ledger.settle(a, [
      { reservationId: reserved(first), outcome: { state: "released" }, spent: NOTHING },
    ]);
    expect(await ledger.report("shop", { scope: "project" })).toEqual({
      budget: {},
      spent: { ...NOTHING, unpriced: 0, lost: 0 },
      inFlight: NOTHING,
      minutes: 0,
    });
    expect(await ledger.reserve(a, [request("k")])).toMatchObject([{ state: "reserved", lost: 0 }]);
  });

  test("a call that met a budget midway is charged, not recorded, and runs again; what it held for others is charged too", async () => {
    await using opened = await open();
    const store = opened.store.records.ledger;
    const holder = await startJob(opened.store, "a");
    const ledger = createLedger({ store, holder, signal: new AbortController().signal });
    await store.setBudget("shop", { scope: "job", jobId: "a" }, { tokens: 1_000 });
    const spentSoFar = async () => (await store.report("shop", { scope: "job", jobId: "a" })).spent;
    const over = { scope: "job", limit: "tokens" } as const;
    const first = await ledger.call(request("run"), async () => {
      const held = await ledger.hold("metered", { calls: 1, tokens: 700, usd: 0.5 });
      const refused = await ledger.hold("metered", { calls: 1, tokens: 300, usd: 0.5 });
      if ("settle" in held) await held.settle({ calls: 1, tokens: 650, usd: 0.4 });
      return { overBudget: "limit" in refused ? refused : over, spent: { calls: 1, tokens: 20, usd: 0.1 } };
    });
    expect(first).toEqual({ state: "over_budget", ...over });
    expect(await spentSoFar()).toEqual({ calls: 2, tokens: 670, usd: 0.5, unpriced: 0, lost: 0 });
    const unused = await ledger.hold("metered", { calls: 1, tokens: 100, usd: null });
    if ("settle" in unused) await unused.settle(NOTHING);
    expect(await spentSoFar()).toMatchObject({ calls: 2, tokens: 670, unpriced: 0 });
    const again = await ledger.call(request("run"), async () => ({ answer: "whole", spent: SPENT }));
    expect(again).toMatchObject({ state: "answered", answer: "whole", replayed: false });
    expect((await store.report("shop", { scope: "project" })).inFlight).toEqual(NOTHING);
  });

  test("a dead holder's reservation is charged once, counted as lost and made anew; its holder comes too late", async () => {
    await using opened = await open();
    const { ledger } = opened.store.records;
    const dead = await startJob(opened.store, "a", 1);
    const [first, second] = await ledger.reserve(dead, [request("k"), request("own")]);
    await setTimeout(5);
    const b = await startJob(opened.store, "b");
    const [again] = await ledger.reserve(b, [request("k")]);
    expect(again).toMatchObject({ state: "reserved", lost: 1 });
    const late = (reservationId: number) =>
      ledger.settle(dead, [{ reservationId, outcome: { state: "answered", answer: "late" }, spent: SPENT }]);
    await expect(late(reserved(first))).rejects.toHaveProperty("code", "conflict");
    expect(await ledger.report("shop", { scope: "job", jobId: "a" })).toEqual({
      budget: {},
      spent: { calls: 1, tokens: 100, usd: 0.01, unpriced: 0, lost: 1 },
      inFlight: { calls: 1, tokens: 100, usd: 0.01 },
      minutes: null,
    });
    // Nobody has taken its job over: what nobody else wanted is still its own.
    await late(reserved(second));
    await ledger.settle(b, [
      { reservationId: reserved(again), outcome: { state: "answered", answer: "in time" }, spent: SPENT },
    ]);
    expect(await ledger.reserve(b, [request("k"), request("own")])).toMatchObject([
      { answer: "in time" },
      { answer: "late" },
    ]);
    const { spent } = await ledger.report("shop", { scope: "project" });
    expect(spent).toEqual({ calls: 3, tokens: 260, usd: 0.026, unpriced: 0, lost: 1 });
  });

  test("what was charged as lost stays so when nobody runs it; a holder past its lease does not lose to itself", async () => {
    await using opened = await open();
    const { ledger } = opened.store.records;
    const dead = await startJob(opened.store, "a", 1);
    await setTimeout(5);
    const [first, again] = await ledger.reserve(dead, [request("k"), request("k")]);
    expect(again).toEqual({ state: "busy" });
    await ledger.setBudget("shop", { scope: "project" }, { calls: 1 });
    const b = await startJob(opened.store, "b");
    expect(states(await ledger.reserve(b, [request("k"), request("k")]))).toEqual([
      "over_budget",
      "over_budget",
    ]);
    const late = ledger.settle(dead, [
      { reservationId: reserved(first), outcome: { state: "answered", answer: 1 }, spent: SPENT },
    ]);
    await expect(late).rejects.toHaveProperty("code", "conflict");
    expect(await ledger.report("shop", { scope: "project" })).toMatchObject({
      spent: { calls: 1, lost: 1 },
      inFlight: NOTHING,
    });
    await ledger.setBudget("shop", { scope: "project" }, {});
    expect(await ledger.reserve(b, [request("k")])).toMatchObject([{ state: "reserved", lost: 1 }]);
  });

  test("a job that is claimed again has lost what it had in flight, and older epochs are shut out", async () => {
    await using opened = await open();
    const { ledger, jobs } = opened.store.records;
    const dead = await startJob(opened.store, "a", 1);
    const [first] = await ledger.reserve(dead, [request("k")]);
    await setTimeout(5);
    const claimed = await jobs.claim("a", LEASE);
    const holder = { ...dead, epoch: claimed?.epoch ?? 0 };
    expect(await ledger.report("shop", { scope: "project" })).toMatchObject({
      spent: { calls: 1, lost: 1 },
      inFlight: NOTHING,
    });
    const settlement = {
      reservationId: reserved(first),
      outcome: { state: "failed", error: "x" },
      spent: SPENT,
    } as const;
    for (const write of [
      ledger.reserve(dead, [request("k2")]),
      ledger.settle(dead, [settlement]),
      ledger.settle(holder, [settlement]),
      ledger.ask(dead, []),
      ledger.decide(dead, "n", 1),
    ]) {
      await expect(write).rejects.toHaveProperty("code", "conflict");
    }
    expect(await ledger.reserve(holder, [request("k")])).toMatchObject([{ state: "reserved", lost: 1 }]);
    await jobs.finish("a", holder.epoch, "failed", null, "x");
    await expect(ledger.reserve(holder, [request("k")])).rejects.toHaveProperty("code", "conflict");
    await expect(ledger.reserve({ ...holder, projectId: "other" }, [])).rejects.toHaveProperty(
      "code",
      "not_found",
    );
    expect(await ledger.report("shop", { scope: "project" })).toMatchObject({
      spent: { calls: 2, lost: 2 },
      inFlight: NOTHING,
    });
    const b = await startJob(opened.store, "b");
    expect(await ledger.reserve(b, [request("k")])).toMatchObject([{ state: "reserved", lost: 2 }]);
  });

  test("a failure is replayed in its own job only, until it is forgotten", async () => {
    await using opened = await open();
    const { ledger } = opened.store.records;
    const a = await startJob(opened.store, "a");
    const [first] = await ledger.reserve(a, [request("k")]);
    await ledger.settle(a, [
      {
        reservationId: reserved(first),
        outcome: { state: "failed", error: "refused by the model" },
        spent: SPENT,
      },
    ]);
    const failed = { state: "failed", error: "refused by the model" };
    expect(await ledger.reserve(a, [request("k")])).toEqual([failed]);
    const b = await startJob(opened.store, "b");
    await answerCall(opened.store, b, request("k"), "fine");
    expect(await ledger.reserve(b, [request("k")])).toMatchObject([{ state: "answered", answer: "fine" }]);
    // So that the job, run again, comes to the same result.
    expect(await ledger.reserve(a, [request("k")])).toEqual([failed]);
    expect(await ledger.forgetFailures("other", "a")).toBe(0);
    expect(await ledger.forgetFailures("shop", "a")).toBe(1);
    expect(await ledger.reserve(a, [request("k")])).toMatchObject([{ state: "answered" }]);
    expect((await ledger.report("shop", { scope: "job", jobId: "a" })).spent.calls).toBe(1);
  });

  test("settling is all or nothing, and once", async () => {
    await using opened = await open();
    const { ledger } = opened.store.records;
    const [a, b] = [await startJob(opened.store, "a"), await startJob(opened.store, "b")];
    const [own] = await ledger.reserve(a, [request("k1")]);
    const [others] = await ledger.reserve(b, [request("k2")]);
    const settlement = (reservation: Reservation | undefined) => ({
      reservationId: reserved(reservation),
      outcome: { state: "answered" as const, answer: 1 },
      spent: SPENT,
    });
    const both = ledger.settle(a, [settlement(own), settlement(others)]);
    await expect(both).rejects.toHaveProperty("code", "conflict");
    expect((await ledger.report("shop", { scope: "project" })).inFlight.calls).toBe(2);
    await ledger.settle(a, [settlement(own)]);
    await expect(ledger.settle(a, [settlement(own)])).rejects.toHaveProperty("code", "conflict");
    expect((await ledger.report("shop", { scope: "job", jobId: "a" })).spent.calls).toBe(1);
  });

  test("the first decision under a name stays, in its job", async () => {
    await using opened = await open();
    await using second = await opened.reopen();
    const { ledger } = opened.store.records;
    const a = await startJob(opened.store, "a");
    const b = await startJob(opened.store, "b");
    expect(await ledger.findDecision(a, "order")).toBeUndefined();
    const decided = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        (n % 2 ? ledger : second.records.ledger).decide(a, "order", { n, list: [n] }),
      ),
    );
    expect(new Set(decided.map((value) => JSON.stringify(value))).size).toBe(1);
    expect(await ledger.decide(a, "order", null)).toEqual(decided[0]);
    expect(await ledger.findDecision(a, "order")).toEqual({ value: decided[0] });
    expect(await ledger.decide(a, "other", null)).toBeNull();
    expect(await ledger.findDecision(a, "other")).toEqual({ value: null });
    expect(await ledger.decide(b, "order", "mine")).toBe("mine");
  });

  test("a job that runs again does not make its decisions again", async () => {
    await using opened = await open();
    const holder = await startJob(opened.store, "a");
    const made: number[] = [];
    const run = (value: number) =>
      createLedger({
        store: opened.store.records.ledger,
        holder,
        signal: new AbortController().signal,
      }).decide("order", () => {
        made.push(value);
        return value;
      });
    expect([await run(1), await run(2)]).toEqual([1, 1]);
    expect(made).toEqual([1]);
  });

  test("deleting a source deletes what was answered from it, also while it is in flight", async () => {
    await using opened = await open();
    const { ledger } = opened.store.records;
    const { traces } = opened.store;
    await traces.insert([makeBatch(makeConversation({ sessionId: "c", turns: 2 }))]);
    const a = await startJob(opened.store, "a");
    const from = (n: number) => [{ traceId: traceIdOf(n) }];
    await answerCall(opened.store, a, request("gone", { sources: from(1) }));
    await answerCall(opened.store, a, request("kept", { sources: from(2) }));
    const [flying] = await ledger.reserve(a, [request("flying", { sources: [...from(1), ...from(2)] })]);
    const filter = { type: "compare", field: { name: "trace" }, op: "=", values: [traceIdOf(1)] } as const;
    const deletion = { projectId: "shop", filter, filterText: "trace = x" };
    expect(await traces.delete({ ...deletion, dryRun: true })).toMatchObject({ traces: 1, calls: 1 });
    expect(await traces.delete({ ...deletion, dryRun: false })).toMatchObject({ traces: 1, calls: 1 });
    await ledger.settle(a, [
      { reservationId: reserved(flying), outcome: { state: "answered", answer: "its text" }, spent: SPENT },
    ]);
    // What they cost stays charged.
    expect((await ledger.report("shop", { scope: "project" })).spent.calls).toBe(3);
    const again = await ledger.reserve(a, [
      request("gone", { sources: from(1) }),
      request("kept", { sources: from(2) }),
      request("flying", { sources: [] }),
    ]);
    expect(states(again)).toEqual(["failed", "answered", "reserved"]);
  });
}
