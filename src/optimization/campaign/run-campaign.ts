import { hashOf } from "../../canonical.ts";
import { readAllExamples } from "../../datasets/merge.ts";
import { AppError, invalidInput } from "../../errors.ts";
import { judgingOf } from "../../evaluation/judging-of.ts";
import { openLlm } from "../../evaluation/llms.ts";
import { type JobRunner, type JobTools, Parked } from "../../jobs/runner.ts";
import { createLedger, type Ledger } from "../../ledger/ledger.ts";
import { overBudget } from "../../ledger/used-up.ts";
import type { Example } from "../../model/example.ts";
import type { Job } from "../../model/job.ts";
import { Json } from "../../model/json.ts";
import type { Holder } from "../../store/ledger-store.ts";
import { findRepository } from "../../targets/repository.ts";
import { checkCandidate, type GuardOptions } from "../reflection/guard.ts";
import type { Held, SearchResult } from "../search/contract.ts";
import { search } from "../search/search.ts";
import { type Costs, createAfford, type Purse } from "./afford.ts";
import { type Arms, openArms } from "./arms.ts";
import { createCodeGuard } from "./code-guard.ts";
import { campaignCosts } from "./costs.ts";
import { createEvaluator, type Evaluator } from "./evaluate.ts";
import { createEventLog } from "./event-log.ts";
import { changesSinceStart, checkFrozen, frozenJudges } from "./frozen.ts";
import { guardsOf, specsOf } from "./guards.ts";
import { OptimizationJobInput } from "./job-input.ts";
import { judgedByWriter } from "./judged-by-writer.ts";
import { checkMarks } from "./marker.ts";
import { turnedDown } from "./memory.ts";
import { assistantProposer, modelProposer, type Propose } from "./propose.ts";
import { demonstrationProposer } from "./propose-demonstrations.ts";
import { searchOptionsOf } from "./search-options.ts";
import { summarizeCampaign } from "./summary.ts";

/** The job that a campaign runs in: its own, or one that it shares with others. */
export interface CampaignHost {
  readonly job: Job;
  readonly tools: JobTools;
  readonly holder: Holder;
  /** Its decisions are this campaign's. */
  readonly ledger: Ledger;
  readonly purseOf: (whole: Purse) => Purse;
  readonly costs: Costs;
}

interface Campaign extends CampaignHost {
  readonly input: OptimizationJobInput;
  readonly examples: readonly Example[];
  readonly arms: Arms;
  readonly evaluator: Evaluator;
  readonly propose: Propose;
  readonly guards: GuardOptions;
}

/** What a run of the search came to; `cut`: a step that was given up, since nothing is left to pay for it. */
type Play = { readonly result: SearchResult } | { readonly held: Held };

async function proposerOf(
  { setup, optimizationId, repository }: OptimizationJobInput,
  {
    ledger,
    examples,
    signal,
    evaluator,
    guards,
  }: {
    readonly guards: GuardOptions;
    readonly ledger: Ledger;
    readonly examples: readonly Example[];
    readonly signal: AbortSignal;
    readonly evaluator: Evaluator;
  },
): Promise<Propose> {
  const options = {
    optimizationId,
    seed: setup.seed,
    ledger,
    specs: specsOf(setup),
    examples: new Map(examples.map((example) => [example.id, example])),
    signal,
  };
  if (setup.proposer === "demonstrations") return demonstrationProposer(evaluator, options);
  if (setup.proposer === "assistant")
    return assistantProposer({
      ...options,
      codeObjection: createCodeGuard(await findRepository(repository), guards),
    });
  return modelProposer(await openLlm(setup.model ?? undefined), options);
}

/**
 * Runs the search until it ends or waits. A step that nothing is left to pay for, or that waits for an assistant after
 * somebody asked to stop, ends it: it is run once more up to there, from what is recorded.
 */
async function play(campaign: Campaign): Promise<Play> {
  const { job, tools, input, holder, ledger, examples, evaluator, propose } = campaign;
  const { setup, optimizationId } = input;
  const { optimizations, ledger: store } = tools.store.records;
  const isStopping = async () =>
    (await optimizations.get(job.projectId, optimizationId))?.stopRequested === true;
  const afford = createAfford({
    store,
    ledger,
    projectId: job.projectId,
    jobId: job.id,
    purseOf: campaign.purseOf,
    costs: { ...campaign.costs, isMetered: campaign.arms.isMetered },
    cases: () => evaluator.counts.cases,
    isStopping,
  });
  const memory = await turnedDown(setup, { optimizations, ledger, projectId: job.projectId });
  const cut = new Set<string>();
  for (;;) {
    let step = "";
    const log = createEventLog({
      optimizations,
      holder,
      optimizationId,
      setup,
      evaluator,
      trainIds: new Set(trainIdsOf(examples)),
      tools,
    });
    const end = await search(
      {
        components: Object.fromEntries(setup.components.map(({ name, text }) => [name, text])),
        code: input.seedCode,
      },
      searchOptionsOf(setup, examples),
      {
        evaluate: (requests, purpose) => evaluator.evaluate(requests, purpose),
        async propose(orders) {
          const told = orders.map((order) => ({ ...order, rejected: [...order.rejected, ...memory] }));
          const proposals = await Promise.all(told.map(propose));
          const held = proposals.filter((proposal) => typeof proposal === "string");
          if (held.length > 0) return held.includes("over_budget") ? "over_budget" : "pending";
          return proposals.filter((proposal) => typeof proposal !== "string");
        },
        check: (candidate, order) => checkCandidate(candidate, order, campaign.guards),
        async afford(name, needs) {
          if (cut.has(name)) return false;
          step = name;
          return afford(name, needs);
        },
        onEvent: log.add,
      },
    );
    if (!("held" in end)) return { result: end };
    const givenUp = end.held === "over_budget" || (await isStopping());
    if (!givenUp || step === "") return end;
    cut.add(step);
  }
}

