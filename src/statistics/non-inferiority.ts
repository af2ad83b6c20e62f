import { limitsOf } from "./decide.ts";
import { type DecideOptions, type Settings, settingsOf } from "./decide-options.ts";
import type { Limits } from "./decision.ts";
import { holm } from "./multiplicity.ts";
import { testOf } from "./outcome.ts";
import type { TestMethod } from "./paired-test.ts";
import { type Fill, missingScores, type PairedScores, pairScores, type ScorePair } from "./score-pairs.ts";

/**
 * `not_inferior`: shown to be worse by less than the margin, if at all. `inferior`: shown to be worse by more.
 * `not_shown`: neither.
 */
export type NonInferiorityVerdict = "not_inferior" | "inferior" | "not_shown";

export interface NonInferiorityFinding {
  readonly verdict: NonInferiorityVerdict;
  readonly method: TestMethod;
  readonly intervalMethod: string;
  readonly pairs: number;
  readonly clusters: number;
  readonly baselineMean: number;
  readonly candidateMean: number;
  readonly difference: number;
  /** At the level at which this candidate was tested: above -margin exactly when it is not inferior on the scored. */
  readonly interval: Limits;
  /** Two-sided, of "worse by exactly the margin"; adjusted over the candidates (Holm). */
  readonly pValue: number;
  readonly adjustedP: number;
  /** Two-sided level of all candidates together at this look. */
  readonly alpha: number;
  readonly missing: { readonly baseline: number; readonly candidate: number };
  /** Missing scores, filled for the worst, would change the verdict: it is then `not_shown`. */
  readonly changesAtBound: boolean;
}

export type NonInferiorityOptions = DecideOptions & { readonly margin: number };

interface Tested {
  readonly rows: readonly ScorePair[];
  readonly scores: PairedScores;
  readonly test: ReturnType<typeof testOf>;
  readonly pValue: number;
}

const atMargin = (scores: PairedScores, settings: Settings, margin: number) => {
  const test = testOf(scores, settings);
  return { test, pValue: test.shifts.pValue(-margin) };
};

/** The two-sided level at which each is tested: alpha over those left, up to the first that fails and for all after it. */
function levelsOf(pValues: readonly number[], alpha: number): number[] {
  const levels = new Array<number>(pValues.length).fill(alpha);
  let stopped: number | undefined;
  const ranked = pValues.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p || a.index - b.index);
  for (const [rank, { p, index }] of ranked.entries()) {
    const level = stopped ?? alpha / (pValues.length - rank);
    levels[index] = level;
    if (p > level) stopped = level;
  }
  return levels;
}

const verdictAt = (pValue: number, estimate: number, margin: number, level: number): NonInferiorityVerdict =>
  pValue > level ? "not_shown" : estimate > -margin ? "not_inferior" : "inferior";

/** Whether the verdict still holds with every missing score filled against it. */
function holdsAtBound(
  { rows }: Tested,
  verdict: NonInferiorityVerdict,
  level: number,
  settings: Settings,
  margin: number,
): boolean {
  if (verdict === "not_shown" || rows.every((row) => row.baseline !== null && row.candidate !== null))
    return true;
  if (!settings.bounds) return false;
  const [low, high] = settings.bounds;
  const fill: Fill =
    verdict === "not_inferior" ? { baseline: high, candidate: low } : { baseline: low, candidate: high };
  const filled = atMargin(pairScores(rows, fill), settings, margin);
  return verdictAt(filled.pValue, filled.test.shifts.estimate, margin, level) === verdict;
}

/**
 * Whether each of several candidates is not inferior to one baseline on the same examples, at a stated margin (> 0, in
 * units of the score). Each is tested against "worse by exactly the margin" (the decision engine's test, shifted); over
 * the candidates by Holm's step-down method, so that the chance of any false claim, in either direction, stays at alpha
 * of this look. Null for a candidate without an example that both have a score of. Throws as `decide` does.
 */
export function nonInferiorities(
  candidates: readonly (readonly ScorePair[])[],
  options: NonInferiorityOptions,
): (NonInferiorityFinding | null)[] {
  const settings = settingsOf(options);
  const { margin } = options;
  const tested = candidates.map((rows): Tested | null => {
    const scores = pairScores(rows, { baseline: null, candidate: null });
    return scores.pairs === 0 ? null : { rows, scores, ...atMargin(scores, settings, margin) };
  });
  // Those that could not be tested were meant to be: they count.
  const pValues = tested.map((one) => one?.pValue ?? 1);
  const levels = levelsOf(pValues, settings.alphaUsed);
  const adjusted = holm(pValues);
  return tested.map((one, i) => {
    const level = levels[i] ?? settings.alphaUsed;
    return one && findingOf(one, { level, adjustedP: adjusted[i] ?? 1, settings, margin });
  });
}

function findingOf(
  one: Tested,
  how: {
    readonly level: number;
    readonly adjustedP: number;
    readonly settings: Settings;
    readonly margin: number;
  },
): NonInferiorityFinding {
  const { level, adjustedP, settings, margin } = how;
  const { scores, test, pValue } = one;
  const verdict = verdictAt(pValue, test.shifts.estimate, margin, level);
  const holds = holdsAtBound(one, verdict, level, settings, margin);
  return {
    verdict: holds ? verdict : "not_shown",
    method: test.method,
    intervalMethod: test.intervalMethod,
    pairs: scores.pairs,
    clusters: scores.clusters.length,
    baselineMean: scores.baselineMean,
    candidateMean: scores.candidateMean,
    difference: test.shifts.estimate,
    interval: limitsOf(test.shifts.interval(level), settings),
    pValue,
    adjustedP,
    alpha: settings.alphaUsed,
    missing: missingScores(one.rows),
    changesAtBound: !holds,
  };
}
