import { trustOf } from "../calibration/judge-trust.ts";
import type { Context } from "../context.ts";
import type { Comparison, JudgeComparison } from "../model/comparison.ts";
import type { Evaluation } from "../model/evaluation.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import { decide } from "../statistics/decide.ts";
import type { Correction } from "../statistics/decide-options.ts";
import type { Decision } from "../statistics/decision.ts";
import { holm } from "../statistics/multiplicity.ts";
import { failedPairs, flipsOf, type Pair, pairsOf, readArm, scoreRows, signOf } from "./arms.ts";
import { assertComparable } from "./comparable.ts";
import { compareMeasures } from "./compare-measures.ts";
import { comparisonSentence, failedRunsWarning, missingWarning, settlesWords } from "./comparison-words.ts";
import { intervalOf } from "./decision-interval.ts";
import { orderBiasWarning, type Pairing, pairTally, preferenceRows, readPairings } from "./pairings.ts";
import { keepsApart, slicesOf } from "./summarize.ts";
import { mean } from "./values.ts";

export interface CompareOptions {
  /** The judge that decides; default the candidate's primary one. */
  readonly primary?: string | undefined;
  /** Two-sided level of all attempts together; default 0.05. */
  readonly alpha?: number | undefined;
  /** Differences smaller than this do not matter; without it nothing is called equivalent. */
  readonly margin?: number | undefined;
  /** How many candidates have been compared with this baseline on this dataset, this one included; 1 by default. */
  readonly attempt?: number | undefined;
  /** How often these sealed examples have been looked at, this time included: counts instead of the attempt. */
  readonly look?: number | undefined;
  /** Whether the primary judge wrote the candidate too; unknown, an assistant that judges is taken to have. */
  readonly selfJudged?: boolean | undefined;
}

const correctionOf = ({ attempt = 1, look }: CompareOptions): Correction =>
  look === undefined ? { kind: "attempts", attempt } : { kind: "looks", look };

const MAX_SLICES = 20;
const LEAST_OF_SLICE = 5;

const turned = (value: number | null, sign: 1 | -1): number | null => (value === null ? null : value * sign);

function boundsOf({ bounds }: Decision, sign: 1 | -1): JudgeComparison["bounds"] {
  if (bounds === null) return null;
  const [worst, best] = [bounds.worst.difference * sign, bounds.best.difference * sign];
  return { low: Math.min(worst, best), high: Math.max(worst, best) };
}

interface Compared {
  readonly decision: Decision;
  readonly pairs: readonly Pair[];
  readonly comparison: JudgeComparison;
}

interface Deciding extends CompareOptions {
  readonly isPrimary: boolean;
  readonly seed: string;
}

const decideOptions = (options: Deciding) => ({
  seed: options.seed,
  alpha: options.alpha ?? 0.05,
  margin: options.margin ?? null,
  correction: options.isPrimary ? correctionOf(options) : ({ kind: "none" } as const),
});

function compareJudge(judge: ResolvedJudge, pairs: readonly Pair[], options: Deciding): Compared {
  const sign = signOf(judge);
  const bounds: readonly [number, number] | null = judge.bounded ? (sign === 1 ? [0, 1] : [-1, 0]) : null;
  const decision = decide(scoreRows(pairs, sign), { ...decideOptions(options), bounds });
  return { decision, pairs, comparison: comparisonOf(judge, pairs, decision, options.isPrimary) };
}

/** A judge that compared the two answer by answer; its shares of wins stand where others have means. */
function comparePairing(pairing: Pairing, options: Deciding): Compared {
  const { judge, pairs } = pairing;
  const decision = decide(preferenceRows(pairs), { ...decideOptions(options), bounds: [0, 1] });
  const tally = pairTally(pairing, decision);
  const { winRate } = tally;
  const comparison = {
    ...comparisonOf(judge, pairs, decision, options.isPrimary),
    baseline: winRate === null ? null : 1 - winRate,
    candidate: winRate,
    pairs: tally,
  };
  return { decision, pairs, comparison };
}

function comparisonOf(
  judge: ResolvedJudge,
  pairs: readonly Pair[],
  decision: Decision,
  isPrimary: boolean,
): JudgeComparison {
  const sign = signOf(judge);
  const { findings } = decision;
  const failedRuns = failedPairs(pairs);
  return {
    judge: judge.name,
    primary: isPrimary,
    goal: judge.goal,
    bounded: judge.bounded,
    // What a failed run would have measured has no bound, so no filling in can show what the verdict would be.
    verdict: failedRuns > 0 ? "inconclusive" : decision.verdict,
    method: findings?.method ?? "none",
    n: decision.pairs,
    clusters: decision.clusters,
    baseline: turned(findings?.baselineMean ?? null, sign),
    candidate: turned(findings?.candidateMean ?? null, sign),
    difference: turned(findings?.difference ?? null, sign),
    interval: intervalOf(decision, sign),
    p: findings?.pValue ?? null,
    adjustedP: findings?.pValue ?? null,
    alpha: decision.alphaUsed,
    ...flipsOf(pairs),
    missing: decision.missing.pairs,
    failedRuns,
    bounds: failedRuns > 0 ? null : boundsOf(decision, sign),
    changesAtBound: failedRuns > 0 || decision.changesAtBound,
    settles: settlesWords(decision),
    pairs: null,
  };
}

