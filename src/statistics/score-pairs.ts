import { invalidInput } from "../errors.ts";

/**
 * Scores of one example under both arms, larger is better. `null` is a score that a judge or the infrastructure failed
 * to give; a run that failed is a score (0, say). Rows with the same exampleId are repeats, and are averaged.
 */
export interface ScorePair {
  readonly exampleId: string;
  /** What examples share that makes them dependent, such as a session or group; null: independent of all others. */
  readonly cluster: string | null;
  readonly baseline: number | null;
  readonly candidate: number | null;
}

/** What missing scores are taken to be; null leaves them out. */
export interface Fill {
  readonly baseline: number | null;
  readonly candidate: number | null;
}

/** Examples with a score in both arms. */
export interface PairedScores {
  /** Candidate less baseline, one per example, by cluster. */
  readonly clusters: readonly (readonly number[])[];
  readonly pairs: number;
  /** Examples that the candidate did better, and worse. */
  readonly better: number;
  readonly worse: number;
  readonly baselineMean: number;
  readonly candidateMean: number;
  /** Every example's two scores are 0 or 1. */
  readonly binary: boolean;
}

interface Example {
  readonly exampleId: string;
  readonly cluster: string | null;
  readonly rows: readonly ScorePair[];
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Rows by example, in the order of the ids, so that no result depends on the order in which scores arrived.
 * Throws `invalid_input` for a score that is not a finite number and for an example in two clusters.
 */
function examplesOf(rows: readonly ScorePair[]): Example[] {
  const groups = Map.groupBy(rows, (row) => row.exampleId);
  return [...groups]
    .map(([exampleId, repeats]) => {
      const cluster = repeats[0]?.cluster ?? null;
      if (repeats.some((row) => row.cluster !== cluster))
        throw invalidInput("an example is in two clusters", "Give each example one cluster, or null.");
      if (repeats.some((row) => [row.baseline, row.candidate].some((s) => s !== null && !Number.isFinite(s))))
        throw invalidInput(
          "a score is not a finite number",
          "Use a number, or null where no score could be given.",
        );
      return { exampleId, cluster, rows: repeats };
    })
    .sort((a, b) => byText(a.exampleId, b.exampleId));
}

/** Mean of the scores that there are, after filling; null when there is none. Summed in order of size, not of arrival. */
function meanScore(scores: readonly (number | null)[], fill: number | null): number | null {
  const present = scores.map((score) => score ?? fill).filter((score) => score !== null);
  if (present.length === 0) return null;
  return present.sort((a, b) => a - b).reduce((sum, score) => sum + score, 0) / present.length;
}

/** Differences this much smaller than the scores are rounding error of averaging. */
const ROUNDING = 1e-12;

function differenceOf(candidate: number, baseline: number): number {
  const difference = candidate - baseline;
  const noise = ROUNDING * Math.max(Math.abs(candidate), Math.abs(baseline));
  return Math.abs(difference) <= noise ? 0 : difference;
}

const isBinary = (score: number): boolean => score === 0 || score === 1;

/**
 * The examples that have a score in both arms, each the mean of its repeats, grouped by cluster. Independent of the
 * order of `rows`. Throws `invalid_input` for scores that are not finite and for an example in two clusters.
 */
export function pairScores(rows: readonly ScorePair[], fill: Fill): PairedScores {
  const clusters = new Map<string, number[]>();
  let pairs = 0;
  let better = 0;
  let worse = 0;
  let baselineSum = 0;
  let candidateSum = 0;
  let binary = true;
  for (const example of examplesOf(rows)) {
    const baseline = meanScore(
      example.rows.map((row) => row.baseline),
      fill.baseline,
    );
    const candidate = meanScore(
      example.rows.map((row) => row.candidate),
      fill.candidate,
    );
    if (baseline === null || candidate === null) continue;
    const key = example.cluster === null ? `example ${example.exampleId}` : `cluster ${example.cluster}`;
    const differences = clusters.get(key) ?? [];
    clusters.set(key, differences);
    const difference = differenceOf(candidate, baseline);
    differences.push(difference);
    pairs += 1;
    better += difference > 0 ? 1 : 0;
    worse += difference < 0 ? 1 : 0;
    baselineSum += baseline;
    candidateSum += candidate;
    binary &&= isBinary(baseline) && isBinary(candidate);
  }
  return {
    clusters: [...clusters.values()],
    pairs,
    better,
    worse,
    baselineMean: baselineSum / pairs,
    candidateMean: candidateSum / pairs,
    binary,
  };
}

/** Missing scores by arm. */
export const missingScores = (rows: readonly ScorePair[]): { baseline: number; candidate: number } => ({
  baseline: rows.filter((row) => row.baseline === null).length,
  candidate: rows.filter((row) => row.candidate === null).length,
});

/** The smallest and largest score seen in either arm; null when there is none. */
export function scoreRange(rows: readonly ScorePair[]): readonly [number, number] | null {
  let low = Infinity;
  let high = -Infinity;
  for (const score of rows.flatMap((row) => [row.baseline, row.candidate])) {
    if (score === null) continue;
    low = Math.min(low, score);
    high = Math.max(high, score);
  }
  return low <= high ? [low, high] : null;
}
