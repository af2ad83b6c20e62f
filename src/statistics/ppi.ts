import { clusteredStandardError } from "./clustered-mean.ts";
import type { Interval } from "./interval.ts";
import { mean, variance } from "./mean.ts";
import { twoSidedZ } from "./normal.ts";

/** Scores of items that a person and the judge both scored, in one order, and of items that only the judge did. */
export interface PpiScores {
  readonly human: readonly number[];
  readonly judge: readonly number[];
  readonly judgeOnly: readonly number[];
  /** What items share that makes them dependent, in the same orders; absent: all are independent. */
  readonly clusters?:
    | { readonly human: readonly string[]; readonly judgeOnly: readonly string[] }
    | undefined;
}

export interface PpiMean {
  readonly estimate: number;
  readonly standardError: number;
  readonly interval: Interval;
  /** How far the judge is trusted: 0 uses people alone, 1 is plain prediction-powered inference. */
  readonly lambda: number;
}

function covariance(a: readonly number[], b: readonly number[]): number {
  const [centreA, centreB] = [mean(a), mean(b)];
  return a.reduce((sum, value, i) => sum + (value - centreA) * ((b[i] ?? 0) - centreB), 0) / (a.length - 1);
}

/** The lambda of least variance, clipped to [0, 1]; 0 for a judge whose scores do not vary. */
function bestLambda({ human, judge, judgeOnly }: PpiScores): number {
  const spread = variance(judge) + (judge.length / judgeOnly.length) * variance(judgeOnly);
  const best = covariance(human, judge) / spread;
  return Number.isFinite(best) ? Math.min(1, Math.max(0, best)) : 0;
}

/** Variance of a mean. */
function meanVariance(values: readonly number[], clusters: readonly string[] | undefined): number {
  if (clusters === undefined) return variance(values) / values.length;
  const groups = Map.groupBy(values.keys(), (index) => clusters[index] ?? "");
  const byCluster = [...groups.values()].map((indexes) => indexes.map((index) => values[index] ?? 0));
  return clusteredStandardError(byCluster) ** 2;
}

/**
 * The mean human score of all traffic, from few human labels and many judge scores: prediction-powered inference, PPI++
 * (Angelopoulos et al., Science 382, 2023; Angelopoulos, Duchi and Zrnic, arXiv 2311.01453). Unbiased however bad the
 * judge is, if the human-labelled items are a random sample; with the best lambda (the default) it is never
 * materially wider than people alone, which is `lambda: 0`. Variances divide by n - 1 and lambda is clipped to [0, 1]
 * (ppi_py divides by n). At least two items of each kind. With clusters, variances are clustered ones (Miller 2024).
 */
export function ppiMean(
  scores: PpiScores,
  options: { readonly lambda?: number; readonly level?: number } = {},
): PpiMean {
  const tuned = meanAt(scores, options.lambda ?? bestLambda(scores), options.level ?? 0.95);
  if (options.lambda !== undefined || tuned.lambda === 0) return tuned;
  // Within clusters the best lambda of independent items may not be the best.
  const people = meanAt(scores, 0, options.level ?? 0.95);
  return people.standardError < tuned.standardError ? people : tuned;
}

function meanAt({ human, judge, judgeOnly, clusters }: PpiScores, lambda: number, level: number): PpiMean {
  const rest = human.map((value, index) => value - lambda * (judge[index] ?? 0));
  const estimate = mean(rest) + lambda * mean(judgeOnly);
  const ofPeople = meanVariance(rest, clusters?.human);
  const ofJudge = lambda === 0 ? 0 : lambda ** 2 * meanVariance(judgeOnly, clusters?.judgeOnly);
  const standardError = Math.sqrt(ofPeople + ofJudge);
  const half = twoSidedZ(1 - level) * standardError;
  return {
    estimate,
    standardError,
    interval: { low: estimate - half, high: estimate + half, level },
    lambda,
  };
}
