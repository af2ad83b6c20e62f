import type { Interval } from "./interval.ts";
import { pGreater, pLess, type ShiftTest } from "./shift-test.ts";

export interface Equivalence {
  readonly margin: number;
  readonly equivalent: boolean;
  /** The larger of the two one-sided p values. */
  readonly pValue: number;
  /** Of level 1 - 2 alpha; equivalent when it lies inside (-margin, margin). */
  readonly interval: Interval;
}

/**
 * Equivalence by two one-sided tests (Schuirmann, J Pharmacokinet Biopharm 15, 1987): the difference is shown to be
 * greater than -margin and less than margin, each at `alpha` (0 to 1/2). margin > 0, in units of the score.
 */
export function equivalence(test: ShiftTest, margin: number, alpha: number): Equivalence {
  const interval = test.interval(2 * alpha);
  const pValue = Math.max(pGreater(test, -margin), pLess(test, margin));
  return { margin, equivalent: interval.low > -margin && interval.high < margin, pValue, interval };
}

export interface NonInferiority {
  readonly margin: number;
  readonly nonInferior: boolean;
  /** One-sided p value of "the candidate is worse by the margin or more". */
  readonly pValue: number;
  /** One-sided lower confidence limit of the difference, of level 1 - alpha. */
  readonly lowerLimit: number;
}

/** Non-inferiority: the candidate is shown to be worse by less than `margin` > 0, one-sided at `alpha` (0 to 1/2). */
export function nonInferiority(test: ShiftTest, margin: number, alpha: number): NonInferiority {
  const lowerLimit = test.interval(2 * alpha).low;
  return { margin, nonInferior: lowerLimit > -margin, pValue: pGreater(test, -margin), lowerLimit };
}
