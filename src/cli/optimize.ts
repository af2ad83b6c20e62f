import { renderAnswer } from "../app/call-tool.ts";
import type { Context } from "../context.ts";
import { invalidInput } from "../errors.ts";
import type { Job } from "../model/job.ts";
import type { Optimization } from "../model/optimization.ts";
import { FinalResult } from "../optimization/campaign/final-input.ts";
import { findOptimization, readEvents, summaryOf } from "../optimization/campaign/find.ts";
import { OptimizationJobInput } from "../optimization/campaign/job-input.ts";
import { candidateOf, createLook, withoutLook } from "../optimization/campaign/look.ts";
import { planOptimization } from "../optimization/campaign/plan.ts";
import { preflightCampaign } from "../optimization/campaign/preflight.ts";
import { showProposal } from "../optimization/campaign/proposals.ts";
import { createOptimization, type StartOptimization } from "../optimization/campaign/start.ts";
import { findJob, lookToEnd, type Outcome, readJob, reopenCampaigns, workToEnd } from "./campaign-job.ts";
import { campaignView, silentView } from "./campaign-view.ts";
import { commonInput, lacking, type OptimizeOptions } from "./optimize-options.ts";
import { printAnswer } from "./print.ts";
import { measure } from "./with-app.ts";

const EXIT = { better: 0, not_shown: 1, worse: 1, not_verified: 2 } as const;

function inputOf(options: OptimizeOptions): StartOptimization {
  const { target } = options;
  if (target === undefined || options.student !== undefined) throw lacking();
  return { ...commonInput(options), target };
}

function campaignOf(job: Job): OptimizationJobInput {
  const parsed = OptimizationJobInput.safeParse(job.input);
  if (parsed.success) return parsed.data;
  throw invalidInput(`Job ${job.id} is no campaign`, "evalwright eval --resume goes on with evaluations.");
}

/** The job to work on: a new campaign's, or that of one that did not end. */
async function campaignJob(
  context: Context,
  resumed: Job | undefined,
  options: OptimizeOptions,
): Promise<string> {
  if (resumed === undefined) return (await createOptimization(context, inputOf(options))).jobId;
  await reopenCampaigns(context, resumed, [campaignOf(resumed).optimizationId], options);
  return resumed.id;
}

async function search(context: Context, jobId: string, quiet: boolean): Promise<Optimization> {
  const job = await readJob(context, jobId);
  const { optimizationId: id, setup } = campaignOf(job);
  const before = (await readEvents(context, id)).length;
  if (!quiet)
    process.stderr.write(`job ${jobId}  campaign ${id}${before > 0 ? `  after ${before} events` : ""}\n`);
  const shown = quiet ? silentView : campaignView(context, { id, limits: setup.search }, before);
  await workToEnd(context, { job, shown, resumedBy: jobId });
  return findOptimization(context, id);
}

async function finalLook(context: Context, optimization: Optimization, quiet: boolean): Promise<Outcome> {
  const candidate = await candidateOf(context, optimization);
  if (candidate === 0) return { data: withoutLook(optimization), exitCode: EXIT.not_shown };
  const look = await createLook(context, optimization, candidate);
  if (!quiet) process.stderr.write(`look      candidate ${candidate} and the seed, on the sealed examples\n`);
  const ended = await lookToEnd(context, { look, quiet, resumedBy: optimization.jobId });
  const data = FinalResult.parse(ended.result);
  const shown = renderAnswer({ ...(await showProposal(context, { id: data.proposal })), next: [] });
  const hint = `evalwright proposal apply ${data.proposal} --dry-run shows what applying it would change.`;
  return { data, shown, hint, exitCode: EXIT[data.verdict] };
}

function searchOnly(optimization: Optimization): Outcome {
  const { stop, seed, best, chosen, proposals, rejected, rollouts, warnings } = summaryOf(optimization);
  const data = { stop, seed, best, chosen, rollouts, proposals, rejected, warnings };
  return { data: { optimization: optimization.id, ...data }, exitCode: 0 };
}

async function runCampaign(
  context: Context,
  resumed: Job | undefined,
  options: OptimizeOptions,
): Promise<Outcome> {
  const { json: quiet = false } = options;
  if (options.dryRun) {
    const input = inputOf(options);
    const plan = await planOptimization(context, input, true);
    return { data: renderAnswer(await preflightCampaign(context, plan, input.budget)), exitCode: 0 };
  }
  const jobId = await campaignJob(context, resumed, options);
  const optimization = await search(context, jobId, quiet);
  const { data, ...outcome } = options.finish
    ? await finalLook(context, optimization, quiet)
    : searchOnly(optimization);
  return { ...outcome, data: { jobId, ...data } };
}

async function run(context: Context, options: OptimizeOptions): Promise<number> {
  const resumed = options.resume === undefined ? undefined : await findJob(context, options.resume);
  const isMatch = options.teacher !== undefined || resumed?.kind === "match";
  const { runMatch } = isMatch ? await import("./optimize-match.ts") : { runMatch: runCampaign };
  const { data, shown, hint, exitCode } = await runMatch(context, resumed, options);
  if (options.json) console.log(JSON.stringify(options.dryRun ? data : { ...data, exitCode }));
  else {
    printAnswer(shown ?? data);
    if (hint !== undefined) process.stderr.write(`\n${hint}\n`);
  }
  return exitCode;
}

/**
 * `evalwright optimize`: a campaign in this process, and its final look. Ctrl-C leaves it to be resumed.
 * @returns the exit code: 0 better, 1 not shown or worse, 2 cannot be measured (not verified, not ended, refused).
 */
export async function optimizeCommand(options: OptimizeOptions): Promise<number> {
  return measure(options, (context) => run(context, options));
}
