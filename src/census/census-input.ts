import { z } from "zod";
import { CensusStratum } from "../model/census.ts";
import { ResolvedJudge } from "../model/judge.ts";

/** All that a job of kind `census` needs, fixed when it is started. */
export const CensusInput = z.object({
  level: z.enum(["traces", "sessions"]),
  filter: z.string().nullable(),
  outcome: z.string().nullable(),
  passFrom: z.number().nullable(),
  /** Of a judge that says how it went: its labels, and what is known of it, in our words. */
  outcomePasses: z.record(z.string(), z.boolean()).default({}),
  outcomeBy: z.string().nullable().default(null),
  matching: z.int().nullable(),
  frame: z.int(),
  strata: z.array(CensusStratum),
  units: z.array(z.object({ id: z.string(), stratum: z.int(), cluster: z.string() })).min(1),
  /** How many units are noted; 0: signals only. */
  notes: z.int().min(0),
  /** Who writes notes, and the question. */
  judge: ResolvedJudge.nullable(),
  repository: z.string(),
  fences: z.object({
    costUsd: z.number().nullable(),
    durationMs: z.number().nullable(),
    steps: z.number().nullable(),
  }),
});
export type CensusInput = z.infer<typeof CensusInput>;
