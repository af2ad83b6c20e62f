import { trustOf } from "../calibration/judge-trust.ts";
import type { Context } from "../context.ts";
import type { Comparison, JudgeComparison, MeasureComparison } from "../model/comparison.ts";
import type { Evaluation, ResultRow } from "../model/evaluation.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import { decide } from "../statistics/decide.ts";
import type { Decision } from "../statistics/decision.ts";
import { holm } from "../statistics/multiplicity.ts";
import type { ScorePair } from "../statistics/score-pairs.ts";
import { assertComparable } from "./comparable.ts";
import { comparisonSentence, settlesWords } from "./comparison-words.ts";
import { rowsOf } from "./find.ts";
import { slicesOf } from "./summarize.ts";
import { type ExampleValue, mean, takeRow } from "./values.ts";

export interface CompareOptions {
  /** The judge that decides; default the candidate's primary one. */
  readonly primary?: string | undefined;
  /** Two-sided level of all attempts together; default 0.05. */
  readonly alpha?: number | undefined;
  /** Differences smaller than this do not matter; without it nothing is called equivalent. */
  readonly margin?: number | undefined;
  /** How many candidates have been compared with this baseline on this dataset, this one included. */
  readonly attempt: number;
}

interface Arm {
  readonly byJudge: ReadonlyMap<string, Map<string, ExampleValue>>;
  readonly measures: ReadonlyMap<string, Map<string, number[]>>;
}

const MEASURES = ["durationMs", "costUsd", "inputTokens", "outputTokens", "steps"] as const;
const MAX_IDS = 30;
const MAX_SLICES = 20;
const LEAST_OF_SLICE = 5;

async function readArm(
  context: Pick<Context, "store" | "project">,
  { id }: Evaluation,
  judges: readonly ResolvedJudge[],
): Promise<Arm> {
  const byJudge = new Map(judges.map(({ name }) => [name, new Map<string, ExampleValue>()]));
  const measures = new Map(MEASURES.map((name) => [name, new Map<string, number[]>()]));
  const takeMeasures = ({ exampleId, run }: ResultRow): void => {
    for (const name of MEASURES) {
      const value = run.status === "ok" ? run[name] : null;
      const of = measures.get(name);
      if (value !== null) of?.set(exampleId, [...(of.get(exampleId) ?? []), value]);
    }
  };
  for await (const row of rowsOf(context, id, true)) {
    for (const [name, examples] of byJudge) takeRow(examples, row, name);
    takeMeasures(row);
  }
  return { byJudge, measures };
}

interface Pair {
  readonly id: string;
  readonly baseline: ExampleValue | undefined;
  readonly candidate: ExampleValue | undefined;
}

/** Examples of either side; those for which the question does not arise on one of them are left out. */
function pairsOf(judge: string, baseline: Arm, candidate: Arm): Pair[] {
  const [a, b] = [baseline.byJudge.get(judge), candidate.byJudge.get(judge)];
  const ids = [...new Set([...(a?.keys() ?? []), ...(b?.keys() ?? [])])].sort();
  const arises = (value: ExampleValue | undefined) =>
    !value || value.values.length > 0 || value.missing > 0 || value.notApplicable === 0;
  return ids
    .map((id) => ({ id, baseline: a?.get(id), candidate: b?.get(id) }))
    .filter((pair) => arises(pair.baseline) && arises(pair.candidate));
}

/** A lower-is-better measure is turned, so that larger is better for the test. */
const signOf = ({ goal }: ResolvedJudge): 1 | -1 => (goal === "higher" ? 1 : -1);

const scoreRows = (pairs: readonly Pair[], sign: 1 | -1): ScorePair[] =>
  pairs.map(({ id, baseline, candidate }) => {
    const value = (side: ExampleValue | undefined) => {
      const own = side ? mean(side.values) : null;
      // A mean over some of the repeats would hide that the others are missing.
      return own === null || (side?.missing ?? 0) > 0 ? null : own * sign;
    };
    return {
      exampleId: id,
      cluster: (baseline ?? candidate)?.group ?? null,
      baseline: value(baseline),
      candidate: value(candidate),
    };
  });

/** Passing: more than half of the repeats. */
function passes(value: ExampleValue | undefined): boolean | null {
  const known = value?.passes.filter((pass) => pass !== null) ?? [];
  return known.length === 0 ? null : known.filter(Boolean).length * 2 > known.length;
}

function flipsOf(pairs: readonly Pair[]) {
  const flips = pairs.map((pair) => ({ pair, before: passes(pair.baseline), after: passes(pair.candidate) }));
  const gained = flips.filter(({ before, after }) => before === false && after === true);
  const lost = flips.filter(({ before, after }) => before === true && after === false);
  const open = (found: typeof flips) =>
    found
      .filter(({ pair }) => (pair.baseline ?? pair.candidate)?.split !== "holdout")
      .map(({ pair }) => pair.id)
      .slice(0, MAX_IDS);
  return { gained: gained.length, lost: lost.length, gainedIds: open(gained), lostIds: open(lost) };
}

const turned = (value: number | null, sign: 1 | -1): number | null => (value === null ? null : value * sign);

