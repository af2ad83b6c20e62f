import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { AppError } from "../../errors.ts";
import { rounded } from "../../evaluation/words.ts";
import { jobAnswer } from "../../jobs/answer.ts";
import { resumeJob } from "../../jobs/resume.ts";
import type { Answer } from "../../model/answer.ts";
import type { Optimization, OptimizationSetup } from "../../model/optimization.ts";
import { isSelfJudged, trainWarning } from "./caveats.ts";
import { FinalResult } from "./final-input.ts";
import { findOptimization, summaryOf } from "./find.ts";
import { candidateOf, createLook, withoutLook } from "./look.ts";
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

async function takeLook(context: Context, optimization: Optimization, candidate: number): Promise<Answer> {
  const job = await createLook(context, optimization, candidate);
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

const MatchInput = z.object({ matchId: z.string() });

/** The model switch that a campaign is part of; null: none. */
async function matchOf({ store, project }: Context, { jobId }: Optimization): Promise<string | null> {
  const job = await store.records.jobs.get(project.id, jobId);
  return job?.kind === "match" ? MatchInput.parse(job.input).matchId : null;
}

/** Its students are looked at together. */
function studentEnded(optimization: Optimization, match: string): Answer {
  const { seed, chosen, stop } = summaryOf(optimization);
  return {
    data: {
      optimization: optimization.id,
      state: "ended",
      stop,
      match,
      validation: { before: rounded(seed), after: rounded(chosen.score), candidate: chosen.index },
      says: "This student's search has ended; the switch goes on with the next. The holdout is looked at once, for all.",
    },
    next: [
      {
        tool: "get_tasks",
        arguments: { jobId: optimization.jobId },
        why: "the next student's order, if any waits",
      },
      { tool: "finish_optimization", arguments: { optimization: match }, why: "the look, for all students" },
    ],
  };
}

const willDo = (setup: OptimizationSetup): string =>
  setup.examples.holdout === 0
    ? "Ends the search. There is no holdout to look at: what was found will be not verified."
    : `Ends the search, then runs the seed and the chosen candidate once on the sealed examples. Each further look at them is judged more strictly.${isSelfJudged(setup) ? " You wrote the candidates and judge them: the verdict will be not verified." : ""}`;

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
        ...trainWarning(setup),
        says: willDo(setup),
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
  const match = await matchOf(context, optimization);
  if (match !== null) return studentEnded(optimization, match);
  const candidate = await candidateOf(context, optimization, input.candidate);
  if (candidate > 0) return takeLook(context, optimization, candidate);
  return { data: withoutLook(optimization) };
}
