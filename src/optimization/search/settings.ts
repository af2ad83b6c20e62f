import { invalidInput } from "../../errors.ts";
import { randomStream, shuffle } from "../../statistics/random.ts";
import type { SearchOptions } from "./contract.ts";

const COUNTS = {
  minibatch: { least: 1, otherwise: 3 },
  proposalsPerStep: { least: 1, otherwise: 1 },
  repeats: { least: 1, otherwise: 1 },
  patience: { least: 1, otherwise: 30 },
  maxConsecutiveFailures: { least: 1, otherwise: 5 },
  maxMerges: { least: 0, otherwise: 5 },
  noiseProbe: { least: 0, otherwise: 12 },
  maxRollouts: { least: 0, otherwise: Number.POSITIVE_INFINITY },
  maxProposals: { least: 0, otherwise: Number.POSITIVE_INFINITY },
} as const;

/** Options with their defaults; `validation` in the order in which blocks of it are raced. */
export type Settings = Required<SearchOptions>;

function countOf(options: SearchOptions, name: keyof typeof COUNTS): number {
  const { least, otherwise } = COUNTS[name];
  const value = options[name] ?? otherwise;
  if (!(value >= least) || (Number.isFinite(value) && !Number.isInteger(value)))
    throw invalidInput(`${name} is ${value}`, `Give a whole number from ${least}.`);
  return value;
}

function checkIds(what: string, ids: readonly string[]): void {
  if (ids.length === 0) throw invalidInput(`${what} has no examples`, "Give at least one.");
  if (new Set(ids).size < ids.length) throw invalidInput(`${what} names an example twice`, "Name each once.");
}

function firstBlockOf({ firstBlock, validation, racing = true }: SearchOptions): number {
  if (!racing) return validation.length;
  const wanted = firstBlock ?? Math.max(8, Math.ceil(validation.length / 4));
  if (!Number.isInteger(wanted) || wanted < 1)
    throw invalidInput(`firstBlock is ${wanted}`, "Give a whole number from 1.");
  return Math.min(validation.length, wanted);
}

/** Throws `invalid_input` for empty or repeated examples, counts out of range, and a frontier without objectives. */
export function settingsOf(options: SearchOptions): Settings {
  checkIds("train", options.train);
  checkIds("validation", options.validation);
  const { frontier = "example", objectives = [] } = options;
  if (frontier !== "example" && objectives.length === 0)
    throw invalidInput(
      `a frontier by ${frontier} needs objectives`,
      "Name some, or use the frontier by example.",
    );
  const count = (name: keyof typeof COUNTS) => countOf(options, name);
  return {
    seed: options.seed,
    train: options.train,
    validation: shuffle(options.validation, randomStream(options.seed, "blocks of the validation")),
    minibatch: Math.min(options.train.length, count("minibatch")),
    proposalsPerStep: count("proposalsPerStep"),
    frontier,
    objectives,
    componentChoice: options.componentChoice ?? "round_robin",
    repeats: count("repeats"),
    merge: options.merge ?? true,
    maxMerges: count("maxMerges"),
    racing: options.racing ?? true,
    firstBlock: firstBlockOf(options),
    maxRollouts: count("maxRollouts"),
    maxProposals: count("maxProposals"),
    patience: count("patience"),
    maxConsecutiveFailures: count("maxConsecutiveFailures"),
    targetScore: options.targetScore ?? Number.POSITIVE_INFINITY,
    draw: options.draw ?? "failing_first",
    noiseProbe: Math.min(options.validation.length, count("noiseProbe")),
  };
}
