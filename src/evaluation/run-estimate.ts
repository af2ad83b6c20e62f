import type { RunStatus } from "../model/evaluation.ts";
import type { Spend } from "../model/ledger.ts";
import type { Gate } from "./gate.ts";

/** Runs that fail before one has ended well, after which nothing more is learnt by running them one by one. */
const MOST_FAILED = 5;

/** What runs of a program have used so far, as what the next one is taken to use. */
export interface RunEstimate {
  /** Dollars are null once a run has ended well and did not say what it cost; nobody knows then what the next will. */
  next(): Spend;
  add(spent: Spend, status: RunStatus): void;
  /** Whether `next` rests on anything. */
  isKnown(): boolean;
  /** Nothing will be learnt: no run is let in. */
  giveUp(): void;
}

export function createRunEstimate(): RunEstimate {
  const sums = { runs: 0, calls: 0, tokens: 0, priced: 0, usd: 0, silent: 0, failed: 0 };
  let givenUp = false;
  const usd = (): number | null => {
    if (sums.silent > 0) return null;
    if (sums.priced > 0) return sums.usd / sums.priced;
    return sums.failed >= MOST_FAILED ? null : 0;
  };
  return {
    next: () => ({
      calls: Math.max(1, Math.ceil(sums.calls / Math.max(1, sums.runs))),
      tokens: Math.ceil(sums.tokens / Math.max(1, sums.runs)),
      usd: usd(),
    }),
    add(spent, status) {
      // It never began: it tells nothing of those that do.
      if (status === "infrastructure") return;
      sums.runs += 1;
      sums.calls += spent.calls;
      sums.tokens += spent.tokens;
      if (status !== "ok") sums.failed += 1;
      if (spent.usd !== null) {
        sums.priced += 1;
        sums.usd += spent.usd;
      } else if (status === "ok") sums.silent += 1;
    },
    isKnown: () => givenUp || sums.priced + sums.silent > 0 || sums.failed >= MOST_FAILED,
    giveUp() {
      givenUp = true;
    },
  };
}

/**
 * Lets runs in one by one until it is known what one takes: a budget of dollars or tokens would else let in as many as there
 * are places, each at an estimate of nothing.
 */
export function untilKnown(gate: Gate, estimate: Pick<RunEstimate, "isKnown">): Gate {
  let leader: Promise<void> | null = null;
  return async (work) => {
    while (leader !== null && !estimate.isKnown()) await leader;
    if (estimate.isKnown()) return gate(work);
    const { promise, resolve } = Promise.withResolvers<void>();
    leader = promise;
    try {
      return await gate(work);
    } finally {
      leader = null;
      resolve();
    }
  };
}
