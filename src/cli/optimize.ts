import { type App, contextFor } from "../app/app.ts";
import { renderAnswer } from "../app/call-tool.ts";
import { openApp } from "../app/open.ts";
import type { Context } from "../context.ts";
import { AppError, invalidInput } from "../errors.ts";
import { budgetOf } from "../ledger/budget-fields.ts";
import type { Job } from "../model/job.ts";
import type { JsonObject } from "../model/json.ts";
import type { Optimization, Proposer } from "../model/optimization.ts";
import { FinalResult } from "../optimization/campaign/final-input.ts";
import { findOptimization, readEvents, summaryOf } from "../optimization/campaign/find.ts";
import { OptimizationJobInput } from "../optimization/campaign/job-input.ts";
import { candidateOf, createLook, withoutLook } from "../optimization/campaign/look.ts";
import { planOptimization } from "../optimization/campaign/plan.ts";
import { preflightCampaign } from "../optimization/campaign/preflight.ts";
import { showProposal } from "../optimization/campaign/proposals.ts";
import { searchSettings } from "../optimization/campaign/search-options.ts";
import { createOptimization, type StartOptimization } from "../optimization/campaign/start.ts";
import { campaignView, silentView } from "./campaign-view.ts";
import { IDLE } from "./ended-evaluation.ts";
import { printAnswer } from "./print.ts";
import { workOnJob } from "./work-on-job.ts";

export interface OptimizeOptions {
  readonly project?: string;
  readonly dataset?: string;
  readonly target?: string;
  readonly prompt?: readonly string[];
  readonly code?: boolean;
  readonly judge?: readonly string[];
  readonly primary?: string;
  readonly objective?: readonly string[];
  readonly proposer: Proposer;
  readonly model?: string;
  readonly maxProposals?: number;
  readonly maxRollouts?: number;
  readonly repeats: number;
  readonly seed?: string;
  readonly allowRealSideEffects?: boolean;
  readonly maxCalls?: number;
  readonly maxLlmTokens?: number;
  readonly maxUsd?: number;
  readonly maxMinutes?: number;
  readonly note?: string;
  readonly idempotencyKey?: string;
  readonly dryRun?: boolean;
  readonly resume?: string;
  readonly stop?: boolean;
  /** False: the search alone. */
  readonly finish: boolean;
  readonly json?: boolean;
}

const EXIT = { better: 0, not_shown: 1, worse: 1, not_verified: 2 } as const;

function inputOf(options: OptimizeOptions): StartOptimization {
  const { dataset, target, judge: judges = [], objective: objectives = [] } = options;
  if (dataset === undefined || target === undefined || judges.length === 0)
    throw invalidInput(
      "--dataset, --target and --judge are needed",
      "Example: evalwright optimize --dataset complaints --target agent.yaml --prompt system=support@production --judge helped --max-usd 2.",
    );
  const budget = budgetOf(options);
  const { code = false, allowRealSideEffects = false, dryRun = false, prompt: prompts = [] } = options;
  const search = searchSettings({ ...options, objectives }, budget);
  const { primary, proposer, model, seed, note, idempotencyKey } = options;
  return {
    ...{ dataset, target, prompts, code, judges, primary, objectives, proposer, model, search, seed },
    ...{ allowRealSideEffects, note, budget, dryRun, idempotencyKey },
  };
}

/** The job to work on: a new campaign's, or that of one that did not end, with its new limits. */
async function campaignJob(context: Context, options: OptimizeOptions): Promise<string> {
  const { resume } = options;
  if (resume === undefined) return (await createOptimization(context, inputOf(options))).jobId;
  const jobId = resume.startsWith("op-") ? (await findOptimization(context, resume)).jobId : resume;
  const budget = budgetOf(options);
  const { ledger, jobs, optimizations } = context.store.records;
  if (budget) await ledger.setBudget(context.project.id, { scope: "job", jobId }, budget);
  const job = await readJob(context, jobId);
  if (options.stop) await optimizations.requestStop(context.project.id, campaignOf(job).optimizationId);
  await jobs.reopen(jobId);
  return jobId;
}

async function readJob({ store, project }: Context, jobId: string): Promise<Job> {
  const job = await store.records.jobs.get(project.id, jobId);
  if (job) return job;
  throw new AppError("not_found", `No job "${jobId.slice(0, 80)}" in this project`, {
    hint: "evalwright call list_records kind=optimization shows the campaigns.",
  });
}

