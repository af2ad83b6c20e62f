import { z } from "zod";
import type { Job } from "../../model/job.ts";
import type { Store } from "../../store/store.ts";
import { emptyProgress, NOTHING_SPENT, Progress, plus } from "./progress.ts";

export const ScheduledJobInput = z.object({
  /** UTC, 2026-01-31. */
  day: z.string(),
  /** The job before it, whose places and sums go on. */
  previous: z.string().nullable(),
});
type ScheduledJobInput = z.infer<typeof ScheduledJobInput>;

const dayIn = ({ input }: Job): string | undefined => ScheduledJobInput.safeParse(input).data?.day;

/**
 * Where a job goes on: at its own last heartbeat, else where the one before it ended, else at `fromUs` of the schedule
 * or at `startedUs` (microseconds): what came in before nobody asked to have judged.
 */
export async function restoreProgress(
  job: Job,
  { day, previous }: ScheduledJobInput,
  store: Store,
  startedUs: number,
): Promise<Progress> {
  const own = Progress.safeParse(job.result);
  if (own.success) return own.data;
  const { jobs, ledger, schedules } = store.records;
  const fromUs = (await schedules.get(job.projectId))?.fromUs ?? null;
  const earlier = previous === null ? undefined : await jobs.get(job.projectId, previous);
  const known = Progress.safeParse(earlier?.result);
  if (!earlier || !known.success)
    return emptyProgress(() => ({ us: fromUs ?? startedUs, row: 0 }), {
      today: NOTHING_SPENT,
      before: NOTHING_SPENT,
    });
  const { lanes, today, before } = known.data;
  const { spent } = await ledger.report(job.projectId, { scope: "job", jobId: earlier.id });
  const sum = plus(today, { calls: spent.calls, usd: spent.usd });
  const isSameDay = dayIn(earlier) === day;
  return emptyProgress(
    (name) => {
      const { place } = lanes[name];
      return place.us >= (fromUs ?? 0) ? place : { us: fromUs ?? 0, row: 0 };
    },
    { today: isSameDay ? sum : NOTHING_SPENT, before: isSameDay ? before : plus(before, sum) },
  );
}
