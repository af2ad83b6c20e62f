import { invalidInput } from "../../errors.ts";
import type { Example } from "../../model/example.ts";
import type { Budget } from "../../model/ledger.ts";
import type { OptimizationSetup, Proposer, SearchChoice, SearchSettings } from "../../model/optimization.ts";
import type { SearchOptions } from "../search/contract.ts";

/** The search's options from what a campaign has fixed. */
export function searchOptionsOf(setup: OptimizationSetup, examples: readonly Example[]): SearchOptions {
  const { search } = setup;
  const idsOf = (split: Example["split"]) =>
    examples.filter((example) => example.split === split).map(({ id }) => id);
  const train = idsOf("train");
  return {
    seed: setup.seed,
    train,
    validation: setup.trainIsValidation ? train : idsOf("validation"),
    minibatch: search.minibatch,
    proposalsPerStep: search.proposalsPerStep,
    frontier: search.frontier,
    objectives: setup.objectives,
    componentChoice: search.componentChoice,
    repeats: search.repeats,
    merge: search.merge,
    racing: search.racing,
    patience: search.patience,
    ...(search.maxRollouts === null ? {} : { maxRollouts: search.maxRollouts }),
    ...(search.maxProposals === null ? {} : { maxProposals: search.maxProposals }),
    ...(search.targetScore === null ? {} : { targetScore: search.targetScore }),
  };
}

export interface SearchLimits {
  readonly proposer: Proposer;
  readonly maxProposals?: number | undefined;
  readonly maxRollouts?: number | undefined;
  readonly repeats: number;
  readonly objectives: readonly string[];
  readonly search?: SearchChoice | undefined;
}

const DEFAULT_PROPOSALS = 30;
const PATIENCE = 30;
const MINIBATCH = 3;

/**
 * A campaign's settings from what its author limits; something always limits it.
 * @throws AppError `invalid_input` for a frontier of objectives where none is named.
 */
export function searchSettings(limits: SearchLimits, budget: Budget | undefined): SearchSettings {
  const { proposer, maxProposals, maxRollouts, repeats, objectives, search = {} } = limits;
  const { frontier = objectives.length > 0 ? "both" : "example" } = search;
  if (frontier !== "example" && objectives.length === 0)
    throw invalidInput(
      `A frontier by ${frontier} needs objectives`,
      "Name objectives (judges, cost, latency, length), or leave the frontier at example.",
    );
  const isLimited = maxRollouts !== undefined || budget !== undefined;
  const isAssistant = proposer === "assistant";
  return {
    minibatch: search.minibatch ?? MINIBATCH,
    // An assistant is asked one thing at a time, and may change whatever it finds to be wrong.
    proposalsPerStep: isAssistant ? 1 : 2,
    componentChoice: isAssistant ? "all" : "round_robin",
    frontier,
    repeats,
    merge: true,
    racing: true,
    maxRollouts: maxRollouts ?? null,
    maxProposals: maxProposals ?? (isLimited ? null : DEFAULT_PROPOSALS),
    patience: search.patience ?? PATIENCE,
    targetScore: search.targetScore ?? null,
  };
}
