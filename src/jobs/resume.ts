import type { Context } from "../context.ts";

/**
 * Lets a job that nobody runs go on: from here on it shows as queued, so that whoever looks before its process has taken
 * it is not told that it still waits or was interrupted.
 */
export async function resumeJob(
  { store, project, jobs }: Pick<Context, "store" | "project" | "jobs">,
  jobId: string,
): Promise<void> {
  await store.records.jobs.reopen(jobId);
  await jobs.start(project.id, jobId);
}
