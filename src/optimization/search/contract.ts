/** Components by name (prompts, tool descriptions), or code: the tree hash of a snapshot of the working tree. */
export interface Candidate {
  readonly components: Readonly<Record<string, string>>;
  readonly code: string | null;
}

export interface Case {
  readonly exampleId: string;
  /** From 0. The same repeat of two candidates shares what randomness can be shared. */
  readonly repeat: number;
}

export interface Outcome {
  /** What decides: 0 to 1, higher is better. null: missing data (judge or infrastructure), never the candidate's failure. */
  readonly score: number | null;
  /** By name, higher is better, null unknown. */
  readonly objectives: Readonly<Record<string, number | null>>;
}

/** Not known yet: it waits for a task, or nothing is left to pay for it. */
export type Held = "pending" | "over_budget";

/** A candidate that was kept; `index` 0 is the seed. */
export interface PoolEntry {
  readonly index: number;
  readonly candidate: Candidate;
  /** Indices; two after a merge, the first of them its base. */
  readonly parents: readonly number[];
  readonly hypothesis: string | null;
  readonly iteration: number;
  /** Mean over repeats of each validation example that was evaluated; null: no score could be had. */
  readonly scores: ReadonlyMap<string, number | null>;
  /** Of `scores`; of part of the examples where coverage is below 1, and then not comparable by itself. */
  readonly mean: number | null;
  /** Share of the validation examples with a score, 0 to 1. */
  readonly coverage: number;
  /** Validation score with the examples not evaluated taken from the nearest ancestor: comparable in the whole pool. */
  readonly estimate: number | null;
  /** Means over the validation examples evaluated, by objective. */
  readonly objectives: Readonly<Record<string, number | null>>;
  /** Characters over all components. */
  readonly length: number;
}

/**
 * Why a proposal was not kept.
 * - `unchanged`: it equals its parent; `duplicate`, `near_duplicate`: it was tried before
 * - `guard`: refused by a check before anything was spent
 * - `no_gain_on_minibatch`: no better than its parent on the training cases it was written for
 * - `lost_the_race`: dropped before the end of the validation, losing or without a chance
 * - `worse_on_validation`: worse on the whole validation
 * - `missing_data`: too few cases could be scored
 * - `turned_down`: a person rejected it, or took it back, after an earlier search; never a reason of this one
 */
export type RejectReason =
  | "unchanged"
  | "duplicate"
  | "near_duplicate"
  | "guard"
  | "no_gain_on_minibatch"
  | "lost_the_race"
  | "worse_on_validation"
  | "missing_data"
  | "turned_down";

export interface RejectedEdit {
  readonly parent: number;
  /** Only those that differ from the parent's. */
  readonly components: Readonly<Record<string, string>>;
  /** null: as in the parent. */
  readonly code: string | null;
  readonly hypothesis: string | null;
  readonly reason: RejectReason;
  /** In our own words and numbers. */
  readonly detail: string | null;
  /** Mean scores of the parent and of the proposal on the cases that decided; null when none did. */
  readonly before: number | null;
  readonly after: number | null;
  readonly iteration: number;
}

export interface TrainRecord<O extends Outcome> {
  readonly case: Case;
  readonly outcome: O;
}

/** What a proposer gets. */
export interface WorkOrder<O extends Outcome> {
  readonly iteration: number;
  /** Place within a parallel step, from 0. */
  readonly slot: number;
  readonly parent: PoolEntry;
  /** Names of those to change. */
  readonly components: readonly string[];
  /** Training cases of the parent with their outcomes, worst first. */
  readonly records: readonly TrainRecord<O>[];
  /** Newest first, those of this parent before others, at most 12. */
  readonly rejected: readonly RejectedEdit[];
  /** The parent, its parent, and so on to the seed. */
  readonly lineage: readonly PoolEntry[];
}

export type Proposal =
  | {
      readonly state: "proposed";
      /** New texts by name; those left out stay. */
      readonly components: Readonly<Record<string, string>>;
      /** null: as in the parent. */
      readonly code: string | null;
      readonly hypothesis: string | null;
    }
  | { readonly state: "failed"; readonly reason: string };

export interface EvaluationRequest {
  readonly candidate: Candidate;
  readonly cases: readonly Case[];
}

export type Purpose = "seed" | "minibatch" | "race" | "merge";

export interface Needs {
  readonly rollouts: number;
  readonly proposals: number;
}

export interface Progress {
  readonly rollouts: number;
  readonly proposals: number;
  /** Best validation score so far: see PoolEntry.estimate. */
  readonly best: number | null;
  /** Index of what would be chosen if the search ended now; null before the seed was evaluated. */
  readonly chosen: number | null;
  /** Indices of the candidates from which parents are drawn, ascending. */
  readonly frontier: readonly number[];
}

