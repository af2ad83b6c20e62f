import { z } from "zod";
import type { ChangedPlace } from "../../store/schedule-store.ts";

/** Judges that cost nothing never wait for those that ask a model. */
export const LANES = ["traces code", "traces model", "sessions code", "sessions model"] as const;
export type LaneName = (typeof LANES)[number];

const Lane = z.object({
  /** Up to where everything was looked at. */
  place: z.object({ us: z.number(), row: z.number() }),
  seen: z.int(),
  /** Quiet and not looked at yet; counted up to 10,000. */
  waiting: z.int(),
});

/** What one version of a judge came to at one rate. Each item counts once, by its first verdict; without one, each time. */
const JudgeCounts = z.object({
  /** NAME@VERSION and the beginning of its hash. */
  judge: z.string(),
  level: z.enum(["traces", "sessions"]),
  rate: z.number(),
  drawn: z.int(),
  judged: z.int(),
  /** Judged, with a pass or a fail. */
  decided: z.int(),
  passed: z.int(),
  notApplicable: z.int(),
  unscored: z.int(),
  failed: z.int(),
  overBudget: z.int(),
  /** Judged once more, since more came in. */
  again: z.int(),
});
export type JudgeCounts = z.infer<typeof JudgeCounts>;

const LeftOut = z.object({ evaluationRuns: z.int(), sealed: z.int(), tooOld: z.int(), gone: z.int() });
export type LeftOut = keyof z.infer<typeof LeftOut>;

const Spent = z.object({ calls: z.number(), usd: z.number() });
export type Spent = z.infer<typeof Spent>;
export const NOTHING_SPENT: Spent = { calls: 0, usd: 0 };

/**
 * What a day's job did so far, kept with its heartbeats: counts and places are of one moment, so that a job that was
 * killed counts nothing twice.
 */
export const Progress = z.object({
  lanes: z.record(z.enum(LANES), Lane),
  judges: z.array(JudgeCounts),
  /** Drawn by some judge, and left out: why. */
  leftOut: LeftOut,
  outages: z.int(),
  /** Since when the endpoint does not answer. */
  awaySinceUs: z.number().nullable(),
  budgetUsedUpUs: z.number().nullable(),
  /** What keeps it from working, in our words. */
  problem: z.string().nullable(),
  spent: Spent,
  /** By earlier jobs of this day, and on earlier days. */
  today: Spent,
  before: Spent,
});
export type Progress = z.infer<typeof Progress>;

export function emptyProgress(
  placeOf: (lane: LaneName) => ChangedPlace,
  { today, before }: Pick<Progress, "today" | "before">,
): Progress {
  const lane = (name: LaneName) => ({ place: placeOf(name), seen: 0, waiting: 0 });
  return {
    lanes: {
      "traces code": lane("traces code"),
      "traces model": lane("traces model"),
      "sessions code": lane("sessions code"),
      "sessions model": lane("sessions model"),
    },
    judges: [],
    leftOut: { evaluationRuns: 0, sealed: 0, tooOld: 0, gone: 0 },
    outages: 0,
    awaySinceUs: null,
    budgetUsedUpUs: null,
    problem: null,
    spent: NOTHING_SPENT,
    today,
    before,
  };
}

/** The row of a judge's version at a rate, made on first sight. */
export function countsOf(
  progress: Progress,
  key: Pick<JudgeCounts, "judge" | "level" | "rate">,
): JudgeCounts {
  const known = progress.judges.find(
    ({ judge, level, rate }) => judge === key.judge && level === key.level && rate === key.rate,
  );
  if (known) return known;
  const zero = { drawn: 0, judged: 0, decided: 0, passed: 0, notApplicable: 0, unscored: 0, failed: 0 };
  const made = { ...key, ...zero, overBudget: 0, again: 0 };
  progress.judges.push(made);
  return made;
}

export const plus = (a: Spent, b: Spent): Spent => ({ calls: a.calls + b.calls, usd: a.usd + b.usd });
