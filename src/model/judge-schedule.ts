import { z } from "zod";

/** Calls and US dollars that may be spent; an absent one does not limit. */
export const ScheduleBudget = z.strictObject({
  calls: z.int().min(1).optional(),
  usd: z.number().positive().optional(),
});
export type ScheduleBudget = z.infer<typeof ScheduleBudget>;

/** Which judges look at what share of what comes in, and what that may cost. */
export const JudgeSchedule = z.strictObject({
  judges: z
    .array(
      z.strictObject({
        /** NAME or NAME@VERSION; without a version always the newest. */
        judge: z.string().min(1).max(120),
        /** The share of the traffic: above 0, at most 1. */
        rate: z.number().positive().max(1),
      }),
    )
    .min(1)
    .max(20),
  /** What they look at; absent: each at what it is made for. */
  level: z.enum(["traces", "sessions"]).optional(),
  perDay: ScheduleBudget,
  /** All days together. */
  total: ScheduleBudget,
  /** Seconds without a new span after which a trace, or a session, is taken to be whole. */
  traceQuietS: z.number().min(1).max(86_400),
  sessionQuietS: z.number().min(1).max(604_800),
  /** Older ones are left out: what was imported, and what could not be judged in time. */
  maxAgeHours: z.number().positive().max(8_760),
  /** Real path of the repository whose programs judges may name. */
  repository: z.string(),
});
export type JudgeSchedule = z.infer<typeof JudgeSchedule>;

/** A conversation in which nothing happened for so long is taken to be whole, where nobody says otherwise. Seconds. */
export const SESSION_QUIET_S = 600;

export const SCHEDULED_JUDGING = "scheduled_judging";
