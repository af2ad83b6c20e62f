import type { Interval } from "./interval.ts";
import { twoSidedZ } from "./normal.ts";

/** A judge's positive share of many items, and its verdicts on calibration items of known truth. */
export interface JudgedRate {
  readonly judgedPositive: number;
  readonly judged: number;
  readonly truePositives: number;
  readonly positives: number;
  readonly trueNegatives: number;
  readonly negatives: number;
}

export interface CorrectedRate {
  /** Outside [0, 1] when the judge's rates contradict its calibration; NaN for a judge that is no better than a coin. */
  readonly raw: number;
  readonly estimate: number;
  readonly interval: Interval;
}

/** (p + specificity - 1) / (sensitivity + specificity - 1). */
const invert = (p: number, specificity: number, sensitivity: number): number =>
  (p + specificity - 1) / (sensitivity + specificity - 1);

/**
 * The true positive rate behind a judge's, corrected for its errors on a calibration set: Rogan and Gladen's estimator
 * (Am J Epidemiol 107, 1978), clipped to [0, 1], with the adjusted interval of Lee et al. (arXiv 2511.21140, 2025),
 * which carries the calibration's own uncertainty (after Lang and Reiczigel, Prev Vet Med 113, 2014). It explodes for a
 * weak judge: use it only where the interval of Youden's J stays clear of 0, and prefer `ppiMean`.
 */
export function correctedRate(counts: JudgedRate, level = 0.95): CorrectedRate {
  const z = twoSidedZ(1 - level);
  const raw = invert(
    counts.judgedPositive / counts.judged,
    counts.trueNegatives / counts.negatives,
    counts.truePositives / counts.positives,
  );
  const n = counts.judged + z * z;
  const p = (counts.judgedPositive + (z * z) / 2) / n;
  const m0 = counts.negatives + 2;
  const q0 = (counts.trueNegatives + 1) / m0;
  const m1 = counts.positives + 2;
  const q1 = (counts.truePositives + 1) / m1;
  const theta = invert(p, q0, q1);
  const ofSpecificity = (q0 * (1 - q0)) / m0;
  const ofSensitivity = (q1 * (1 - q1)) / m1;
  const centre = theta + 2 * z * z * (theta * ofSensitivity - (1 - theta) * ofSpecificity);
  const variance = (p * (1 - p)) / n + (1 - theta) ** 2 * ofSpecificity + theta ** 2 * ofSensitivity;
  const half = (z * Math.sqrt(variance)) / Math.abs(q0 + q1 - 1);
  const inside = (value: number) => Math.min(1, Math.max(0, value));
  return {
    raw,
    estimate: inside(raw),
    interval: { low: inside(centre - half), high: inside(centre + half), level },
  };
}
