import type { Answers, Request } from "./answers.ts";
import { bestOf, shortestNearBest } from "./choose.ts";
import type {
  Outcome,
  Progress,
  RejectedEdit,
  SearchDependencies,
  SearchEvent,
  StopReason,
} from "./contract.ts";
import type { Minibatches } from "./minibatch.ts";
import type { Tried } from "./novelty.ts";
import type { Pool } from "./pool.ts";
import type { Settings } from "./settings.ts";

type WithoutProgress<E> = E extends SearchEvent ? Omit<E, "progress"> : never;

/** What one search knows and has spent. */
export interface Run<O extends Outcome> {
  readonly settings: Settings;
  readonly dependencies: SearchDependencies<O>;
  readonly answers: Answers<O>;
  readonly pool: Pool<O>;
  readonly minibatches: Minibatches<O>;
  readonly tried: Tried<O>;
  readonly rejected: RejectedEdit[];
  iteration: number;
  proposals: number;
  merges: number;
  /** Proposals without a text, in a row. */
  failures: number;
  /** Proposals since the best estimate rose. */
  sinceImprovement: number;
  /** The highest estimate in the pool. */
  best: number;
  /** The pool has grown since a merge was last looked for. */
  mergeDue: boolean;
}

/** Scores closer than this are equal: sums of the same numbers in another order differ in the last digits. */
export const EPSILON = 1e-9;

export const isNoisy = (run: { readonly answers: { readonly noise: number | null } }): boolean =>
  (run.answers.noise ?? 0) > EPSILON;

export const progressOf = <O extends Outcome>({ answers, proposals, best, pool }: Run<O>): Progress => ({
  rollouts: answers.rollouts,
  proposals,
  best: Number.isNaN(best) ? null : best,
  chosen: shortestNearBest(pool.members)?.index ?? null,
  frontier: [...pool.survivors().keys()].sort((a, b) => a - b),
});

/** To be called when estimates have changed. */
export function updateBest<O extends Outcome>(run: Run<O>): void {
  const best = bestOf(run.pool.members)?.estimate ?? Number.NaN;
  if (best > run.best + EPSILON) run.sinceImprovement = 0;
  run.best = best;
}

export function emit<O extends Outcome>(run: Run<O>, event: WithoutProgress<SearchEvent>): Promise<void> {
  return run.dependencies.onEvent({ ...event, progress: progressOf(run) });
}

export async function reject<O extends Outcome>(run: Run<O>, edit: RejectedEdit): Promise<void> {
  run.rejected.push(edit);
  await emit(run, { kind: "rejected", edit });
}

/** Why a step that needs so much may not begin; null when it may. */
export async function refusal<O extends Outcome>(
  run: Run<O>,
  step: string,
  needs: { readonly rollouts: number; readonly proposals: number },
): Promise<StopReason | null> {
  if (run.answers.rollouts + needs.rollouts > run.settings.maxRollouts) return "rollouts";
  if (run.proposals + needs.proposals > run.settings.maxProposals) return "proposals";
  return (await run.dependencies.afford(step, needs)) ? null : "budget";
}

/** Evaluates what is unknown of the requests when it can be paid. */
export async function obtainIfAfforded<O extends Outcome>(
  run: Run<O>,
  step: string,
  requests: readonly Request[],
): Promise<StopReason | null> {
  const rollouts = run.answers.price(requests);
  if (rollouts === 0) return null;
  const stop = await refusal(run, step, { rollouts, proposals: 0 });
  if (!stop) await run.answers.obtain(requests, "race");
  return stop;
}
