import type { Interval } from "./interval.ts";
import { mean } from "./mean.ts";
import { studentTQuantile } from "./student-t.ts";

/** One item of a population whose people's labels were drawn with unequal chances. */
export interface ChancedScore {
  /** People's score and one over the known chance with which it was drawn to be labelled; null: not labelled. */
  readonly labelled: { readonly human: number; readonly weight: number } | null;
  readonly judge: number;
  /** Among the items, drawn evenly, that the judge's mean is taken over. */
  readonly inFrame: boolean;
  /** What it shares with items that depend on it. */
  readonly cluster: string;
}

export interface WeightedPpiMean {
  readonly estimate: number;
  readonly interval: Interval;
  /** How far the judge is trusted: 0 uses people alone, 1 its verdicts whole. */
  readonly lambda: number;
}

interface Influence {
  /** Of people's labels alone, and what each unit of lambda adds to it. */
  people: number;
  judge: number;
}

const weightedMean = (items: readonly ChancedScore[], of: (item: ChancedScore) => number): number => {
  let [sum, weights] = [0, 0];
  for (const item of items) {
    const weight = item.labelled?.weight ?? 0;
    sum += weight * of(item);
    weights += weight;
  }
  return sum / weights;
};

const humanOf = ({ labelled }: ChancedScore): number => labelled?.human ?? 0;
const judgeOf = ({ judge }: ChancedScore): number => judge;

/** What each cluster moves the estimate by, linearized. */
function influences(items: readonly ChancedScore[]): readonly Influence[] {
  const frame = items.filter(({ inFrame }) => inFrame);
  const [people, judge] = [weightedMean(items, humanOf), weightedMean(items, judgeOf)];
  const judgeInFrame = mean(frame.map(judgeOf));
  const weights = items.reduce((sum, { labelled }) => sum + (labelled?.weight ?? 0), 0);
  const byCluster = new Map<string, Influence>();
  for (const item of items) {
    const share = (item.labelled?.weight ?? 0) / weights;
    const known = byCluster.get(item.cluster) ?? { people: 0, judge: 0 };
    known.people += share * (humanOf(item) - people);
    known.judge +=
      (item.inFrame ? (item.judge - judgeInFrame) / frame.length : 0) - share * (item.judge - judge);
    byCluster.set(item.cluster, known);
  }
  return [...byCluster.values()];
}

const sumOf = (all: readonly Influence[], of: (one: Influence) => number): number =>
  all.reduce((sum, one) => sum + of(one), 0);

/**
 * The mean human score of all traffic where labelled items were drawn with unequal chances that are known: each counts one
 * over its chance (Horvitz and Thompson, J Am Stat Assoc 47, 1952; normalized by the sum of weights, Hájek 1971), and the
 * judge's mean over an even sample of all corrects it: the difference estimator of survey sampling (Särndal, Swensson and
 * Wretman, Model Assisted Survey Sampling, 1992, section 6.3), which active inference is (Zrnic and Candès, arXiv
 * 2403.03208), with the lambda of PPI++ (arXiv 2311.01453) of least variance in [0, 1]. Variance by linearization over
 * clusters; the interval by Student's t, with the labelled clusters' effective number (Kish) less one as degrees of freedom.
 * At least two labelled clusters and two items of the frame. Equal weights: `ppiMean`, whose sets are disjoint.
 */
export function weightedPpiMean(items: readonly ChancedScore[], level = 0.95): WeightedPpiMean {
  const all = influences(items);
  const against = sumOf(all, ({ judge }) => judge * judge);
  const best = -sumOf(all, ({ people, judge }) => people * judge) / against;
  const lambda = Number.isFinite(best) ? Math.min(1, Math.max(0, best)) : 0;
  const frame = items.filter(({ inFrame }) => inFrame);
  const estimate =
    weightedMean(items, humanOf) + lambda * (mean(frame.map(judgeOf)) - weightedMean(items, judgeOf));
  const effective = effectiveClusters(items);
  const variance =
    (effective / (effective - 1)) * sumOf(all, ({ people, judge }) => (people + lambda * judge) ** 2);
  const half = studentTQuantile((1 + level) / 2, effective - 1) * Math.sqrt(variance);
  return { estimate, interval: { low: estimate - half, high: estimate + half, level }, lambda };
}

/** Kish's effective number of the labelled clusters. */
function effectiveClusters(items: readonly ChancedScore[]): number {
  const weights = new Map<string, number>();
  for (const { labelled, cluster } of items)
    if (labelled) weights.set(cluster, (weights.get(cluster) ?? 0) + labelled.weight);
  let [sum, squares] = [0, 0];
  for (const weight of weights.values()) {
    sum += weight;
    squares += weight ** 2;
  }
  return sum ** 2 / squares;
}
