import type { Interval } from "./interval.ts";
import { wilsonInterval } from "./proportions.ts";

/** A judge's verdicts on items whose truth is known. */
export interface Confusion {
  readonly truePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
  readonly falsePositives: number;
}

export interface Rate {
  readonly estimate: number;
  readonly interval: Interval;
}

export interface JudgeAccuracy {
  /** Share of the truly positive that the judge calls positive (sensitivity); NaN when there is none. */
  readonly truePositiveRate: Rate;
  /** Share of the truly negative that the judge calls negative (specificity); NaN when there is none. */
  readonly trueNegativeRate: Rate;
  /** Youden's J: both rates less 1. 0 is a coin, 1 is perfect, below 0 is upside down. */
  readonly youdenJ: Rate;
}

const rate = (hits: number, n: number, level: number): Rate =>
  n === 0
    ? { estimate: Number.NaN, interval: { low: 0, high: 1, level } }
    : { estimate: hits / n, interval: wilsonInterval(hits, n, level) };

/**
 * A judge's true positive and true negative rate with Wilson intervals, and Youden's J (Cancer 3, 1950) with the
 * square-and-add interval of two independent proportions (Newcombe, Statistics in Medicine 17, 1998; for J: Shan,
 * PLoS ONE 10(7), 2015). A judge whose interval of J reaches near 0 is uninformative: correct no rate by it.
 */
export function judgeAccuracy(counts: Confusion, level = 0.95): JudgeAccuracy {
  return accuracyOf(
    rate(counts.truePositives, counts.truePositives + counts.falseNegatives, level),
    rate(counts.trueNegatives, counts.trueNegatives + counts.falsePositives, level),
  );
}

/** As `judgeAccuracy`, of two rates whose intervals were made otherwise (clustered, weighted); both of one level. */
export function accuracyOf(positive: Rate, negative: Rate): JudgeAccuracy {
  const { level } = positive.interval;
  const estimate = positive.estimate + negative.estimate - 1;
  if (Number.isNaN(estimate)) {
    const interval = { low: -1, high: 1, level };
    return { truePositiveRate: positive, trueNegativeRate: negative, youdenJ: { estimate, interval } };
  }
  const below = Math.hypot(
    positive.estimate - positive.interval.low,
    negative.estimate - negative.interval.low,
  );
  const above = Math.hypot(
    positive.interval.high - positive.estimate,
    negative.interval.high - negative.estimate,
  );
  const interval = { low: Math.max(-1, estimate - below), high: Math.min(1, estimate + above), level };
  return { truePositiveRate: positive, trueNegativeRate: negative, youdenJ: { estimate, interval } };
}
