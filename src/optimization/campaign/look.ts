import { randomUUID } from "node:crypto";
import { hashOf } from "../../canonical.ts";
import type { Context } from "../../context.ts";
import { invalidInput } from "../../errors.ts";
import { rounded } from "../../evaluation/words.ts";
import { runsPrograms } from "../../jobs/runs-programs.ts";
import { budgetLeft } from "../../ledger/budget-left.ts";
import type { Job } from "../../model/job.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { Optimization } from "../../model/optimization.ts";
import type { ProposalVerdict } from "../../model/proposal.ts";
import { whyNotVerified } from "./caveats.ts";
import type { FinalLookInput } from "./final-input.ts";
import { readEvents, summaryOf } from "./find.ts";
import { poolOf } from "./pool.ts";

type Looking = Pick<Context, "store" | "project">;

/**
 * Which candidate of an ended campaign the look is at: the one that is asked for, else the campaign's choice. 0 is the
 * seed: nothing was better, and there is nothing to look at.
 * @throws AppError `invalid_input` for one that is not there, and while the campaign has not ended.
 */
export async function candidateOf(
  context: Looking,
  optimization: Optimization,
  asked?: number,
): Promise<number> {
  const candidate = asked ?? summaryOf(optimization).chosen.index;
  const pool = poolOf(await readEvents(context, optimization.id));
  if (pool[candidate]) return candidate;
  throw invalidInput(
    `There is no candidate ${candidate}`,
    `Candidates: 0 to ${pool.length - 1}; 0 is the seed.`,
  );
}

/**
 * The job of a look, not started, on what is left of the searches' budget.
 * @param look `of`: what it is at; the same again is the same job.
 */
export async function createLookJob(
  { store, project }: Looking,
  searchJobId: string,
  look: {
    readonly kind: "final_look" | "match_look";
    readonly input: Json;
    readonly of: Readonly<Record<string, string | number>>;
  },
): Promise<Job> {
  const { kind, input, of } = look;
  const { jobs, ledger } = store.records;
  const job = await jobs.create(
    { id: randomUUID(), projectId: project.id, kind, input, unit: "rows" },
    { key: [kind, ...Object.values(of)].join(":"), argsHash: hashOf(of) },
  );
  const left = await budgetLeft(ledger, project.id, searchJobId);
  if (left && job.state === "queued")
    await ledger.setBudget(project.id, { scope: "job", jobId: job.id }, left);
  return job;
}

/** The job of the one counted look at a candidate, not started. The same look again is the same job. */
export async function createLook(
  { store, project }: Looking,
  optimization: Optimization,
  candidate: number,
): Promise<Job> {
  const { jobs } = store.records;
  const short = randomUUID().slice(0, 8);
  const campaign = await jobs.get(project.id, optimization.jobId);
  const input: FinalLookInput = {
    startsPrograms: campaign === undefined || runsPrograms(campaign.input),
    optimizationId: optimization.id,
    candidate,
    baselineId: `ev-${short}-seed`,
    candidateId: `ev-${short}-${candidate}`,
    proposalId: `pr-${short}`,
  };
  const of = { optimization: optimization.id, candidate };
  return createLookJob({ store, project }, optimization.jobId, { kind: "final_look", input, of });
}

/** The seed stays. Where nobody independent could have looked, that too is not verified. */
function seedStays(optimization: Optimization): { verdict: ProposalVerdict; sentence: string } {
  const { setup } = optimization;
  const summary = summaryOf(optimization);
  const found = `no candidate was better than the seed on validation (${rounded(summary.seed)})`;
  if (setup.examples.holdout === 0)
    return { verdict: "not_verified", sentence: `Not verified: there is no holdout, and ${found}.` };
  const why = whyNotVerified(setup, summary);
  if (why !== null)
    return {
      verdict: "not_verified",
      sentence: `Not verified: ${why}, and ${found}; the holdout was not looked at.`,
    };
  return { verdict: "not_shown", sentence: `Not shown: ${found}, so the holdout was not looked at.` };
}

/** What a campaign ends in that found nothing better than the seed. */
export function withoutLook(optimization: Optimization): JsonObject {
  const { stop, proposals, rejected, warnings } = summaryOf(optimization);
  return {
    optimization: optimization.id,
    ...seedStays(optimization),
    stop,
    proposals,
    rejected,
    ...(warnings.length > 0 ? { warnings } : {}),
  };
}
