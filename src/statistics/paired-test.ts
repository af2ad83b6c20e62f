import type { Interval } from "./interval.ts";
import type { ShiftTest } from "./shift-test.ts";

export type TestMethod = "exact McNemar" | "exact sign-flip" | "Monte Carlo sign-flip";

/** What a verdict is made of: a test of "no difference" with an interval that never contradicts it. */
export interface PairedTest {
  readonly method: TestMethod;
  readonly intervalMethod: string;
  /** Two-sided p value of "no difference". */
  readonly pValue: number;
  /** Interval of the difference: it excludes 0 exactly when pValue <= alpha. */
  interval(alpha: number): Interval;
  /** Tests of differences other than 0, for equivalence and non-inferiority. */
  readonly shifts: ShiftTest;
}
