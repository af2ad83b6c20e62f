import type { Interval } from "./interval.ts";

/** A family of tests, one for each size that a difference might truly have. */
export interface ShiftTest {
  readonly estimate: number;
  /** Two-sided p value of "the true difference is `shift`"; it falls with the distance from the estimate. */
  pValue(shift: number): number;
  /** The shifts that are not rejected at `alpha` (rejected is p <= alpha): the interval of level 1 - alpha. */
  interval(alpha: number): Interval;
}

/** p value of "the true difference is at most `shift`" against "it is greater". */
export function pGreater(test: ShiftTest, shift: number): number {
  const half = test.pValue(shift) / 2;
  return shift < test.estimate ? half : 1 - half;
}

/** p value of "the true difference is at least `shift`" against "it is smaller". */
export function pLess(test: ShiftTest, shift: number): number {
  const half = test.pValue(shift) / 2;
  return shift > test.estimate ? half : 1 - half;
}
