import type { JobTools } from "../../jobs/runner.ts";
import type { OptimizationSetup } from "../../model/optimization.ts";
import type { Holder } from "../../store/ledger-store.ts";
import type { OptimizationStore } from "../../store/optimization-store.ts";
import type { Candidate, PoolEntry, SearchEvent } from "../search/contract.ts";
import type { Evaluator } from "./evaluate.ts";
import { eventJson, type FlipIds, storedEvent } from "./events.ts";

export interface EventLogOptions {
  readonly optimizations: OptimizationStore;
  readonly holder: Holder;
  readonly optimizationId: string;
  readonly setup: OptimizationSetup;
  readonly evaluator: Evaluator;
  /** Flips on these are told; of validation examples only means are. */
  readonly trainIds: ReadonlySet<string>;
  readonly tools: JobTools;
}

const NO_FLIPS: FlipIds = { gained: [], lost: [] };
const HALF = 0.5;

/** Examples that both were run on, and that only one of them passes. */
export function flipsBetween(
  before: ReadonlyMap<string, number | null>,
  after: ReadonlyMap<string, number | null>,
): FlipIds {
  const both = [...before]
    .flatMap(([id, old]) => {
      const now = after.get(id);
      return old === null || now === undefined || now === null ? [] : [{ id, old, now }];
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const ids = (found: typeof both) => found.map(({ id }) => id);
  return {
    gained: ids(both.filter(({ old, now }) => old < HALF && now >= HALF)),
    lost: ids(both.filter(({ old, now }) => old >= HALF && now < HALF)),
  };
}

/** Keeps a campaign's events in the store, numbered in logical order, and shows how far it is. */
export function createEventLog(options: EventLogOptions) {
  const { optimizations, holder, optimizationId, setup, evaluator, trainIds, tools } = options;
  const pool: PoolEntry[] = [];
  let number = 0;
  let rejected = 0;

  const onTrain = (candidate: Candidate) =>
    new Map([...evaluator.scores(candidate)].filter(([id]) => trainIds.has(id)));
  const flipsOf = (parent: number, candidate: Candidate): FlipIds => {
    const base = pool[parent];
    return base ? flipsBetween(onTrain(base.candidate), onTrain(candidate)) : NO_FLIPS;
  };
  const eventFlips = (event: SearchEvent): FlipIds => {
    if (event.kind === "accepted") return flipsOf(event.entry.parents[0] ?? 0, event.entry.candidate);
    if (event.kind !== "rejected") return NO_FLIPS;
    const base = pool[event.edit.parent]?.candidate;
    if (!base) return NO_FLIPS;
    const components = { ...base.components, ...event.edit.components };
    return flipsOf(event.edit.parent, { components, code: event.edit.code ?? base.code });
  };

  return {
    async add(event: SearchEvent): Promise<void> {
      const flips = eventFlips(event);
      if (event.kind === "seed" || event.kind === "accepted") pool.push(event.entry);
      if (event.kind === "rejected") rejected += 1;
      await optimizations.putEvent(holder, optimizationId, number, eventJson(storedEvent(event, flips)));
      number += 1;
      const { rollouts, proposals, best } = event.progress;
      tools.progress(rollouts, setup.search.maxRollouts, {
        optimization: optimizationId,
        rollouts,
        proposals,
        seed: pool[0]?.estimate ?? null,
        best,
        accepted: Math.max(0, pool.length - 1),
        rejected,
        events: number,
      });
    },
  };
}
