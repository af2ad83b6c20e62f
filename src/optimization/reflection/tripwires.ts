import { isMissing, type RunRecord } from "../../evaluation/run-record.ts";
import { findRefusal } from "../../judges/builtin/no-refusal.ts";
import type { Example } from "../../model/example.ts";
import type { Message } from "../../model/message.ts";
import { saidText } from "../../reading/message-text.ts";
import { mean } from "../../statistics/mean.ts";
import { holm } from "../../statistics/multiplicity.ts";
import { randomStream } from "../../statistics/random.ts";
import { type ClusterSum, signFlipTest } from "../../statistics/sign-flip.ts";
import { numberText } from "./number-text.ts";

/** One run as the tripwires look at it. */
export interface TripwireRun {
  readonly exampleId: string;
  /** Examples that are not independent share it: a session, a group. */
  readonly group: string;
  /** 0 to 1; null: missing data. */
  readonly score: number | null;
  /** Whether the answer begins with a refusal; null: there is no answer. */
  readonly refused: boolean | null;
  /** Characters of the answer; null: there is none. */
  readonly length: number | null;
  /** Whether the agent did its task to the end: it answered every turn, refused none, and no limit cut it off. */
  readonly completed: boolean;
  /** Excluded: nothing can be said of the agent. */
  readonly missing: boolean;
}

type Played = Pick<Example, "turns">;

const textOf = ({ parts }: Message): string =>
  parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");

/** What the agent said in the turns that were played, without the history that it was given. */
function answersOf({ turns }: Played, { run }: RunRecord): string[] {
  const asked = run.messages.flatMap(({ role }, i) => (role === "user" ? [i] : []));
  const said = turns.length === 0 ? [] : run.messages.slice(asked.at(-1 - turns.length) ?? 0);
  return [...said.filter(({ role }) => role === "assistant").map(textOf), saidText(run.output)];
}

/** A turn that fails or stays without an answer ends the run with that status; what else is no end is looked for here. */
const isCompleted = (example: Played, record: RunRecord): boolean =>
  record.run.status === "ok" &&
  record.evidence.cutOff !== true &&
  answersOf(example, record).every((text) => findRefusal(text) === null);

/** What the tripwires see in a run. Refusals are known by English set phrases at the beginning of an answer. */
export function tripwireRun(
  example: Pick<Example, "id" | "group"> & Played,
  record: RunRecord,
  score: number | null,
): TripwireRun {
  const { run } = record;
  const text = run.status === "ok" ? saidText(run.output) : null;
  return {
    exampleId: example.id,
    group: example.group,
    score,
    refused: text === null ? null : findRefusal(text) !== null,
    length: text === null ? null : text.length,
    completed: isCompleted(example, record),
    missing: isMissing(run) || score === null,
  };
}

export type TripwireName = "refusals" | "answer_length" | "exclusions" | "score_without_completion";

/**
 * - `tripped`: the change is there and large enough to matter
 * - `quiet`: it is not shown
 * - `untested`: no example can be compared
 */
export interface Tripwire {
  readonly name: TripwireName;
  readonly state: "tripped" | "quiet" | "untested";
  /** Means over examples; of lengths the geometric mean. Null when untested. */
  readonly seed: number | null;
  readonly candidate: number | null;
  readonly examples: number;
  /** Holm-adjusted over the tripwires that were tested; null when untested. */
  readonly pValue: number | null;
  /** What was found and what to do, in words of ours. */
  readonly says: string;
}

const ALPHA = 0.05;
/** Changes smaller than these are no alarm, however certain. */
const LEAST_SHARE = 0.05;
const LEAST_EXCLUSIONS = 0.02;
const LEAST_RATIO = 1.5;

interface Pair {
  readonly group: string;
  readonly seed: number;
  readonly candidate: number;
}

type Measure = (run: TripwireRun) => number | null;

/** Means over repeats, of the examples that both arms have a value for, in the order of their ids. */
function pairsOf(
  seed: readonly TripwireRun[],
  candidate: readonly TripwireRun[],
  measure: Measure,
): readonly Pair[] {
  const valuesOf = (runs: readonly TripwireRun[]) =>
    new Map(
      [...Map.groupBy(runs, ({ exampleId }) => exampleId)].map(([id, of]) => [
        id,
        of.map(measure).filter((value) => value !== null),
      ]),
    );
  const [before, after] = [valuesOf(seed), valuesOf(candidate)];
  const groups = new Map(seed.map(({ exampleId, group }) => [exampleId, group]));
  return [...before.keys()].sort().flatMap((id) => {
    const [a, b] = [before.get(id) ?? [], after.get(id) ?? []];
    return a.length === 0 || b.length === 0
      ? []
      : [{ group: groups.get(id) ?? id, seed: mean(a), candidate: mean(b) }];
  });
}

interface Shift {
  readonly seed: number;
  readonly candidate: number;
  readonly change: number;
  readonly pValue: number;
  readonly examples: number;
}

