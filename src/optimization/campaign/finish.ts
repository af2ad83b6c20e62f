import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { hashOf } from "../../canonical.ts";
import type { Context } from "../../context.ts";
import { AppError, invalidInput } from "../../errors.ts";
import { rounded } from "../../evaluation/words.ts";
import { jobAnswer } from "../../jobs/answer.ts";
import { resumeJob } from "../../jobs/resume.ts";
import { runsPrograms } from "../../jobs/runs-programs.ts";
import type { Answer } from "../../model/answer.ts";
import type { Budget } from "../../model/ledger.ts";
import type { Optimization } from "../../model/optimization.ts";
import { type FinalLookInput, FinalResult } from "./final-input.ts";
import { findOptimization, readEvents, summaryOf } from "./find.ts";
import { poolOf } from "./pool.ts";
import { casesOf } from "./preflight.ts";

export interface FinishOptimization {
  readonly optimization: string;
  /** Another one than the campaign's choice. */
  readonly candidate?: number | undefined;
  readonly dryRun: boolean;
}

const PATIENCE_S = 15;
const POLL_MS = 250;

/** Ends the search of a campaign that still waits or runs; undefined when that takes longer than one call. */
async function endSearch(context: Context, optimization: Optimization): Promise<Optimization | undefined> {
  if (optimization.endedUs !== null) return optimization;
  const { optimizations, jobs } = context.store.records;
  const { id, jobId } = optimization;
  await optimizations.requestStop(context.project.id, id);
  const job = await jobs.get(context.project.id, jobId);
  if (job && job.state !== "running" && job.state !== "queued") await resumeJob(context, jobId);
  for (const until = Date.now() + PATIENCE_S * 1_000; Date.now() < until; await sleep(POLL_MS)) {
    const now = await findOptimization(context, id);
    if (now.endedUs !== null) return now;
    const state = (await jobs.get(context.project.id, jobId))?.state;
    if (state === "failed" || state === "cancelled")
      throw new AppError("conflict", `The campaign's job is ${state}`, {
        hint: `manage_job with ${jobId} and resume lets it go on; then call finish_optimization again.`,
      });
  }
  return undefined;
}

/** What the campaign's budget has left. */
async function budgetLeft({ store, project }: Context, jobId: string): Promise<Budget | undefined> {
  const { budget, spent } = await store.records.ledger.report(project.id, { scope: "job", jobId });
  const left: Budget = {
    ...(budget.calls === undefined ? {} : { calls: Math.max(1, budget.calls - spent.calls) }),
    ...(budget.tokens === undefined ? {} : { tokens: Math.max(1, Math.floor(budget.tokens - spent.tokens)) }),
    ...(budget.usd === undefined ? {} : { usd: Math.max(1e-6, budget.usd - spent.usd) }),
  };
  return Object.keys(left).length === 0 ? undefined : left;
}

async function startLook(context: Context, optimization: Optimization, candidate: number): Promise<Answer> {
  const { records } = context.store;
  const projectId = context.project.id;
  const short = randomUUID().slice(0, 8);
  const campaign = await records.jobs.get(projectId, optimization.jobId);
  const input: FinalLookInput = {
    startsPrograms: campaign === undefined || runsPrograms(campaign.input),
    optimizationId: optimization.id,
    candidate,
    baselineId: `ev-${short}-seed`,
    candidateId: `ev-${short}-${candidate}`,
    proposalId: `pr-${short}`,
  };
  const look = { optimization: optimization.id, candidate };
  // The same look again is the same job: nothing is looked at twice.
  const job = await records.jobs.create(
    { id: randomUUID(), projectId, kind: "final_look", input, unit: "rows" },
    { key: `final_look:${optimization.id}:${candidate}`, argsHash: hashOf(look) },
  );
  const left = await budgetLeft(context, optimization.jobId);
  if (left && job.state === "queued")
    await records.ledger.setBudget(projectId, { scope: "job", jobId: job.id }, left);
  if (job.state !== "done" && job.state !== "running") await resumeJob(context, job.id);
  const answer = await jobAnswer(context, job.id, PATIENCE_S);
  const { optimization: _, ...found } = FinalResult.safeParse(answer.untrusted).data ?? { optimization: "" };
  // What a look has found is in our own words.
  return {
    ...answer,
    data: { optimization: optimization.id, candidate, ...answer.data, ...found },
    untrusted: answer.data["state"] === "done" ? undefined : answer.untrusted,
  };
}

/**
 * finish_optimization: ends the search and takes the one counted look at the holdout, at the seed and the chosen
 * candidate. Repeated, it gives what the first look found.
 */
export async function finishOptimization(context: Context, input: FinishOptimization): Promise<Answer> {
  const found = await findOptimization(context, input.optimization);
  const { setup } = found;
  if (input.dryRun)
    return {
      data: {
        dryRun: true,
        optimization: found.id,
        sealedExamples: setup.examples.holdout,
        cases: casesOf(setup).final,
        says: "Ends the search, then runs the seed and the chosen candidate once on the sealed examples. Each further look at them is judged more strictly.",
      },
    };
  const optimization = await endSearch(context, found);
  if (!optimization) {
    const answer = await jobAnswer(context, found.jobId, 0);
    const again = {
      tool: "finish_optimization",
      arguments: { optimization: found.id },
      why: "when the search has ended",
    };
    return {
      ...answer,
      data: { optimization: found.id, state: "stopping", ...answer.data },
      next: [...(answer.next ?? []), again],
    };
  }
  const summary = summaryOf(optimization);
  const candidate = input.candidate ?? summary.chosen.index;
  const pool = poolOf(await readEvents(context, optimization.id));
  if (!pool[candidate])
    throw invalidInput(
      `There is no candidate ${candidate}`,
      `Candidates: 0 to ${pool.length - 1}; 0 is the seed.`,
    );
  if (candidate > 0) return startLook(context, optimization, candidate);
  return {
    data: {
      optimization: optimization.id,
      verdict: "not_shown",
      sentence: `Not shown: no candidate was better than the seed on validation (${rounded(summary.seed)}), so the holdout was not looked at.`,
      stop: summary.stop,
      proposals: summary.proposals,
      rejected: summary.rejected,
      ...(summary.warnings.length > 0 ? { warnings: summary.warnings } : {}),
    },
  };
}
