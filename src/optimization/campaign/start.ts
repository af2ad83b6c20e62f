import type { Context } from "../../context.ts";
import { AppError } from "../../errors.ts";
import { jobAnswer } from "../../jobs/answer.ts";
import { createJob } from "../../jobs/create.ts";
import { resumeJob } from "../../jobs/resume.ts";
import type { Answer } from "../../model/answer.ts";
import type { Budget } from "../../model/ledger.ts";
import type { OptimizationSetup } from "../../model/optimization.ts";
import { trainWarning } from "./caveats.ts";
import { campaignCosts } from "./costs.ts";
import { OptimizationJobInput } from "./job-input.ts";
import { type PlanOptimization, planOptimization } from "./plan.ts";
import { floorOf, preflightCampaign } from "./preflight.ts";

export interface StartOptimization extends PlanOptimization {
  readonly budget?: Budget | undefined;
  readonly dryRun: boolean;
  readonly idempotencyKey?: string | undefined;
}

/** Seconds that the call waits before it answers with the job's handle. */
const PATIENCE_S = 15;

/** @throws AppError `refused` when the budget cannot hold a campaign that could find anything. */
function checkFloor({ setup }: OptimizationJobInput, budget: Budget | undefined): void {
  const floor = floorOf(setup);
  const { callsOfCase } = campaignCosts(setup);
  const cases = Math.min(
    setup.search.maxRollouts ?? Number.POSITIVE_INFINITY,
    budget?.calls === undefined ? Number.POSITIVE_INFINITY : Math.floor(budget.calls / callsOfCase),
  );
  if (cases >= floor) return;
  throw new AppError("refused", `This budget holds ${cases} cases, and a campaign takes at least ${floor}`, {
    hint: `${floor} cases: the seed on the validation split, three proposals, one validated in full, and the look at the holdout. A case is a run and its judges (${callsOfCase} calls). Raise maxCalls or maxRollouts, or use fewer examples.`,
  });
}

/** Creates the job of a campaign, without starting it. */
export async function createOptimization(
  context: Pick<Context, "store" | "project" | "now" | "allowCommands">,
  input: StartOptimization,
): Promise<{
  readonly jobId: string;
  readonly optimizationId: string;
  readonly state: string;
  readonly setup: OptimizationSetup;
}> {
  const plan = await planOptimization(context, input, false);
  checkFloor(plan, input.budget);
  const job = await createJob(context, { kind: "optimization", input: plan, unit: "cases" }, input);
  const { optimizationId, setup } = OptimizationJobInput.parse(job.input);
  return { jobId: job.id, optimizationId, state: job.state, setup };
}

/** start_optimization: a campaign is a job that outlives this process. */
export async function startOptimization(context: Context, input: StartOptimization): Promise<Answer> {
  if (input.dryRun)
    return preflightCampaign(context, await planOptimization(context, input, true), input.budget);
  const { jobId, optimizationId, state, setup } = await createOptimization(context, input);
  if (state === "queued" || state === "interrupted") await resumeJob(context, jobId);
  const answer = await jobAnswer(context, jobId, PATIENCE_S);
  return { ...answer, data: { optimization: optimizationId, ...trainWarning(setup), ...answer.data } };
}
