import { z } from "zod";
import { RunSource } from "../../evaluation/job-input.ts";
import { TargetRef } from "../../model/evaluation.ts";
import { OptimizationJobInput } from "../campaign/job-input.ts";

/** The expectation under which a teacher's answers are kept. */
export const TEACHER = "teacher";

/** All that a model switch needs; fixed when it is started. */
export const MatchJobInput = z.object({
  matchId: z.string(),
  /** Real path of the repository. */
  repository: z.string(),
  dataset: z.object({ name: z.string(), version: z.int(), hash: z.string() }),
  /** Without the holdout where it has been opened. */
  splits: z.array(z.enum(["train", "validation", "holdout"])),
  teacher: z.object({ name: z.string(), source: RunSource, target: TargetRef }),
  /** The judge that compares with the teacher's answers. */
  equivalence: z.string(),
  /** In units of the primary judge's score. */
  margin: z.number().positive(),
  /** Their campaigns' dataset is the teacher's answers, once these are there. */
  students: z.array(z.object({ name: z.string(), campaign: OptimizationJobInput })).min(1),
});
export type MatchJobInput = z.infer<typeof MatchJobInput>;

/** The one look of a model switch at the sealed examples. */
export const MatchLookInput = z.object({
  startsPrograms: z.boolean(),
  matchId: z.string(),
  /** The switch's own. */
  matchJobId: z.string(),
  /** Of the ids that the look gives its evaluations and proposals. */
  short: z.string(),
});
export type MatchLookInput = z.infer<typeof MatchLookInput>;
