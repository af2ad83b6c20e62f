import type { Job } from "../model/job.ts";
import { SCHEDULED_JUDGING } from "../model/judge-schedule.ts";

/**
 * Whether a job failed since something is not what it was when it began. Going on as it is fails again; what to do is said
 * in the error, mostly to start anew.
 */
export const isConflict = (error: string): boolean => error.startsWith("conflict: ");

/** What to do about a job's state; undefined where there is nothing to do, or where its error says it. */
export function hintOf({ kind, state, error }: Job): string | undefined {
  const isScheduled = kind === SCHEDULED_JUDGING;
  if (state === "waiting")
    return kind === "optimization"
      ? "It waits for you: get_tasks, then try_candidate for an order, submit_answers for verdicts."
      : "It waits for your answers: get_tasks, then submit_answers.";
  if (state === "interrupted")
    return isScheduled
      ? "No collector works on it. `evalwright collect` goes on where it was."
      : "Its process died. Repeat the call that started it; it goes on where it was.";
  if (isScheduled) return undefined;
  if (state === "queued")
    return "No process has taken it yet. If it stays so, manage_job with action resume starts one.";
  return state === "failed" && !isConflict(error ?? "")
    ? "manage_job with action resume goes on where it was."
    : undefined;
}