export type SearchEvent =
  | {
      readonly kind: "seed";
      readonly entry: PoolEntry;
      readonly noise: number | null;
      readonly progress: Progress;
    }
  | { readonly kind: "accepted"; readonly entry: PoolEntry; readonly progress: Progress }
  | { readonly kind: "rejected"; readonly edit: RejectedEdit; readonly progress: Progress }
  /** A proposer had no text to give. */
  | {
      readonly kind: "failed";
      readonly iteration: number;
      readonly slot: number;
      readonly reason: string;
      readonly progress: Progress;
    }
  /** Every case drawn was perfect already, so nothing was proposed. */
  | {
      readonly kind: "skipped";
      readonly iteration: number;
      readonly slot: number;
      readonly parent: number;
      readonly progress: Progress;
    }
  /** An entry of the pool was evaluated on more of the validation. */
  | { readonly kind: "validated"; readonly entry: PoolEntry; readonly progress: Progress }
  | { readonly kind: "stopped"; readonly stop: StopReason; readonly progress: Progress };

export interface SearchDependencies<O extends Outcome> {
  /**
   * All cases of one step, in order. Each (candidate, case) is asked at most once by a search, which keeps outcomes
   * itself; a search that is run again asks the same in the same order.
   */
  evaluate(
    requests: readonly EvaluationRequest[],
    purpose: Purpose,
  ): Promise<readonly (readonly O[])[] | Held>;
  /** One proposal an order, in order. */
  propose(orders: readonly WorkOrder<O>[]): Promise<readonly Proposal[] | Held>;
  /** null: fine; else why not, in our own words. Asked before anything is spent on a proposal. */
  check(candidate: Candidate, order: WorkOrder<O>): string | null;
  /** Whether a step that runs at most so much may begin; steps have distinct names. Record the answer, so that it is replayed. */
  afford(step: string, needs: Needs): Promise<boolean>;
  onEvent(event: SearchEvent): Promise<void>;
}

export interface SearchOptions {
  /** Of all randomness. */
  readonly seed: string;
  /** Ids of the examples that proposers learn from. */
  readonly train: readonly string[];
  /** Ids of the examples that decide what is kept. */
  readonly validation: readonly string[];
  /** Training cases of one proposal; 3 by default. */
  readonly minibatch?: number;
  /** Proposals written side by side; 1 by default. */
  readonly proposalsPerStep?: number;
  /** What a candidate must be best at to be a parent: some validation example (the default), some objective, or either. */
  readonly frontier?: "example" | "objective" | "both";
  /** Names; needed for the frontiers over objectives. */
  readonly objectives?: readonly string[];
  /** One component after the other (the default), or all in one proposal. */
  readonly componentChoice?: "round_robin" | "all";
  /** Times that each example is run in an evaluation; 1 by default. */
  readonly repeats?: number;
  /** Whether two candidates that improved different components are merged; true by default. */
  readonly merge?: boolean;
  /** Merges tried, whether kept or not; 5 by default. */
  readonly maxMerges?: number;
  /** Whether validation is by racing (the default), or each candidate sees the whole validation. */
  readonly racing?: boolean;
  /** Validation examples of a race's first block; a quarter, and at least 8, by default. */
  readonly firstBlock?: number;
  /** Cases evaluated at most. */
  readonly maxRollouts?: number;
  readonly maxProposals?: number;
  /** Proposals without a better validation score before the search ends; 30 by default. */
  readonly patience?: number;
  /** Proposals in a row that gave no text before the search ends; 5 by default. */
  readonly maxConsecutiveFailures?: number;
  /** Validation score at which the search ends. */
  readonly targetScore?: number;
  /**
   * How training cases are drawn: those known or likely to fail first (the default), or in shuffled epochs whatever is
   * known, as the reference implementation does.
   */
  readonly draw?: "failing_first" | "epochs";
  /** Validation examples on which the seed is run once more to see whether scores are noisy; 12 by default, 0: never. */
  readonly noiseProbe?: number;
}

/**
 * - `rollouts`, `proposals`, `budget`: the next step would go over maxRollouts, maxProposals, or was not afforded
 * - `no_improvement`: patience ran out; `consecutive_failures`: proposers gave nothing
 * - `target_reached`; `all_perfect`: a candidate is perfect on the whole validation
 * - `nothing_to_do`: nothing can be changed, or no training case fails from which to learn
 * - `cancelled` is for whoever runs the search: it never ends so by itself
 */
export type StopReason =
  | "rollouts"
  | "proposals"
  | "budget"
  | "no_improvement"
  | "consecutive_failures"
  | "target_reached"
  | "all_perfect"
  | "nothing_to_do"
  | "cancelled";

export interface SearchResult {
  readonly pool: readonly PoolEntry[];
  readonly rejected: readonly RejectedEdit[];
  readonly stop: StopReason;
  /** Cases evaluated. */
  readonly rollouts: number;
  /** Proposals asked for. */
  readonly proposals: number;
  /** Index of the best on validation. */
  readonly best: number;
  /** Index of the shortest within one paired standard error of the best. */
  readonly chosen: number;
  /** Validation score of the choice, corrected for having been chosen by it; null when it has no score. */
  readonly correctedMean: number | null;
  /** Variance of one score around its example's mean, from repeated cases; null: never looked. */
  readonly noise: number | null;
  /** Of all of the above: equal for equal answers. */
  readonly hash: string;
}

/** `held`: an answer is not known yet, and nothing of the unfinished step was used. Run the search again when it is. */
export type SearchEnd = SearchResult | { readonly held: Held };
