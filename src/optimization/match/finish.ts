import { randomUUID } from "node:crypto";
import type { Context } from "../../context.ts";
import { invalidInput } from "../../errors.ts";
import { jobAnswer } from "../../jobs/answer.ts";
import { resumeJob } from "../../jobs/resume.ts";
import { runsPrograms } from "../../jobs/runs-programs.ts";
import type { Answer } from "../../model/answer.ts";
import type { Job } from "../../model/job.ts";
import type { MatchRecord } from "../../model/match.ts";
import { endSearch, PATIENCE_S, stoppingAnswer } from "../campaign/end-search.ts";
import { createLookJob } from "../campaign/look.ts";
import { findMatch } from "./find.ts";
import type { MatchLookInput } from "./job-input.ts";
import { matchAnswer } from "./show.ts";

export interface FinishMatch {
  readonly optimization: string;
  readonly candidate?: number | undefined;
  readonly dryRun: boolean;
}

/** Asks all searches of a switch to end; undefined when that takes longer than one call. */
const endSearches = (context: Context, { jobId, students }: MatchRecord): Promise<Job | undefined> =>
  endSearch(
    context,
    { jobId, what: "switch", optimizations: students.map(({ optimization }) => optimization) },
    async () => {
      const job = await context.store.records.jobs.get(context.project.id, jobId);
      return job?.state === "done" ? job : undefined;
    },
  );

/** The job of the one look at the holdout, not started; the same look again is the same job. */
export function createMatchLook(
  context: Pick<Context, "store" | "project">,
  match: MatchRecord,
  job: Job,
): Promise<Job> {
  const input: MatchLookInput = {
    startsPrograms: runsPrograms(job.input),
    matchId: match.id,
    matchJobId: job.id,
    short: randomUUID().slice(0, 8),
  };
  return createLookJob(context, job.id, { kind: "match_look", input, of: { match: match.id } });
}

async function takeLook(context: Context, match: MatchRecord, job: Job): Promise<Answer> {
  const look = await createMatchLook(context, match, job);
  if (look.state !== "done" && look.state !== "running") await resumeJob(context, look.id);
  const answer = await jobAnswer(context, look.id, PATIENCE_S);
  const { result, ...now } = await findMatch(context, match.id);
  if (answer.data["state"] !== "done" || result === null) return answer;
  const shown = matchAnswer({ ...now, result });
  return { ...shown, data: { ...answer.data, ...shown.data } };
}

/**
 * finish_optimization of a model switch: ends the searches and takes one look at the holdout, at the teacher and at each
 * student before and after. Repeated, it gives what that look found.
 */
export async function finishMatch(context: Context, input: FinishMatch): Promise<Answer> {
  const match = await findMatch(context, input.optimization);
  if (input.candidate !== undefined)
    throw invalidInput("A model switch looks at what each campaign chose", "Leave candidate out.");
  if (input.dryRun)
    return {
      data: {
        dryRun: true,
        match: match.id,
        says: "Ends the searches, then runs the teacher and each student, before and after, once on the sealed examples.",
      },
    };
  const job = await endSearches(context, match);
  return job ? takeLook(context, match, job) : stoppingAnswer(context, match.jobId, { match: match.id });
}
