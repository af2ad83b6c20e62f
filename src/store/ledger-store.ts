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
 * - `answered`, `failed`: it was run before; `failed` only within the same job, another job may try again. A job's own
 *   failure is what it gets again even when another job's attempt was answered since. A call whose source trace has
 *   been deleted is `failed` too, without being recorded
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
  /** `released`: nothing was sent, nothing is charged or recorded. `charged`: paid, and no answer is kept. */
  readonly outcome:
    | { readonly state: "answered"; readonly answer: Json }
    | { readonly state: "failed"; readonly error: string }
    | { readonly state: "charged" }
    | { readonly state: "released" };
  readonly spent: Spend;
}

export type NewTask = Pick<Task, "id" | "kind" | "rubric" | "item" | "labels" | "code" | "check">;

export interface TaskRequest {
  /** Null: a check. */
  readonly call: CallRequest | null;
  readonly task: NewTask;
  /** Where the item of a check is from, as a call says itself. One that repeats a task goes with that task anyway. */
  readonly sources?: readonly SourceRef[];
}

export interface TaskAnswer {
  readonly taskId: string;
  readonly code: string;
  readonly answer: Json;
  readonly by: string;
}

export type AnswerOutcome = "accepted" | "unknown_task" | "wrong_code" | "not_open";

export type BudgetOwner =
  | { readonly scope: "job"; readonly jobId: string }
  | { readonly scope: "project" }
  /** Each day, UTC. A call is charged to the day on which it was reserved. */
  | { readonly scope: "day" };

export interface SpendReport {
  readonly budget: Budget;
  readonly spent: SpendTotals;
  /** Reserved and not settled. */
  readonly inFlight: Spend;
  /** How long jobs that use the ledger have run, added up; null for a job, whose record says it. */
  readonly minutes: number | null;
}

/**
 * Calls that cost, what they answered, and what they may cost. Each method is one atomic change. When a source is
 * deleted the answers, failures and tasks derived from it go; what they cost stays charged.
 */
export interface LedgerStore {
  /**
   * One answer per request, in order; a key that comes twice is `busy` the second time. Open reservations whose holder
   * is dead (its job's lease ran out, ended, or has a newer epoch) are charged at their estimate, counted as lost, and
   * reserved anew. Requests are considered in order, so that a budget for ten reserves the first ten: what is spent,
   * in flight and estimated together may reach a budget, not pass it. `minutes` is how long jobs have run: the job,
   * or all jobs of the project (on that day) that use the ledger, added up.
   */
  reserve(holder: Holder, requests: readonly CallRequest[]): Promise<readonly Reservation[]>;
  /**
   * Charges what was spent and records the answers; an unknown price adds one to `unpriced`. A reservation that is not
   * the holder's, was settled before or has been charged as lost is `conflict`, and nothing is settled. An answer whose
   * source was deleted meanwhile is charged and not kept.
   */
  settle(holder: Holder, settlements: readonly Settlement[]): Promise<void>;
  /**
   * Makes calls tasks. A call that is answered, or pending for another job's task, is left as it is (its state comes
   * back); checks (without a call) are added as they are, once. The job is noted as waiting for each pending call.
   * Throws `conflict` when the id of a new task belongs to another one.
   */
  ask(holder: Holder, items: readonly TaskRequest[]): Promise<readonly Reservation[]>;
  /** The first value recorded under a name in a job stays; it comes back. */
  decide(holder: Holder, name: string, value: Json): Promise<Json>;
  /** What is recorded under a name in a job. */
  findDecision(holder: Holder, name: string): Promise<{ readonly value: Json } | undefined>;
  /** The recorded answer of a call; undefined while there is none, and of one that failed. */
  findAnswer(projectId: string, key: string): Promise<{ readonly answer: Json } | undefined>;
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
   * are and named. Codes are compared without case and surrounding space. `waitingJobs`: jobs of the project in state
   * `waiting` that no longer wait for an answer, in the order of their creation; open checks hold no job back.
   */
  answerTasks(
    projectId: string,
    answers: readonly TaskAnswer[],
  ): Promise<{
    readonly outcomes: readonly AnswerOutcome[];
    readonly waitingJobs: readonly string[];
  }>;
  /**
   * Withdraws a job's open tasks and forgets their calls; a task whose call another job waits for becomes that job's.
   * Returns how many were withdrawn. A job that is cancelled (`requestCancel` or `finish`) has its tasks withdrawn in
   * the same write.
   */
  withdrawTasks(projectId: string, jobId: string): Promise<number>;
}