function campaignOf(job: Job): OptimizationJobInput {
  const parsed = OptimizationJobInput.safeParse(job.input);
  if (parsed.success) return parsed.data;
  throw invalidInput(`Job ${job.id} is no campaign`, "evalwright eval --resume goes on with evaluations.");
}

/** @throws AppError `unavailable` when it waits for an assistant, was stopped or failed. */
function checkEnded(job: Job, campaignJobId: string): void {
  if (job.state === "done") return;
  const again = `evalwright optimize --resume ${campaignJobId}`;
  if (job.state === "waiting")
    throw new AppError("unavailable", "The campaign waits for answers of an assistant", {
      hint: `It answers with get_tasks, then try_candidate or submit_answers. Unattended: --proposer model, and judges that are code or have an endpoint. Then: ${again}`,
    });
  throw new AppError("unavailable", `The campaign did not end: ${job.error ?? "it was stopped"}`, {
    hint: `It goes on where it was with: ${again}`,
  });
}

async function search(app: App, context: Context, jobId: string, quiet: boolean): Promise<Optimization> {
  const job = await readJob(context, jobId);
  const { optimizationId: id, setup } = campaignOf(job);
  const before = (await readEvents(context, id)).length;
  if (!quiet)
    process.stderr.write(`job ${jobId}  campaign ${id}${before > 0 ? `  after ${before} events` : ""}\n`);
  if (job.state !== "done") {
    const view = quiet ? silentView : campaignView(app, { id, limits: setup.search }, before);
    await workOnJob(app, jobId, view);
  }
  checkEnded(await readJob(context, jobId), jobId);
  return findOptimization(context, id);
}

interface Outcome {
  readonly data: JsonObject;
  /** For a person, where it is more than the data. */
  readonly shown?: JsonObject;
  readonly exitCode: number;
}

async function finalLook(
  app: App,
  context: Context,
  optimization: Optimization,
  quiet: boolean,
): Promise<Outcome> {
  const candidate = await candidateOf(context, optimization);
  if (candidate === 0) return { data: withoutLook(optimization), exitCode: EXIT.not_shown };
  const look = await createLook(context, optimization, candidate);
  if (!quiet) process.stderr.write(`look      candidate ${candidate} and the seed, on the sealed examples\n`);
  await context.store.records.jobs.reopen(look.id);
  if (look.state !== "done") await workOnJob(app, look.id, quiet ? silentView : "rows");
  const ended = await readJob(context, look.id);
  checkEnded(ended, optimization.jobId);
  const data = FinalResult.parse(ended.result);
  const shown = renderAnswer({ ...(await showProposal(context, { id: data.proposal })), next: [] });
  return { data, shown, exitCode: EXIT[data.verdict] };
}

function searchOnly(optimization: Optimization): Outcome {
  const { stop, seed, best, chosen, proposals, rejected, rollouts } = summaryOf(optimization);
  const data = { stop, seed, best, chosen, rollouts, proposals, rejected };
  return { data: { optimization: optimization.id, ...data }, exitCode: 0 };
}

async function run(app: App, options: OptimizeOptions): Promise<number> {
  const context = await contextFor(app, undefined, IDLE);
  const { json: quiet = false } = options;
  const print = (value: JsonObject) => (quiet ? console.log(JSON.stringify(value)) : printAnswer(value));
  if (options.dryRun) {
    const input = inputOf(options);
    print(
      renderAnswer(
        await preflightCampaign(context, await planOptimization(context, input, true), input.budget),
      ),
    );
    return 0;
  }
  const jobId = await campaignJob(context, options);
  const optimization = await search(app, context, jobId, quiet);
  const { data, shown, exitCode } = options.finish
    ? await finalLook(app, context, optimization, quiet)
    : searchOnly(optimization);
  if (quiet) print({ jobId, ...data, exitCode });
  else print(shown ?? data);
  if (shown && !quiet)
    process.stderr.write(
      `\nevalwright proposal apply ${data["proposal"]} --dry-run shows what applying it would change.\n`,
    );
  return exitCode;
}

/**
 * `evalwright optimize`: a campaign in this process, and its final look. Ctrl-C leaves it to be resumed.
 * @returns the exit code: 0 better, 1 not shown or worse, 2 cannot be measured (not verified, not ended, refused).
 */
export async function optimizeCommand(options: OptimizeOptions): Promise<number> {
  const app = await openApp({ project: options.project, quiet: true });
  try {
    return await run(app, options);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    process.stderr.write(`${error.describe()}\n`);
    return 2;
  } finally {
    await app.store[Symbol.asyncDispose]();
  }
}