/** The change from seed to candidate and the two-sided p value of a sign-flip test over groups; null without pairs. */
function shiftOf(pairs: readonly Pair[], name: string): Shift | null {
  if (pairs.length === 0) return null;
  const clusters = [...Map.groupBy(pairs, ({ group }) => group).values()].map(
    (of): ClusterSum => ({
      sum: of.reduce((sum, pair) => sum + pair.candidate - pair.seed, 0),
      size: of.length,
    }),
  );
  const test = signFlipTest(clusters, randomStream("tripwires", name));
  return {
    seed: mean(pairs.map((pair) => pair.seed)),
    candidate: mean(pairs.map((pair) => pair.candidate)),
    change: test.estimate,
    pValue: test.pValue(0),
    examples: pairs.length,
  };
}

interface Wire {
  readonly name: TripwireName;
  readonly measure: Measure;
  /** Whether a change matters, if it is real. */
  matters(shift: Shift, runs: Arms): boolean;
  says(shift: Shift): string;
  /** From the scale of the test to the one that is told. */
  readonly told?: (value: number) => number;
}

/** The runs of the seed and of the candidate on the same examples. */
export interface Arms {
  readonly seed: readonly TripwireRun[];
  readonly candidate: readonly TripwireRun[];
}

const share = (value: number): string => `${numberText(value * 100)} %`;
const fromTo = ({ seed, candidate }: Shift): string => `from ${share(seed)} to ${share(candidate)}`;
const yes = (value: boolean | null): number | null => (value === null ? null : value ? 1 : 0);

function scoreRises({ seed, candidate }: Arms): boolean {
  const shift = shiftOf(
    pairsOf(seed, candidate, ({ score }) => score),
    "score",
  );
  return shift !== null && shift.change > 0;
}

const WIRES: readonly Wire[] = [
  {
    name: "refusals",
    measure: ({ refused }) => yes(refused),
    matters: ({ change }) => Math.abs(change) >= LEAST_SHARE,
    says: (shift) =>
      `Answers that refuse to help went ${fromTo(shift)}. Read some of them before the candidate is used: ${shift.change > 0 ? "a refusal can score well where answering is risky" : "it may now answer what it must refuse"}.`,
  },
  {
    name: "answer_length",
    measure: ({ length }) => (length === null ? null : Math.log(length + 1)),
    matters: ({ change }) => Math.abs(change) >= Math.log(LEAST_RATIO),
    told: (value) => Math.exp(value) - 1,
    says: ({ change }) =>
      `Answers have ${numberText(Math.exp(change))} times the characters they had. ${change > 0 ? "Judges often prefer long answers: see whether the content got better, and what it costs" : "See whether anything that was asked for is left out"}.`,
  },
  {
    name: "exclusions",
    measure: ({ missing }) => yes(missing),
    matters: ({ change }) => change >= LEAST_EXCLUSIONS,
    says: (shift) =>
      `Cases without a score went ${fromTo(shift)}. The score is of the others only: find out why these are missing before believing it.`,
  },
  {
    name: "score_without_completion",
    measure: ({ completed, missing }) => (missing ? null : yes(completed)),
    matters: ({ change }, arms) => change < 0 && scoreRises(arms),
    says: (shift) =>
      `The score rises while runs that came to their end (answered, not refused, not cut off at a limit) went ${fromTo(shift)}. The candidate may please the judge instead of doing the task: read cases that it no longer completes.`,
  },
];

const QUIET: Readonly<Record<TripwireName, string>> = {
  refusals: "No change of refusals is shown.",
  answer_length: "No change of the answers' length is shown.",
  exclusions: "No more cases than before are without a score.",
  score_without_completion: "No fall of completed work is shown that a better score hides.",
};

/**
 * Signs that a better score is not better work: refusals, the answers' length (by half or more) and exclusions that
 * drift, completion that falls while the score rises. Each is tested on the examples that both arms have, by a sign-flip
 * test over groups (for yes or no of ungrouped examples the same as McNemar's exact test), Holm-adjusted at 5 %; and
 * each has a least change below which nothing is said. With fewer than six examples that differ nothing can be shown.
 */
export function tripwires(arms: Arms): readonly Tripwire[] {
  const shifts = WIRES.map(({ name, measure }) => shiftOf(pairsOf(arms.seed, arms.candidate, measure), name));
  const tested = shifts.filter((shift) => shift !== null);
  const adjusted = holm(tested.map(({ pValue }) => pValue));
  return WIRES.map((wire, i): Tripwire => {
    const shift = shifts[i] ?? null;
    const { name, told = (value: number) => value } = wire;
    if (shift === null)
      return {
        name,
        state: "untested",
        seed: null,
        candidate: null,
        examples: 0,
        pValue: null,
        says: "No example can be compared.",
      };
    const pValue = adjusted[tested.indexOf(shift)] ?? 1;
    const tripped = pValue <= ALPHA && wire.matters(shift, arms);
    return {
      name,
      state: tripped ? "tripped" : "quiet",
      seed: told(shift.seed),
      candidate: told(shift.candidate),
      examples: shift.examples,
      pValue,
      says: tripped ? wire.says(shift) : QUIET[name],
    };
  });
}
