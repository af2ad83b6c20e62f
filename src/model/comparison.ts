import { z } from "zod";
import { Interval } from "./estimate.ts";

export const ComparisonVerdict = z.enum(["better", "worse", "equivalent", "inconclusive"]);
export type ComparisonVerdict = z.infer<typeof ComparisonVerdict>;

/** How a judge of pairs found the candidate's answers beside the baseline's; counts are of pairs, repeats included. */
export const PairTally = z.object({
  wins: z.int(),
  ties: z.int(),
  losses: z.int(),
  /** Ties because the two orders disagreed. */
  orderDisagreements: z.int(),
  /** Decided without asking, since a run failed. */
  failedRuns: z.int(),
  /** Mean over examples of win 1, tie 1/2 and loss 0, with the interval of the test. */
  winRate: z.number().nullable(),
  interval: Interval.nullable(),
  /** Pairs asked about in both orders, and those of them with the same outcome in both. */
  asked: z.int(),
  consistent: z.int(),
  /** Of pairs of which one place was chosen in both orders: how often the first. Its interval excludes .5 under order bias. */
  firstTwice: z.object({
    count: z.int(),
    of: z.int(),
    low: z.number().nullable(),
    high: z.number().nullable(),
  }),
});
export type PairTally = z.infer<typeof PairTally>;

/** One judge's word on candidate against baseline; differences are candidate minus baseline in the judge's unit. */
export const JudgeComparison = z.object({
  judge: z.string(),
  primary: z.boolean(),
  goal: z.enum(["higher", "lower"]),
  /** False: its values are no shares from 0 to 1 but of a unit of its own, as milliseconds. */
  bounded: z.boolean().default(true),
  verdict: ComparisonVerdict,
  method: z.string(),
  n: z.int(),
  clusters: z.int(),
  baseline: z.number().nullable(),
  candidate: z.number().nullable(),
  difference: z.number().nullable(),
  interval: Interval.nullable(),
  p: z.number().nullable(),
  /** After Holm over the judges that are not primary; the primary's own p. */
  adjustedP: z.number().nullable(),
  alpha: z.number(),
  /** Examples that went from failing to passing and back; counts include the holdout, ids never do. */
  gained: z.int(),
  lost: z.int(),
  gainedIds: z.array(z.string()),
  lostIds: z.array(z.string()),
  /** Pairs without a verdict on one side. */
  missing: z.int(),
  /** Of the missing: pairs of a measure without a value on one side, since a run failed; no bound stands in for it. */
  failedRuns: z.int().default(0),
  /** The difference if all missing were worst, and best, for the candidate; null when nothing is missing or bounds it. */
  bounds: z.object({ low: z.number(), high: z.number() }).nullable(),
  changesAtBound: z.boolean(),
  /** What would settle it, in our words. */
  settles: z.string().nullable(),
  /** What was known of the judge when it was compared; absent in older comparisons. */
  calibration: z.string().optional(),
  /** Of a judge of pairs: `baseline` and `candidate` are then shares of wins, a tie being half a win of each. */
  pairs: PairTally.nullable().default(null),
});
export type JudgeComparison = z.infer<typeof JudgeComparison>;

export const MeasureComparison = z.object({
  measure: z.enum(["durationMs", "costUsd", "inputTokens", "outputTokens", "steps"]),
  n: z.int(),
  /** Examples left out because a run failed on one side. */
  leftOut: z.int().default(0),
  baseline: z.number(),
  candidate: z.number(),
  difference: z.number(),
  interval: Interval.nullable(),
});
export type MeasureComparison = z.infer<typeof MeasureComparison>;

export const Comparison = z.object({
  baseline: z.string(),
  candidate: z.string(),
  dataset: z.object({ name: z.string(), version: z.int() }),
  verdict: ComparisonVerdict,
  /** One sentence with numbers, ours. */
  sentence: z.string(),
  judges: z.array(JudgeComparison),
  measures: z.array(MeasureComparison),
  slices: z.array(
    z.object({
      slice: z.string(),
      judge: z.string(),
      n: z.int(),
      difference: z.number(),
      gained: z.int(),
      lost: z.int(),
    }),
  ),
  /** Candidates, and judges chosen to decide, tried against this baseline on this dataset so far, this one included. */
  attempts: z.int(),
  /** The verdict rests on answers of the client that may have written the candidate. */
  selfJudged: z.boolean(),
  warnings: z.array(z.string()),
});
export type Comparison = z.infer<typeof Comparison>;
