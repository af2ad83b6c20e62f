import { z } from "zod";
import type { Context } from "../../context.ts";
import { rounded } from "../../evaluation/words.ts";
import { jobAnswer } from "../../jobs/answer.ts";
import { resumeJob } from "../../jobs/resume.ts";
import type { Answer } from "../../model/answer.ts";
import type { Optimization, OptimizationSetup } from "../../model/optimization.ts";
import { isSelfJudged, trainWarning } from "./caveats.ts";
import { endSearch, PATIENCE_S, stoppingAnswer } from "./end-search.ts";
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
  const { id, jobId } = found;
  const optimization = await endSearch(
    context,
    { jobId, what: "campaign", optimizations: [id] },
    async () => {
      const now = await findOptimization(context, id);
      return now.endedUs === null ? undefined : now;
    },
  );
  if (!optimization) return stoppingAnswer(context, jobId, { optimization: id });
  const match = await matchOf(context, optimization);
  if (match !== null) return studentEnded(optimization, match);
  const candidate = await candidateOf(context, optimization, input.candidate);
  if (candidate > 0) return takeLook(context, optimization, candidate);
  return { data: withoutLook(optimization) };
}
