import { setTimeout as sleep } from "node:timers/promises";
import type { Json } from "../model/json.ts";
import type { Spend, SpendScope } from "../model/ledger.ts";
import type {
  CallRequest,
  Holder,
  LedgerStore,
  NewTask,
  Reservation,
  Settlement,
  TaskRequest,
} from "../store/ledger-store.ts";
import { createBatcher } from "./batcher.ts";

/** What running a call came to. Throw only when the job stops: the call then counts as lost. */
export type CallOutcome =
  | { readonly answer: Json; readonly spent: Spend }
  | { readonly failed: string; readonly spent: Spend };

/**
 * - `answered`, `failed`: by this run or (`replayed`) an earlier one
 * - `pending`: it waits for an answer to a task
 * - `over_budget`: it was not run
 */
export type CallResult =
  | { readonly state: "answered"; readonly answer: Json; readonly spent: Spend; readonly replayed: boolean }
  | { readonly state: "failed"; readonly error: string; readonly replayed: boolean }
  | { readonly state: "pending" }
  | {
      readonly state: "over_budget";
      readonly scope: SpendScope;
      readonly limit: "calls" | "tokens" | "usd" | "minutes" | "price";
    };

export interface Ledger {
  /**
   * Runs `run` unless its key has an answer, after reserving the estimate against each budget. Equal keys at the same
   * time run once. Rejects when the job was taken over or stopped; what was in flight then is charged as lost by
   * whoever goes on.
   */
  call(request: CallRequest, run: () => Promise<CallOutcome>): Promise<CallResult>;
  /** Makes the call a task, unless its key has an answer. `checks` are known-answer and repeated items beside it. */
  ask(request: CallRequest, task: NewTask, checks?: readonly NewTask[]): Promise<CallResult>;
  /** What read a clock, a budget or an order of arrival: recorded once, and not made when the job runs again. */
  decide(name: string, make: () => Json | Promise<Json>): Promise<Json>;
  readonly counts: LedgerCounts;
}

export interface LedgerCounts {
  /** Calls that were run now. */
  ran: number;
  /** Calls answered from what was recorded before. */
  replayed: number;
  /** Calls of dead holders that were charged and run again. */
  lost: number;
  failed: number;
  pending: number;
  overBudget: number;
  /** Of these, calls whose price is unknown under a budget in dollars alone. */
  unpriced: number;
}

export interface LedgerOptions {
  readonly store: LedgerStore;
  readonly holder: Holder;
  readonly signal: AbortSignal;
  /** Milliseconds between two looks at a call that another process runs. Default 250. */
  readonly busyPollMs?: number;
}

const MOST_AT_ONCE = 256;

/** With so many calls under way, entries are gathered for some milliseconds: the store's cost is by the batch. */
const BUSY = 16;
const GATHER_MS = 4;

/** The ledger of one job's process. */
export function createLedger({ store, holder, signal, busyPollMs = 250 }: LedgerOptions): Ledger {
  const counts: LedgerCounts = {
    ran: 0,
    replayed: 0,
    lost: 0,
    failed: 0,
    pending: 0,
    overBudget: 0,
    unpriced: 0,
  };
  const inFlight = new Map<string, Promise<CallResult>>();
  const linger = (): Promise<void> | undefined => (inFlight.size < BUSY ? undefined : sleep(GATHER_MS));
  const reserve = createBatcher<CallRequest, Reservation>(
    (requests) => store.reserve(holder, requests),
    MOST_AT_ONCE,
    linger,
  );
  const settle = createBatcher<Settlement, true>(
    async (settlements) => {
      await store.settle(holder, settlements);
      return settlements.map(() => true as const);
    },
    MOST_AT_ONCE,
    linger,
  );
  const ask = createBatcher<TaskRequest, Reservation>((items) => store.ask(holder, items), 32);

  const runReserved = async (reservationId: number, run: () => Promise<CallOutcome>): Promise<CallResult> => {
    const outcome = await run();
    signal.throwIfAborted();
    counts.ran += 1;
    const { spent } = outcome;
    if ("failed" in outcome) {
      counts.failed += 1;
      await settle.add({ reservationId, outcome: { state: "failed", error: outcome.failed }, spent });
      return { state: "failed", error: outcome.failed, replayed: false };
    }
    await settle.add({ reservationId, outcome: { state: "answered", answer: outcome.answer }, spent });
    return { state: "answered", answer: outcome.answer, spent, replayed: false };
  };

  const callOnce = async (request: CallRequest, run: () => Promise<CallOutcome>): Promise<CallResult> => {
    for (;;) {
      signal.throwIfAborted();
      const reservation = await reserve.add(request);
      if (reservation.state === "busy") await sleep(busyPollMs, undefined, { signal });
      else if (reservation.state === "reserved") {
        counts.lost += reservation.lost;
        return runReserved(reservation.reservationId, run);
      } else return recorded(reservation, counts);
    }
  };

  return {
    counts,
    call(request, run) {
      const running = inFlight.get(request.key);
      if (running) return running;
      const started = callOnce(request, run).finally(() => inFlight.delete(request.key));
      inFlight.set(request.key, started);
      return started;
    },
    async ask(request, task, checks = []) {
      for (;;) {
        signal.throwIfAborted();
        const [reservation] = await Promise.all([
          ask.add({ call: request, task }),
          ...checks.map((check) => ask.add({ call: null, task: check, sources: request.sources })),
        ]);
        if (reservation.state !== "busy") return recorded(reservation, counts);
        await sleep(busyPollMs, undefined, { signal });
      }
    },
    async decide(name, make) {
      const known = await store.findDecision(holder, name);
      return known ? known.value : store.decide(holder, name, await make());
    },
  };
}

/** What is known of a call without running it. */
function recorded(reservation: Reservation, counts: LedgerCounts): CallResult {
  switch (reservation.state) {
    case "answered":
      counts.replayed += 1;
      return { state: "answered", answer: reservation.answer, spent: reservation.spent, replayed: true };
    case "failed":
      counts.replayed += 1;
      return { state: "failed", error: reservation.error, replayed: true };
    case "over_budget":
      counts.overBudget += 1;
      return { state: "over_budget", scope: reservation.scope, limit: reservation.limit };
    case "unpriced":
      counts.overBudget += 1;
      counts.unpriced += 1;
      return { state: "over_budget", scope: reservation.scope, limit: "price" };
    default:
      counts.pending += 1;
      return { state: "pending" };
  }
}
