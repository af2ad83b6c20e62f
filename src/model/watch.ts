import { z } from "zod";

const Interval = z.object({ low: z.number().nullable(), high: z.number().nullable(), level: z.number() });

/** One measure of production traffic before and after a change. */
export const WatchMeasure = z.object({
  /** `failed`: the share of traces that failed; else the name of feedback, a judge's too. */
  measure: z.string(),
  goal: z.enum(["higher", "lower"]),
  before: z.object({ n: z.int(), clusters: z.int(), mean: z.number().nullable() }),
  after: z.object({ n: z.int(), clusters: z.int(), mean: z.number().nullable() }),
  /** After less before; null where one side has too little. */
  difference: z.number().nullable(),
  interval: Interval.nullable(),
  verdict: z.enum(["better", "worse", "not_shown", "too_little"]),
});
export type WatchMeasure = z.infer<typeof WatchMeasure>;

/** What one look at live traffic says of an applied proposal. */
export const WatchResult = z.object({
  proposal: z.string(),
  /** Of the proposal's application. */
  appliedUs: z.int(),
  atUs: z.int(),
  /** How traces are told apart: by the prompt versions that they say they used, or by when they began. */
  by: z.enum(["prompt version", "time"]),
  traces: z.object({ before: z.int(), after: z.int() }),
  /** This is look number; null: too little to look at, and none was spent. */
  look: z.int().nullable(),
  /** Two-sided, of each measure at this look. */
  alpha: z.number().nullable(),
  verdict: z.enum(["worse", "better", "not_shown", "cannot_be_measured"]),
  /** In our words, with numbers. */
  sentence: z.string(),
  measures: z.array(WatchMeasure),
  notes: z.array(z.string()),
});
export type WatchResult = z.infer<typeof WatchResult>;
