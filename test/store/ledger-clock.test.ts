import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import type { Holder } from "../../src/store/ledger-store.ts";
import { jobOperations } from "../../src/store/sqlite/jobs.ts";
import { spendReadOperations } from "../../src/store/sqlite/ledger/budgets.ts";
import { ledgerOperations } from "../../src/store/sqlite/ledger/operations.ts";
import { request, reserved, SPENT } from "./ledger-fixture.ts";
import { openRollupStore } from "./rollup-store.ts";

const HOUR = 3_600_000;
const MINUTE = 60_000;
const PROGRESS = { done: 1, total: null, result: null };

let operations: ReturnType<typeof openAll>;
let holder: Holder;

function openAll() {
  const store = openRollupStore();
  onTestFinished(() => store[Symbol.dispose]());
  return { ...jobOperations(store.db), ...ledgerOperations(store.db), ...spendReadOperations(store.db) };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 0, 31, 23, 30) });
  operations = openAll();
  operations.createJob({ id: "a", projectId: "shop", kind: "evaluation", input: null, unit: "examples" });
  holder = { projectId: "shop", jobId: "a", epoch: operations.claimJob("a", 10 * HOUR)?.epoch ?? 0 };
});

afterEach(() => {
  vi.useRealTimers();
});

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);
const reserve = (key: string) => operations.reserveCalls(holder, [request(key)])[0];
const settle = (reservationId: number) =>
  operations.settleCalls(holder, [
    { reservationId, outcome: { state: "answered", answer: 1 }, spent: SPENT },
  ]);
const today = () => operations.reportSpend("shop", { scope: "day" });

test("a day's budget begins anew at midnight UTC; a call is charged to the day of its reservation", () => {
  operations.setBudget("shop", { scope: "day" }, { calls: 2 });
  settle(reserved(reserve("k1")));
  const late = reserved(reserve("k2"));
  expect(reserve("k3")).toEqual({ state: "over_budget", scope: "day", limit: "calls" });
  expect(today()).toMatchObject({ spent: { calls: 1 }, inFlight: { calls: 1 } });
  pass(HOUR);
  expect(today()).toMatchObject({ budget: { calls: 2 }, spent: { calls: 0 }, inFlight: { calls: 0 } });
  settle(late);
  expect(today().spent.calls).toBe(0);
  expect([reserve("k3"), reserve("k4"), reserve("k5")].map((reservation) => reservation?.state)).toEqual([
    "reserved",
    "reserved",
    "over_budget",
  ]);
  expect(operations.reportSpend("shop", { scope: "project" })).toMatchObject({
    spent: { calls: 2 },
    inFlight: { calls: 2 },
  });
});

test("minutes count while the job runs: to the moment of asking, not while it waits or lies dead", () => {
  operations.setBudget("shop", { scope: "job", jobId: "a" }, { minutes: 10 });
  pass(4 * MINUTE);
  operations.beatJob("a", holder.epoch, PROGRESS, 2 * MINUTE);
  pass(5 * MINUTE);
  // How long a dead holder ran after its last beat is not known.
  operations.claimJob("a", 10 * HOUR);
  expect(reserve).toThrow("taken over");
  holder = { ...holder, epoch: 2 };
  pass(5 * MINUTE);
  operations.finishJob("a", 2, "waiting", null, null);
  pass(HOUR);
  operations.claimJob("a", 10 * HOUR);
  holder = { ...holder, epoch: 3 };
  pass(MINUTE - 1);
  expect(reserve("k1")?.state).toBe("reserved");
  pass(1);
  expect(reserve("k2")).toEqual({ state: "over_budget", scope: "job", limit: "minutes" });
});

test("a lease that ran out while nobody took the job over adds no time beyond it", () => {
  operations.setBudget("shop", { scope: "job", jobId: "a" }, { minutes: 10 });
  operations.beatJob("a", holder.epoch, PROGRESS, 2 * MINUTE);
  pass(30 * MINUTE);
  operations.beatJob("a", holder.epoch, PROGRESS, 10 * HOUR);
  pass(8 * MINUTE - 1);
  expect(reserve("k1")?.state).toBe("reserved");
  pass(1);
  expect(reserve("k2")?.state).toBe("over_budget");
});