/** Judges that are not primary are looked at together: their p values are adjusted (Holm), and verdicts follow those. */
function adjustOthers(compared: readonly JudgeComparison[]): JudgeComparison[] {
  const others = compared.filter(({ primary, p }) => !primary && p !== null);
  const adjusted = holm(others.map(({ p }) => p ?? 1));
  const byName = new Map(others.map(({ judge }, i) => [judge, adjusted[i] ?? 1]));
  return compared.map((comparison) => {
    const adjustedP = byName.get(comparison.judge);
    if (adjustedP === undefined) return comparison;
    const holds = adjustedP <= comparison.alpha || comparison.verdict === "equivalent";
    return { ...comparison, adjustedP, verdict: holds ? comparison.verdict : "inconclusive" };
  });
}

function compareSlices(judge: string, pairs: readonly Pair[]): Comparison["slices"] {
  const groups = new Map<string, Pair[]>();
  for (const pair of pairs) {
    const side = pair.candidate ?? pair.baseline;
    for (const slice of side ? slicesOf(side) : []) groups.set(slice, [...(groups.get(slice) ?? []), pair]);
  }
  const isApart = (slice: string): boolean => keepsApart(slice, groups);
  return [...groups]
    .filter(
      ([slice, group]) => isApart(slice) || (group.length >= LEAST_OF_SLICE && group.length < pairs.length),
    )
    .flatMap(([slice, group]) => {
      const differences = group.flatMap(({ baseline, candidate }) => {
        const [before, after] = [mean(baseline?.values ?? []), mean(candidate?.values ?? [])];
        return before === null || after === null ? [] : [after - before];
      });
      const difference = mean(differences);
      const { gained, lost } = flipsOf(group);
      return difference === null ? [] : [{ slice, judge, n: differences.length, difference, gained, lost }];
    })
    .sort(
      (a, b) =>
        Number(isApart(b.slice)) - Number(isApart(a.slice)) ||
        Math.abs(b.difference) - Math.abs(a.difference) ||
        (a.slice < b.slice ? -1 : 1),
    )
    .slice(0, MAX_SLICES);
}

/**
 * Compares a candidate's evaluation with a baseline's, example by example. One primary judge decides; attempt k
 * at the same baseline spends alpha / (k (k + 1)). Holm's correction is over the others.
 * @throws AppError `refused` when the two are not comparable.
 */
export async function compareEvaluations(
  context: Pick<Context, "store" | "project">,
  baseline: Evaluation,
  candidate: Evaluation,
  options: CompareOptions,
): Promise<Comparison> {
  const pairings = await readPairings(context, baseline, candidate);
  const { judges, primary, warnings } = assertComparable(
    baseline,
    candidate,
    options.primary,
    pairings.map(({ judge }) => judge),
  );
  const [before, after] = await Promise.all([
    readArm(context, baseline, judges),
    readArm(context, candidate, judges),
  ]);
  const { seed } = candidate.setup;
  const deciding = (judge: ResolvedJudge) => ({ ...options, seed, isPrimary: judge === primary });
  const pairsOfJudge = ({ name }: ResolvedJudge) =>
    pairsOf(before.byJudge.get(name) ?? new Map(), after.byJudge.get(name) ?? new Map());
  const compared = [
    ...judges.map((judge) => compareJudge(judge, pairsOfJudge(judge), deciding(judge))),
    ...pairings.map((pairing) => comparePairing(pairing, deciding(pairing.judge))),
  ];
  const comparisons = adjustOthers(compared.map(({ comparison }) => comparison));
  const decided = compared.find(({ comparison }) => comparison.primary);
  if (!decided) throw new Error("the primary judge is among the compared");
  const measures = compareMeasures(before, after, seed);
  const trust = await trustOf(
    context.store.records.versions,
    context.project.id,
    [...judges, ...pairings.map(({ judge }) => judge)],
    Date.now() * 1_000,
  );
  const known = trust.get(primary.name);
  const { selfJudged = primary.kind === "assistant" } = options;
  return {
    baseline: baseline.id,
    candidate: candidate.id,
    dataset: { name: candidate.setup.dataset.name, version: candidate.setup.dataset.version },
    verdict: decided.comparison.verdict,
    sentence: comparisonSentence(decided.comparison, options),
    judges: comparisons.map((one) => ({ ...one, calibration: trust.get(one.judge)?.words })),
    measures,
    slices: compareSlices(primary.name, decided.pairs),
    attempts: options.look ?? options.attempt ?? 1,
    selfJudged,
    warnings: [
      ...warnings,
      ...decided.decision.warnings,
      ...comparisons.flatMap(failedRunsWarning),
      ...missingWarning(decided.comparison),
      ...(measures.length === 0 && before.failed.size + after.failed.size > 0
        ? ["cost and speed are not compared: no example ran on both sides without failing"]
        : []),
      ...(pairings.length > 0 && candidate.setup.splits.includes("holdout")
        ? ["holdout examples are not among the pairs: they are shown to no judge of pairs"]
        : []),
      ...comparisons.flatMap(({ judge, pairs }) => (pairs ? orderBiasWarning(judge, pairs) : [])),
      ...(selfJudged
        ? [
            "not verified: the verdicts are the attached assistant's own; let code, people or a separate model decide",
          ]
        : []),
      ...(known && !known.trusted && primary.kind === "llm"
        ? [`judge ${primary.name} against people: ${known.words}`]
        : []),
    ],
  };
}
