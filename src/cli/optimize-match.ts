import { renderAnswer } from "../app/call-tool.ts";
import type { Context } from "../context.ts";
import { AppError, invalidInput } from "../errors.ts";
import type { Job } from "../model/job.ts";
import type { MatchRecord, MatchResult } from "../model/match.ts";
import { readEvents } from "../optimization/campaign/find.ts";
import { findMatch } from "../optimization/match/find.ts";
import { createMatchLook } from "../optimization/match/finish.ts";
import { MatchJobInput } from "../optimization/match/job-input.ts";
import { planMatch } from "../optimization/match/plan.ts";
import { aliasOf, matchAnswer, showMatch } from "../optimization/match/show.ts";
import { createMatch, preflightMatch, type StartMatch, withMargin } from "../optimization/match/start.ts";
import { lookToEnd, type Outcome, readJob, reopenCampaigns, workToEnd } from "./campaign-job.ts";
import { matchView, silentView } from "./campaign-view.ts";
import { commonInput, lacking, type OptimizeOptions } from "./optimize-options.ts";

function inputOf(options: OptimizeOptions): StartMatch {
  const { teacher, student: students = [], margin, target } = options;
  if (teacher === undefined || students.length === 0) throw lacking();
  if (target !== undefined)
    throw invalidInput(
      "Either --target, or --teacher and --student",
      "--target improves one agent; a teacher and students make students answer as the teacher does.",
    );
  return { ...commonInput(options), teacher, students, margin };
}

function matchOf(job: Job): MatchJobInput {
  const parsed = MatchJobInput.safeParse(job.input);
  if (parsed.success) return parsed.data;
  throw new AppError("conflict", "The switch's setup is not one of this version", {
    hint: "Start a new one.",
  });
}

async function matchJob(context: Context, resumed: Job | undefined, options: OptimizeOptions): Promise<Job> {
  if (resumed === undefined) return (await createMatch(context, withMargin(inputOf(options)))).job;
  const campaigns = matchOf(resumed).students.map(({ campaign }) => campaign.optimizationId);
  await reopenCampaigns(context, resumed, campaigns, options);
  return readJob(context, resumed.id);
}

async function search(context: Context, job: Job, quiet: boolean): Promise<Job> {
  const { matchId, students } = matchOf(job);
  const shown = students.map(({ name, campaign }) => ({ name, id: campaign.optimizationId }));
  const seen = new Map<string, number>();
  for (const { id } of shown) seen.set(id, (await readEvents(context, id)).length);
  if (!quiet) process.stderr.write(`job ${job.id}  model switch ${matchId}\n`);
  const view = quiet ? silentView : matchView(context, shown, seen);
  return workToEnd(context, { job, shown: view, resumedBy: job.id });
}

/** Every student must be shown not to be inferior for 0; where one cannot be measured it is 2. */
function exitCodeOf({ students }: MatchResult): number {
  if (students.some(({ verdict }) => verdict === "not_verified")) return 2;
  return students.every(({ verdict }) => verdict === "not_inferior") ? 0 : 1;
}

function outcomeOf(jobId: string, { result, ...match }: MatchRecord): Outcome {
  if (result === null) throw new Error("a look that has ended keeps what it found");
  const shown = renderAnswer({ ...matchAnswer({ ...match, result }), next: [] });
  const proposals = result.students.flatMap(({ student, proposal }) =>
    proposal === null ? [] : [`evalwright proposal apply ${proposal} --alias ${aliasOf(student)} --dry-run`],
  );
  return {
    data: { jobId, match: match.id, ...JSON.parse(JSON.stringify(result)) },
    shown,
    ...(proposals.length > 0 ? { hint: proposals.join("\n") } : {}),
    exitCode: exitCodeOf(result),
  };
}

/** `evalwright optimize --teacher`: the students' campaigns one after the other, and one look at the holdout for all. */
export async function runMatch(
  context: Context,
  resumed: Job | undefined,
  options: OptimizeOptions,
): Promise<Outcome> {
  const { json: quiet = false } = options;
  if (options.dryRun) {
    const plan = await planMatch(context, withMargin(inputOf(options)));
    return { data: renderAnswer(preflightMatch(plan)), exitCode: 0 };
  }
  const job = await search(context, await matchJob(context, resumed, options), quiet);
  const { matchId } = matchOf(job);
  if (!options.finish)
    return { data: renderAnswer({ ...(await showMatch(context, { id: matchId })), next: [] }), exitCode: 0 };
  const look = await createMatchLook(context, await findMatch(context, matchId), job);
  if (!quiet) process.stderr.write("look      the teacher and each student, on the sealed examples\n");
  await lookToEnd(context, { look, quiet, resumedBy: job.id });
  return outcomeOf(job.id, await findMatch(context, matchId));
}
