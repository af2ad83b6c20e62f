import { z } from "zod";
import { ResolvedJudge } from "../model/judge.ts";

/** All that a job of kind `judging` needs: which traces or sessions, fixed when it is started, and which judges. */
export const JudgingJobInput = z.object({
  level: z.enum(["traces", "sessions"]),
  ids: z.array(z.string()).min(1),
  /** What was asked for; null: all real use. */
  filter: z.string().nullable().default(null),
  /** How many match, judged or not; null when not counted. */
  matching: z.number().nullable(),
  judges: z.array(ResolvedJudge).min(1),
  repository: z.string(),
  seed: z.string(),
});
export type JudgingJobInput = z.infer<typeof JudgingJobInput>;
