import { z } from "zod";

const Limits = z.object({ low: z.number().nullable(), high: z.number().nullable(), level: z.number() });

/**
 * `not_inferior`: worse than the teacher by less than the margin, if at all, on this data. `inferior`: by more.
 * `not_verified`: nobody independent has looked at sealed examples.
 */
export const MatchVerdict = z.enum(["not_inferior", "inferior", "not_shown", "not_verified"]);
export type MatchVerdict = z.infer<typeof MatchVerdict>;

/** A number of one arm on the sealed examples. */
export const ArmNumber = z.object({
  mean: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
});
export type ArmNumber = z.infer<typeof ArmNumber>;

/** The teacher, or a student before or after its prompts were changed. */
export const MatchArm = z.object({
  arm: z.string(),
  evaluation: z.string(),
  n: z.int(),
  judges: z.record(z.string(), ArmNumber),
  /** US dollars and milliseconds a run. */
  costUsd: ArmNumber,
  durationMs: ArmNumber,
});
export type MatchArm = z.infer<typeof MatchArm>;

export const StudentResult = z.object({
  student: z.string(),
  optimization: z.string(),
  /** Index in the campaign's pool; 0: no better prompts were found. */
  candidate: z.int(),
  verdict: MatchVerdict,
  /** Ours, with numbers. */
  sentence: z.string(),
  difference: z.number().nullable(),
  interval: Limits.nullable(),
  adjustedP: z.number().nullable(),
  proposal: z.string().nullable(),
});
export type StudentResult = z.infer<typeof StudentResult>;

export const MatchResult = z.object({
  students: z.array(StudentResult),
  /** Empty without a look. */
  arms: z.array(MatchArm),
  /** How often the sealed examples have been looked at, this time included; null: there are none. */
  look: z.int().nullable(),
  limits: z.array(z.string()),
});
export type MatchResult = z.infer<typeof MatchResult>;

/** A model switch: students whose prompts are optimized to answer as a teacher does. */
export const MatchRecord = z.object({
  id: z.string(),
  jobId: z.string(),
  dataset: z.string(),
  teacher: z.string(),
  students: z.array(z.object({ student: z.string(), optimization: z.string() })),
  judges: z.array(z.string()),
  primary: z.string(),
  /** The judge that compares with the teacher's answers. */
  equivalence: z.string(),
  margin: z.number(),
  /** Null until the look. */
  result: MatchResult.nullable(),
});
export type MatchRecord = z.infer<typeof MatchRecord>;
