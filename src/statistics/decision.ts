import type { Equivalence } from "./equivalence.ts";
import type { TestMethod } from "./paired-test.ts";
import type { Settles } from "./settles.ts";

export type Verdict = "better" | "worse" | "equivalent" | "inconclusive";

/** An interval for JSON: null where no limit is known. */
export interface Limits {
  readonly low: number | null;
  readonly high: number | null;
  readonly level: number;
}

/** The comparison with every missing score filled, worst and best for the candidate. */
export interface MissingBounds {
  readonly worst: { readonly difference: number; readonly verdict: Verdict };
  readonly best: { readonly difference: number; readonly verdict: Verdict };
  /** The scores that were filled in, and whether they are the stated limits or the extremes that were seen. */
  readonly fill: readonly [number, number];
  readonly fillSource: "stated" | "observed";
}

/** What the test of the complete pairs says. */
export interface Findings {
  readonly method: TestMethod;
  readonly intervalMethod: string;
  readonly baselineMean: number;
  readonly candidateMean: number;
  /** Mean over examples of candidate less baseline. */
  readonly difference: number;
  /** Of level 1 - alphaUsed; excludes 0 exactly when pValue <= alphaUsed. */
  readonly interval: Limits;
  /** Two-sided, of "no difference"; not adjusted: it is compared with alphaUsed. */
  readonly pValue: number;
  /** Null when no margin was stated. */
  readonly equivalence: (Omit<Equivalence, "interval"> & { readonly interval: Limits }) | null;
  readonly settles: Settles;
}

export interface Decision {
  /** Of the candidate against the baseline; inconclusive when it changes at a bound of the missing scores. */
  readonly verdict: Verdict;
  /** The verdict of the scores that there are. */
  readonly verdictOnScored: Verdict;
  /** Examples with a score in both arms, and the independent units (clusters) that they form. */
  readonly pairs: number;
  readonly clusters: number;
  /** Every score is 0 or 1. */
  readonly binary: boolean;
  /** Examples by the sign of their difference; for binary scores better and worse are the discordant pairs. */
  readonly better: number;
  readonly worse: number;
  readonly tied: number;
  readonly alpha: number;
  readonly alphaUsed: number;
  /** Null when no example has a score in both arms. */
  readonly findings: Findings | null;
  /** Missing scores by arm, and examples left out for want of a score. */
  readonly missing: { readonly baseline: number; readonly candidate: number; readonly pairs: number };
  /** Null when nothing is missing, or nothing was scored and no bounds were stated. */
  readonly bounds: MissingBounds | null;
  readonly changesAtBound: boolean;
  readonly warnings: readonly string[];
}
