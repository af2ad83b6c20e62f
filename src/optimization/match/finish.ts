import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { hashOf } from "../../canonical.ts";
import type { Context } from "../../context.ts";
import { AppError, invalidInput } from "../../errors.ts";
import { jobAnswer } from "../../jobs/answer.ts";
import { resumeJob } from "../../jobs/resume.ts";
import { runsPrograms } from "../../jobs/runs-programs.ts";
import type { Answer } from "../../model/answer.ts";
import type { Job } from "../../model/job.ts";
import type { MatchRecord } from "../../model/match.ts";
import { budgetLeft } from "../campaign/look.ts";
import { findMatch } from "./find.ts";
import type { MatchLookInput } from "./job-input.ts";
import { matchAnswer } from "./show.ts";

export interface FinishMatch {
  readonly optimization: string;
  readonly candidate?: number | undefined;
  readonly dryRun: boolean;
}

const PATIENCE_S = 15;
const POLL_MS = 250;

/** Asks all searches of a switch to end; undefined when that takes longer than one call. */
async function endSearches(context: Context, match: MatchRecord): Promise<Job | undefined> {
  const { optimizations, jobs } = context.store.records;
  const projectId = context.project.id;
  const read = async () => jobs.get(projectId, match.jobId);
  const job = await read();
  if (job?.state === "done") return job;
  for (const { optimization } of match.students)
    if (await optimizations.get(projectId, optimization))
      await optimizations.requestStop(projectId, optimization);
  if (job && job.state !== "running" && job.state !== "queued") await resumeJob(context, match.jobId);
  for (const until = Date.now() + PATIENCE_S * 1_000; Date.now() < until; await sleep(POLL_MS)) {
    const now = await read();
    if (now?.state === "done") return now;
    if (now?.state === "failed" || now?.state === "cancelled")
      throw new AppError("conflict", `The switch's job is ${now.state}`, {
        hint: `manage_job with ${match.jobId} and resume lets it go on; then call finish_optimization again.`,
      });
  }
  return undefined;
}

/** The job of the one look at the holdout, not started; the same look again is the same job. */
export async function createMatchLook(
  context: Pick<Context, "store" | "project">,
  match: MatchRecord,
  job: Job,
): Promise<Job> {
  const { records } = context.store;
  const projectId = context.project.id;
  const input: MatchLookInput = {
    startsPrograms: runsPrograms(job.input),
    matchId: match.id,
    matchJobId: job.id,
    short: randomUUID().slice(0, 8),
  };
  const look = await records.jobs.create(
    { id: randomUUID(), projectId, kind: "match_look", input, unit: "rows" },
    { key: `match_look:${match.id}`, argsHash: hashOf({ match: match.id }) },
  );
  const left = await budgetLeft(context, job.id);
  if (left && look.state === "queued")
    await records.ledger.setBudget(projectId, { scope: "job", jobId: look.id }, left);
  return look;
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
  if (job) return takeLook(context, match, job);
  const answer = await jobAnswer(context, match.jobId, 0);
  const again = {
    tool: "finish_optimization",
    arguments: { optimization: match.id },
    why: "when the searches have ended",
  };
  return {
    ...answer,
    data: { match: match.id, ...answer.data, state: "stopping" },
    next: [...(answer.next ?? []), again].slice(0, 3),
  };
}