const trainIdsOf = (examples: readonly Example[]): string[] =>
  examples.filter(({ split }) => split === "train").map(({ id }) => id);

async function conclude(campaign: Campaign, result: SearchResult): Promise<Json> {
  const { job, tools, input, holder, arms, evaluator, examples } = campaign;
  const { optimizationId, setup } = input;
  const { records } = tools.store;
  if (result.pool.length === 0) throw overBudget(setup.examples.validation, 0, campaign.ledger.counts);
  const { spent } = campaign.purseOf(
    await records.ledger.report(job.projectId, { scope: "job", jobId: job.id }),
  );
  const stopped = (await records.optimizations.get(job.projectId, optimizationId))?.stopRequested === true;
  const summary = Json.parse(
    JSON.parse(
      JSON.stringify(
        summarizeCampaign(result, {
          setup,
          evaluator,
          trainIds: trainIdsOf(examples),
          spent,
          unpriced: campaign.ledger.counts.unpriced,
          stopped,
          changed: [
            ...((await arms.hasChanged()) ? ["the target's code"] : []),
            ...(await changesSinceStart({ input, examples, ledger: campaign.ledger })),
          ],
          frozen: await frozenJudges({ input, ledger: campaign.ledger }),
          judgedByWriter: await judgedByWriter(setup),
        }),
      ),
    ),
  );
  const resultHash = hashOf({ setup: JSON.parse(JSON.stringify(setup)), search: result.hash });
  await records.optimizations.finish(holder, optimizationId, { summary, resultHash });
  return {
    optimization: optimizationId,
    ended: true,
    stop: result.stop,
    best: result.best,
    chosen: result.chosen,
  };
}

/**
 * Runs a campaign on a frozen setup as far as it goes: to its end, or until it waits for the assistant.
 * @throws AppError `refused` when the agent ignores the texts it is given, or nothing is left even for the seed.
 */
export async function runCampaign(input: OptimizationJobInput, host: CampaignHost): Promise<Json | Parked> {
  const { job, tools, ledger } = host;
  const { setup, optimizationId } = input;
  const { store, signal, log } = tools;
  const { projectId } = job;
  const { name, version } = setup.dataset;
  const examples = await readAllExamples(store, projectId, name, version, ["train", "validation"]);
  const arms = await openArms(input, { projectId, store, ledger, log, signal });
  try {
    const judging = await judgingOf(job, tools, setup.judges, input.repository, { ledger, seed: setup.seed });
    const evaluator = createEvaluator({
      setup,
      examples,
      arms,
      judging,
      onCase: (done) => tools.progress(done, setup.search.maxRollouts),
    });
    const guards = await guardsOf(setup, examples, { store, projectId });
    const propose = await proposerOf(input, { ledger, examples, signal, evaluator, guards });
    const campaign: Campaign = { ...host, input, examples, arms, evaluator, propose, guards };
    const first = examples.find(({ split }) => split === "train") ?? examples[0];
    if (!first) throw new AppError("refused", "The dataset has no examples to learn from");
    await checkFrozen({ input, examples, ledger });
    const marked = await checkMarks({
      // A prompt target is filled in by us; its first run says which names it has not.
      components: setup.target.kind === "prompt" ? [] : setup.components,
      seed: setup.seed,
      example: first,
      traces: store.traces,
      projectId,
      obtain: (components) => arms.obtain({ components, code: null }),
    });
    const end = marked === "seen" ? await play(campaign) : { held: marked };
    signal.throwIfAborted();
    if ("held" in end) {
      if (end.held === "pending") return new Parked({ optimization: optimizationId });
      throw overBudget(evaluator.counts.cases, evaluator.counts.cases, ledger.counts);
    }
    return await conclude(campaign, end.result);
  } finally {
    await arms.close();
  }
}

/**
 * A job of kind `optimization`: a campaign on a frozen setup. Everything that costs goes through the ledger and whatever
 * read a clock or a budget is recorded, so that a killed campaign goes on to the same end. It parks while the assistant
 * is asked for a candidate or for verdicts.
 * @throws AppError `refused` when the agent ignores the texts it is given.
 */
export const runCampaignJob: JobRunner = async (job, tools) => {
  const parsed = OptimizationJobInput.safeParse(job.input);
  if (!parsed.success)
    throw invalidInput("The campaign's setup is not one of this version", "Start a new one.");
  const { setup, optimizationId: id, note } = parsed.data;
  const { projectId } = job;
  const holder = { projectId, jobId: job.id, epoch: job.epoch };
  await tools.store.records.optimizations.create({ id, projectId, jobId: job.id, note, setup });
  const ledger = createLedger({ store: tools.store.records.ledger, holder, signal: tools.signal });
  const purseOf = (whole: Purse) => whole;
  return runCampaign(parsed.data, { job, tools, holder, ledger, purseOf, costs: campaignCosts(setup) });
};
