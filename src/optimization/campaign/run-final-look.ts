import { readAllExamples } from "../../datasets/merge.ts";
import { invalidInput } from "../../errors.ts";
import { compareEvaluations } from "../../evaluation/compare.ts";
import { findEvaluation } from "../../evaluation/find.ts";
import type { EvaluationJobInput } from "../../evaluation/job-input.ts";
import { openCode, pinned } from "../../evaluation/open-code.ts";
import { playEvaluation } from "../../evaluation/run-evaluation.ts";
import { type JobRunner, type JobTools, Parked } from "../../jobs/runner.ts";
import { createLedger } from "../../ledger/ledger.ts";
import { overBudget } from "../../ledger/used-up.ts";
import type { TargetRef } from "../../model/evaluation.ts";
import { Split } from "../../model/example.ts";
import type { Job } from "../../model/job.ts";
import type { Optimization } from "../../model/optimization.ts";
import { findRepository } from "../../targets/repository.ts";
import { patchBetween } from "../../targets/working-tree.ts";
import { isSelfJudged } from "./caveats.ts";
import type { StoredEntry, StoredEvent } from "./events.ts";
import { FinalLookInput, FinalResult } from "./final-input.ts";
import { findOptimization, readEvents, summaryOf } from "./find.ts";
import { checkJudges } from "./frozen.ts";
import { holdoutEvaluation } from "./holdout-evaluation.ts";
import { OptimizationJobInput } from "./job-input.ts";
import { likeSearchWords } from "./like-search.ts";
import { makeProposal, type ProposalFacts } from "./make-proposal.ts";
import { poolOf } from "./pool.ts";

interface Look {
  readonly job: Job;
  readonly tools: JobTools;
  readonly input: FinalLookInput;
  readonly optimization: Optimization;
  readonly campaign: OptimizationJobInput;
  readonly events: readonly StoredEvent[];
  readonly seed: StoredEntry;
  readonly candidate: StoredEntry;
}

async function openLook(job: Job, tools: JobTools): Promise<Look> {
  const parsed = FinalLookInput.safeParse(job.input);
  if (!parsed.success)
    throw invalidInput("The look's setup is not one of this version", "Finish the campaign again.");
  const input = parsed.data;
  const context = contextOf(job, tools);
  const optimization = await findOptimization(context, input.optimizationId);
  summaryOf(optimization);
  const started = await tools.store.records.jobs.get(job.projectId, optimization.jobId);
  const campaign = OptimizationJobInput.parse(started?.input);
  const events = await readEvents(context, optimization.id);
  const pool = poolOf(events);
  const [seed, candidate] = [pool[0], pool[input.candidate]];
  if (!seed || !candidate) throw invalidInput(`There is no candidate ${input.candidate}`);
  return { job, tools, input, optimization, campaign, events, seed, candidate };
}

const contextOf = ({ projectId }: Job, { store }: JobTools) => ({
  store,
  project: { id: projectId, slug: projectId },
});

/** What an arm's target is: of code, as it is at its commit. */
async function targetOf({ optimization, campaign }: Look, { code }: StoredEntry): Promise<TargetRef> {
  const { target } = optimization.setup;
  if (code === null) return target;
  await using opened = await openCode(await findRepository(campaign.repository), campaign.source.path, code);
  return { ...target, ...pinned(await opened.version()), gitRef: code };
}

/** One arm on the sealed examples, as an evaluation of its own. */
async function armOf(look: Look, entry: StoredEntry, evaluationId: string): Promise<EvaluationJobInput> {
  const { optimization, campaign } = look;
  const { setup } = optimization;
  const { path, allowRealSideEffects, allowCommands } = campaign.source;
  const { code } = entry;
  return holdoutEvaluation(setup, {
    evaluationId,
    note: `${optimization.id}, candidate ${entry.index}: the final look`,
    repository: campaign.repository,
    target: await targetOf(look, entry),
    source: { kind: "file", path, gitRef: code, allowRealSideEffects, allowCommands },
    prompts: entry.components,
  });
}

/**
 * Runs both arms, so that an assistant that judges gets them in one blinded batch; parked while something is held.
 * @throws AppError `conflict` when the judges are no longer what they were in the search.
 */
async function compareArms(look: Look): Promise<NonNullable<ProposalFacts["compared"]> | Parked> {
  const { job, tools, input, optimization, campaign } = look;
  await checkJudges(campaign, summaryOf(optimization).frozen);
  const holder = { projectId: job.projectId, jobId: job.id, epoch: job.epoch };
  const ledger = createLedger({ store: tools.store.records.ledger, holder, signal: tools.signal });
  const running = { job, tools, holder, ledger };
  const arms = [
    await playEvaluation(await armOf(look, look.seed, input.baselineId), running),
    await playEvaluation(await armOf(look, look.candidate, input.candidateId), running),
  ];
  const held = arms.reduce((sum, arm) => sum + arm.overBudget, 0);
  if (held > 0)
    throw overBudget(
      held,
      arms.reduce((sum, { rows }) => sum + rows, 0),
      ledger.counts,
    );
  if (arms.some(({ pending }) => pending > 0))
    return new Parked({
      optimization: optimization.id,
      candidate: input.candidate,
      waitsFor: "verdicts of both arms",
    });
  for (const arm of arms) await arm.conclude();
  const { name, version } = optimization.setup.dataset;
  const examples = await readAllExamples(tools.store, job.projectId, name, version, Split.options);
  const ids = examples.flatMap(({ id, split }) => (split === "holdout" ? [id] : []));
  const lookId = `${optimization.id}:${input.candidate}`;
  const count = await tools.store.records.optimizations.noteLook(job.projectId, lookId, ids);
  const context = contextOf(job, tools);
  const [before, after] = await Promise.all([
    findEvaluation(context, input.baselineId),
    findEvaluation(context, input.candidateId),
  ]);
  const selfJudged = isSelfJudged(optimization.setup);
  const comparison = await compareEvaluations(context, before, after, { look: count, selfJudged });
  return { comparison, count, likeSearch: await likeSearchWords(examples) };
}

/**
 * A job of kind `final_look`: the seed and one frozen candidate on the sealed examples, compared at a level that shrinks
 * with each look at them, and a proposal made of what was found. Without a holdout it looks at nothing and says so.
 */
export const runFinalLookJob: JobRunner = async (job, tools) => {
  const look = await openLook(job, tools);
  const { input, optimization, campaign, seed, candidate, events } = look;
  const compared = optimization.setup.examples.holdout === 0 ? null : await compareArms(look);
  if (compared instanceof Parked) return compared;
  const patch =
    candidate.code === null || seed.code === null
      ? null
      : await patchBetween(await findRepository(campaign.repository), seed.code, candidate.code);
  const body = makeProposal({ optimization, events, seed, candidate, compared, patch });
  const { optimizations } = tools.store.records;
  const made = { id: input.proposalId, projectId: job.projectId, optimizationId: optimization.id, body };
  await optimizations.createProposal(made);
  return FinalResult.parse({
    optimization: optimization.id,
    candidate: candidate.index,
    verdict: body.verdict,
    sentence: body.sentence,
    proposal: input.proposalId,
    look: body.look,
    limits: body.limits,
  });
};
