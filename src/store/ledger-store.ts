import type { Json } from "../model/json.ts";
import type { Budget, Spend, SpendScope, SpendTotals, Task, TaskKind, TaskState } from "../model/ledger.ts";

/** Where a derived copy came from, so that deleting the source deletes the copy. */
export type SourceRef = { readonly traceId: string } | { readonly sessionId: string };

/** Writes of a job carry its epoch: an older one is refused with `conflict`. */
export interface Holder {
  readonly projectId: string;
  readonly jobId: string;
  readonly epoch: number;
}

export interface CallRequest {
  /** SHA-256, hex, over all that fixes the answer. */
  readonly key: string;
  /** `judge`, `target`, `reflection`: for reports. */
  readonly kind: string;
  readonly estimate: Spend;
  readonly sources: readonly SourceRef[];
}

/**
 * - `reserved`: run it, then settle it. `lost` counts earlier reservations of the same call whose holder died: each was
 *   charged at its estimate
 * - `answered`, `failed`: it was run before; `failed` only within the same job, another job may try again
 * - `pending`: it waits for an answer to a task; the job is noted as waiting for it
 * - `busy`: another live holder has it in flight
 * - `over_budget`: reserving its estimate would exceed a budget of `scope`; nothing was reserved
 * - `unpriced`: a dollar budget is set without a budget of calls or tokens, and the estimate's price is unknown
 */
export type Reservation =
  | { readonly state: "reserved"; readonly reservationId: number; readonly lost: number }
  | { readonly state: "answered"; readonly answer: Json; readonly spent: Spend }
  | { readonly state: "failed"; readonly error: string }
  | { readonly state: "pending" }
  | { readonly state: "busy" }
  | {
      readonly state: "over_budget";
      readonly scope: SpendScope;
      readonly limit: "calls" | "tokens" | "usd" | "minutes";
    }
  | { readonly state: "unpriced"; readonly scope: SpendScope };

export interface Settlement {
  readonly reservationId: number;
  /** `released`: nothing was sent, nothing is charged or recorded. */
  readonly outcome:
    | { readonly state: "answered"; readonly answer: Json }
    | { readonly state: "failed"; readonly error: string }
    | { readonly state: "released" };
  readonly spent: Spend;
}

export type NewTask = Pick<Task, "id" | "kind" | "rubric" | "item" | "labels" | "code" | "check">;

export type BudgetOwner =
  | { readonly scope: "job"; readonly jobId: string }
  | { readonly scope: "project" }
  /** Each day, UTC. */
  | { readonly scope: "day" };

export interface SpendReport {
  readonly budget: Budget;
  readonly spent: SpendTotals;
  /** Reserved and not settled. */
  readonly inFlight: Spend;
}

/** Calls that cost, what they answered, and what they may cost. Each method is one atomic change. */
export interface LedgerStore {
  /**
   * One answer per request, in order; a key that comes twice is `busy` the second time. Open reservations whose holder
   * is dead (its job's lease ran out, ended, or has a newer epoch) are charged at their estimate, counted as lost, and
   * reserved anew. Requests are considered in order, so that a budget for ten reserves the first ten.
   */
  reserve(holder: Holder, requests: readonly CallRequest[]): Promise<readonly Reservation[]>;
  /** Charges what was spent and records the answers. Reservations that are not the holder's are `conflict`. */
  settle(holder: Holder, settlements: readonly Settlement[]): Promise<void>;
  /**
   * Makes calls tasks. A call that is answered, or pending for another job's task, is left as it is (its state comes
   * back); checks (without a call) are added as they are. The job is noted as waiting for each pending call.
   */
  ask(
    holder: Holder,
    items: readonly { readonly call: CallRequest | null; readonly task: NewTask }[],
  ): Promise<readonly Reservation[]>;
  /** The first value recorded under a name in a job stays; it comes back. */
  decide(holder: Holder, name: string, value: Json): Promise<Json>;
  /** Forgets the failed calls of a job, so that a resumed run tries them again. Returns how many. */
  forgetFailures(projectId: string, jobId: string): Promise<number>;

  /** Replaces the budget of its owner. */
  setBudget(projectId: string, owner: BudgetOwner, budget: Budget): Promise<void>;
  report(projectId: string, owner: BudgetOwner): Promise<SpendReport>;

  /** Tasks in the order in which they were made. With `jobId`: those that the job waits for, and its checks. */
  listTasks(query: {
    projectId: string;
    jobId?: string | undefined;
    state?: TaskState | undefined;
    kind?: TaskKind | undefined;
    limit: number;
    offset?: number | undefined;
  }): Promise<{ readonly items: readonly Task[]; readonly total: number }>;
  getTask(projectId: string, id: string): Promise<Task | undefined>;
  /**
   * Records answers whose code matches and whose task is open, and answers their calls. All others are left as they
   * are and named. `waitingJobs`: jobs in state `waiting` that no longer wait for anything.
   */
  answerTasks(
    projectId: string,
    answers: readonly {
      readonly taskId: string;
      readonly code: string;
      readonly answer: Json;
      readonly by: string;
    }[],
  ): Promise<{
    readonly outcomes: readonly ("accepted" | "unknown_task" | "wrong_code" | "not_open")[];
    readonly waitingJobs: readonly string[];
  }>;
  /** Withdraws a job's open tasks and forgets their calls; for a cancelled job. Returns how many. */
  withdrawTasks(projectId: string, jobId: string): Promise<number>;
}
