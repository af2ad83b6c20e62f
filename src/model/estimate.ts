import { z } from "zod";

/** An interval with what it claims: `level` 0.95 covers the truth in 95 of 100 such samples. */
export const Interval = z.object({
  low: z.number(),
  high: z.number(),
  level: z.number(),
  /** `wilson`, `beta`, `t`, `clustered_t`, `sign_flip`, `exact` ... */
  method: z.string(),
});
export type Interval = z.infer<typeof Interval>;

/** What one judge said over all rows: an estimate never stands without what it leaves out. */
export const JudgeSummary = z.object({
  judge: z.string(),
  goal: z.enum(["higher", "lower"]),
  bounded: z.boolean(),
  rows: z.int(),
  scored: z.int(),
  notApplicable: z.int(),
  /** By reason: missing data. */
  unscored: z.record(z.string(), z.int()),
  errors: z.record(z.string(), z.int()),
  /** Rows whose run itself failed: scored as failures, but of a measure without a value, so that its mean lacks them. */
  failedRuns: z.int(),
  /** Mean value of the scored rows: per example first, then over examples. */
  mean: z.number().nullable(),
  interval: Interval.nullable(),
  /** The mean if all missing data were worst, and best; null when unbounded. */
  bounds: z.object({ low: z.number(), high: z.number() }).nullable(),
  /** Share of the scored rows that pass. */
  passRate: z.number().nullable(),
  /** With repeats: chance that at least one of k passes, and that all k do. */
  passAt: z.array(z.object({ k: z.int(), any: z.number(), all: z.number() })),
  examples: z.int(),
  clusters: z.int(),
  labels: z.record(z.string(), z.int()),
  calibration: z.string(),
});
export type JudgeSummary = z.infer<typeof JudgeSummary>;

export const Measure = z.object({
  n: z.int(),
  mean: z.number(),
  p50: z.number(),
  p95: z.number(),
  total: z.number(),
});
export type Measure = z.infer<typeof Measure>;

export const Slice = z.object({
  /** `tag=value`, `split=train`, `origin=synthetic`. */
  slice: z.string(),
  judge: z.string(),
  n: z.int(),
  mean: z.number().nullable(),
  interval: Interval.nullable(),
});
export type Slice = z.infer<typeof Slice>;

export const EvaluationSummary = z.object({
  examples: z.int(),
  rows: z.int(),
  repeats: z.int(),
  /** Runs by how they ended. */
  runs: z.record(z.string(), z.int()),
  judges: z.array(JudgeSummary),
  slices: z.array(Slice),
  /** Of successful runs; null where nothing is known. */
  durationMs: Measure.nullable(),
  costUsd: Measure.nullable(),
  inputTokens: Measure.nullable(),
  outputTokens: Measure.nullable(),
  steps: Measure.nullable(),
  /** What the assistant's answers to known and repeated items say of it. */
  answerer: z
    .object({
      known: z.int(),
      knownRight: z.int(),
      repeated: z.int(),
      repeatedSame: z.int(),
    })
    .nullable(),
  /** What was spent on judging and, where known, on the agent. */
  spent: z.object({
    calls: z.int(),
    tokens: z.number(),
    usd: z.number(),
    unpriced: z.int(),
    lost: z.int(),
  }),
  notes: z.array(z.string()),
});
export type EvaluationSummary = z.infer<typeof EvaluationSummary>;