function intervalOf({ findings }: Decision, sign: 1 | -1): JudgeComparison["interval"] {
  if (findings === null || findings.interval.low === null || findings.interval.high === null) return null;
  const { interval, intervalMethod } = findings;
  const limits = { low: findings.interval.low, high: findings.interval.high };
  const [low, high] = sign === 1 ? [limits.low, limits.high] : [-limits.high, -limits.low];
  return { low, high, level: interval.level, method: intervalMethod };
}

function boundsOf({ bounds }: Decision, sign: 1 | -1): JudgeComparison["bounds"] {
  if (bounds === null) return null;
  const [worst, best] = [bounds.worst.difference * sign, bounds.best.difference * sign];
  return { low: Math.min(worst, best), high: Math.max(worst, best) };
}

interface Compared {
  readonly decision: Decision;
  readonly comparison: JudgeComparison;
}

function compareJudge(
  judge: ResolvedJudge,
  isPrimary: boolean,
  pairs: readonly Pair[],
  options: CompareOptions & { readonly seed: string },
): Compared {
  const sign = signOf(judge);
  const decision = decide(scoreRows(pairs, sign), {
    seed: options.seed,
    alpha: options.alpha ?? 0.05,
    margin: options.margin ?? null,
    correction: isPrimary ? { kind: "attempts", attempt: options.attempt } : { kind: "none" },
    bounds: judge.bounded ? (sign === 1 ? [0, 1] : [-1, 0]) : null,
  });
  const { findings } = decision;
  return {
    decision,
    comparison: {
      judge: judge.name,
      primary: isPrimary,
      goal: judge.goal,
      verdict: decision.verdict,
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
      bounds: boundsOf(decision, sign),
      changesAtBound: decision.changesAtBound,
      settles: settlesWords(decision),
    },
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

function compareMeasures(baseline: Arm, candidate: Arm, seed: string): MeasureComparison[] {
  return MEASURES.flatMap((measure): MeasureComparison[] => {
    const [a, b] = [baseline.measures.get(measure), candidate.measures.get(measure)];
    const rows = [...(a?.keys() ?? [])].flatMap((id): ScorePair[] => {
      const [before, after] = [mean(a?.get(id) ?? []), mean(b?.get(id) ?? [])];
      return before === null || after === null
        ? []
        : [{ exampleId: id, cluster: null, baseline: before, candidate: after }];
    });
    const decision = decide(rows, { seed });
    const { findings, pairs } = decision;
    if (findings === null) return [];
    const { difference, baselineMean, candidateMean } = findings;
    return [
      {
        measure,
        n: pairs,
        baseline: baselineMean,
        candidate: candidateMean,
        difference,
        interval: intervalOf(decision, 1),
      },
    ];
  });
}

function compareSlices(judge: string, pairs: readonly Pair[]): Comparison["slices"] {
  const groups = new Map<string, Pair[]>();
  for (const pair of pairs) {
    const side = pair.candidate ?? pair.baseline;
    for (const slice of side ? slicesOf(side) : []) groups.set(slice, [...(groups.get(slice) ?? []), pair]);
  }
  return [...groups]
    .filter(([, group]) => group.length >= LEAST_OF_SLICE && group.length < pairs.length)
    .flatMap(([slice, group]) => {
      const differences = group.flatMap(({ baseline, candidate }) => {
        const [before, after] = [mean(baseline?.values ?? []), mean(candidate?.values ?? [])];
        return before === null || after === null ? [] : [after - before];
      });
      const difference = mean(differences);
      const { gained, lost } = flipsOf(group);
      return difference === null ? [] : [{ slice, judge, n: differences.length, difference, gained, lost }];
    })
    .sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference) || (a.slice < b.slice ? -1 : 1))
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
  const { judges, primary, warnings } = assertComparable(baseline, candidate, options.primary);
  const [before, after] = await Promise.all([
    readArm(context, baseline, judges),
    readArm(context, candidate, judges),
  ]);
  const { seed } = candidate.setup;
  const compared = judges.map((judge) =>
    compareJudge(judge, judge === primary, pairsOf(judge.name, before, after), { ...options, seed }),
  );
  const comparisons = adjustOthers(compared.map(({ comparison }) => comparison));
  const deciding = compared.find(({ comparison }) => comparison.primary);
  if (!deciding) throw new Error("the primary judge is among the compared");
  const measures = compareMeasures(before, after, seed);
  const trust = await trustOf(context.store.records.versions, context.project.id, judges, Date.now() * 1_000);
  const known = trust.get(primary.name);
  return {
    baseline: baseline.id,
    candidate: candidate.id,
    dataset: { name: candidate.setup.dataset.name, version: candidate.setup.dataset.version },
    verdict: deciding.comparison.verdict,
    sentence: comparisonSentence(deciding.comparison, options.attempt),
    judges: comparisons.map((one) => ({ ...one, calibration: trust.get(one.judge)?.words })),
    measures,
    slices: compareSlices(primary.name, pairsOf(primary.name, before, after)),
    attempts: options.attempt,
    selfJudged: primary.kind === "assistant",
    warnings: [
      ...warnings,
      ...deciding.decision.warnings,
      ...(primary.kind === "assistant"
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
