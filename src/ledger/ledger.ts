import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Json } from "../model/json.ts";
import { NO_SPEND, type Spend, type SpendScope } from "../model/ledger.ts";
import type {
  BudgetOwner,
  CallRequest,
  Holder,
  LedgerStore,
  NewTask,
  Reservation,
  Settlement,
  TaskRequest,
} from "../store/ledger-store.ts";
import { createBatcher } from "./batcher.ts";
import { callKey } from "./keys.ts";

/** Which budget does not hold what is asked for; `price`: in dollars alone, and nobody knows the price. */
export interface OverBudget {
  readonly scope: SpendScope;
  readonly limit: "calls" | "tokens" | "usd" | "minutes" | "price";
}

/**
 * What running a call came to. One that ran into a budget midway is charged and not recorded: it runs again where more
 * is allowed. Throw only when the job stops: the call then counts as lost.
 */
export type CallOutcome =
  | { readonly answer: Json; readonly spent: Spend }
  | { readonly failed: string; readonly spent: Spend }
  | { readonly overBudget: OverBudget; readonly spent: Spend };

/**
 * - `answered`, `failed`: by this run or (`replayed`) an earlier one
 * - `pending`: it waits for an answer to a task
 * - `over_budget`: it was not run
 */
export type CallResult =
  | { readonly state: "answered"; readonly answer: Json; readonly spent: Spend; readonly replayed: boolean }
  | { readonly state: "failed"; readonly error: string; readonly replayed: boolean }
  | { readonly state: "pending" }
  | ({ readonly state: "over_budget" } & OverBudget);

/** Room for what somebody else is about to use. */
export interface Hold {
  /** Charges what was used, which may be more than was held; nothing used is nothing charged. Once. */
  settle(spent: Spend): Promise<void>;
}

export interface Ledger {
  /**
   * Runs `run` unless its key has an answer, after reserving the estimate against each budget. Equal keys at the same
   * time run once. Rejects when the job was taken over or stopped; what was in flight then is charged as lost by
   * whoever goes on.
   */
  call(request: CallRequest, run: () => Promise<CallOutcome>): Promise<CallResult>;
  /** Makes the call a task, unless its key has an answer. `checks` are known-answer and repeated items beside it. */
  ask(request: CallRequest, task: NewTask, checks?: readonly NewTask[]): Promise<CallResult>;
  /** Reserves the estimate of what cannot be repeated and whose answer is not ours to keep: a call of the agent's own. */
  hold(kind: string, estimate: Spend): Promise<Hold | OverBudget>;
  /** What read a clock, a budget or an order of arrival: recorded once, and not made when the job runs again. */
  decide(name: string, make: () => Json | Promise<Json>): Promise<Json>;
  /** Whether a budget of the job, its project or day is in dollars or tokens, so that estimates decide what is let in. */
  isCapped(): Promise<boolean>;
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
  /** Why the first of them was not made; an unknown price before all else. */
  refusal: OverBudget | null;
}

export interface LedgerOptions {
  readonly store: LedgerStore;
  readonly holder: Holder;
  readonly signal: AbortSignal;
  /** Milliseconds between two looks at a call that another process runs. Default 250. */
  readonly busyPollMs?: number;
}

export const noCounts = (): LedgerCounts => ({
  ran: 0,
  replayed: 0,
  lost: 0,
  failed: 0,
  pending: 0,
  overBudget: 0,
  unpriced: 0,
  refusal: null,
});

const MOST_AT_ONCE = 256;

/** With so many calls under way, entries are gathered for some milliseconds: the store's cost is by the batch. */
const BUSY = 16;
const GATHER_MS = 4;

/** The ledger of one job's process. */
export function createLedger({ store, holder, signal, busyPollMs = 250 }: LedgerOptions): Ledger {
  const counts = noCounts();
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
    if ("overBudget" in outcome) {
      await settle.add({ reservationId, outcome: { state: "charged" }, spent });
      return refused(outcome.overBudget, counts);
    }
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

  const hold = async (kind: string, estimate: Spend): Promise<Hold | OverBudget> => {
    signal.throwIfAborted();
    const key = callKey(kind, randomUUID());
    const reservation = await reserve.add({ key, kind, estimate, sources: [] });
    if (reservation.state === "over_budget") return { scope: reservation.scope, limit: reservation.limit };
    if (reservation.state === "unpriced") return { scope: reservation.scope, limit: "price" };
    if (reservation.state !== "reserved") throw new Error("a key that nobody has used was known");
    const { reservationId } = reservation;
    return {
      async settle(spent) {
        const state = isNothing(spent) ? ("released" as const) : ("charged" as const);
        await settle.add({ reservationId, outcome: { state }, spent: isNothing(spent) ? NO_SPEND : spent });
      },
    };
  };

  return {
    counts,
    hold,
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
    async isCapped() {
      const { projectId, jobId } = holder;
      const owners: BudgetOwner[] = [{ scope: "job", jobId }, { scope: "project" }, { scope: "day" }];
      const reports = await Promise.all(owners.map((owner) => store.report(projectId, owner)));
      return reports.some(({ budget: { usd, tokens } }) => usd !== undefined || tokens !== undefined);
    },
    async decide(name, make) {
      const known = await store.findDecision(holder, name);
      return known ? known.value : store.decide(holder, name, await make());
    },
  };
}

const isNothing = ({ calls, tokens, usd }: Spend): boolean => calls === 0 && tokens === 0 && usd === 0;

function refused(by: OverBudget, counts: LedgerCounts): CallResult {
  counts.overBudget += 1;
  if (by.limit === "price") counts.unpriced += 1;
  if (counts.refusal === null || (by.limit === "price" && counts.refusal.limit !== "price"))
    counts.refusal = by;
  return { state: "over_budget", ...by };
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
      return refused({ scope: reservation.scope, limit: reservation.limit }, counts);
    case "unpriced":
      return refused({ scope: reservation.scope, limit: "price" }, counts);
    default:
      counts.pending += 1;
      return { state: "pending" };
  }
}
