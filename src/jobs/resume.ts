import type { Context } from "../context.ts";
import { AppError } from "../errors.ts";
import { SCHEDULED_JUDGING } from "../model/judge-schedule.ts";
import { runsPrograms } from "./runs-programs.ts";

/**
 * Lets a job that nobody runs go on: from here on it shows as queued, so that whoever looks before its process has taken
 * it is not told that it still waits or was interrupted. All jobs start here.
 * @throws AppError `refused` for one that starts programs, where the caller may not run any; one that never ran is then
 * cancelled. Also for scheduled judging, which only a collector that was told to does.
 */
export async function resumeJob(
  { store, project, jobs, allowCommands }: Pick<Context, "store" | "project" | "jobs" | "allowCommands">,
  jobId: string,
): Promise<void> {
  const job = await store.records.jobs.get(project.id, jobId);
  if (job?.kind === SCHEDULED_JUDGING)
    throw new AppError("refused", "Judges that look at what comes in run beside `evalwright collect` only", {
      hint: "Start it with --judge, or set a schedule with `evalwright judge-schedule set`; it goes on where it was.",
    });
  if (!allowCommands && job && runsPrograms(job.input)) {
    if (job.state === "queued") await store.records.jobs.requestCancel(jobId);
    throw new AppError("refused", "Commands do not run through this server, and this job starts programs", {
      hint: "Its operator can allow them; or start it on the machine that has the repository.",
    });
  }
  await store.records.jobs.reopen(jobId);
  await jobs.start(project.id, jobId);
}
