import { z } from "zod";
import { Interval } from "./estimate.ts";

export const ComparisonVerdict = z.enum(["better", "worse", "equivalent", "inconclusive"]);
export type ComparisonVerdict = z.infer<typeof ComparisonVerdict>;

/** One judge's word on candidate against baseline; differences are candidate minus baseline in the judge's unit. */
export const JudgeComparison = z.object({
  judge: z.string(),
  primary: z.boolean(),
  goal: z.enum(["higher", "lower"]),
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
  bounds: z.object({ low: z.number(), high: z.number() }).nullable(),
  changesAtBound: z.boolean(),
  /** What would settle it, in our words. */
  settles: z.string().nullable(),
  /** What was known of the judge when it was compared; absent in older comparisons. */
  calibration: z.string().optional(),
});
export type JudgeComparison = z.infer<typeof JudgeComparison>;

export const MeasureComparison = z.object({
  measure: z.enum(["durationMs", "costUsd", "inputTokens", "outputTokens", "steps"]),
  n: z.int(),
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
