import type { Context } from "../../context.ts";
import { readAllExamples } from "../../datasets/merge.ts";
import { unjudgedNotes } from "../../evaluation/unjudged-examples.ts";
import { rounded } from "../../evaluation/words.ts";
import { standingLimits, standingTable } from "../../ledger/standing-budgets.ts";
import type { Answer } from "../../model/answer.ts";
import { EvaluationSummary } from "../../model/estimate.ts";
import { Split } from "../../model/example.ts";
import type { Budget } from "../../model/ledger.ts";
import type { OptimizationSetup } from "../../model/optimization.ts";
import { alphaOfLook } from "../../statistics/multiplicity.ts";
import { mcnemarDetectableDifference } from "../../statistics/power.ts";
import { isSelfJudged, trainWarning } from "./caveats.ts";
import { campaignCosts } from "./costs.ts";
import type { OptimizationJobInput } from "./job-input.ts";
import { likeSearchWords } from "./like-search.ts";

/** Of pairs that two variants usually judge differently: for the size of difference that n can show. */
const ASSUMED_DISCORDANCE = 0.2;
/** Of proposals, those that get as far as validation; races drop most of these early. */
const ASSUMED_VALIDATED = 0.3;
const LEAST_PROPOSALS = 3;
/** Two-sided level, of which each look gets its share. */
const ALPHA = 0.05;

/** Cases of the parts of a campaign. */
export function casesOf({ examples, search, trainIsValidation }: OptimizationSetup) {
  const validation = (trainIsValidation ? examples.train : examples.validation) * search.repeats;
  const minibatch = Math.min(search.minibatch, examples.train) * search.repeats;
  return {
    seed: validation,
    /** The parent and the child on a minibatch, and now and then the validation. */
    proposal: 2 * minibatch + ASSUMED_VALIDATED * validation,
    minibatch,
    validation,
    final: examples.holdout * 2 * search.repeats,
  };
}

/** The fewest cases with which a campaign can find anything: OPTIMIZERS' floor |V| + 3 (2b) + |V|, and the final look. */
export function floorOf(setup: OptimizationSetup): number {
  const { seed, minibatch, validation, final } = casesOf(setup);
  return seed + LEAST_PROPOSALS * 2 * minibatch + validation + final;
}

/** Mean dollars of a run in the newest evaluation of the same target; null when it is not known. */
async function lastCost(context: Pick<Context, "store" | "project">, target: string): Promise<number | null> {
  const { items } = await context.store.records.evaluations.list({
    projectId: context.project.id,
    limit: 20,
  });
  for (const { setup, summary } of items) {
    const parsed = EvaluationSummary.safeParse(summary);
    if (setup.target.name === target && parsed.data?.costUsd) return parsed.data.costUsd.mean;
  }
  return null;
}

/** How many proposals the limits hold after the seed and before the final look; null: nothing limits them. */
function affordable(
  setup: OptimizationSetup,
  budget: Budget | undefined,
  usdOfCase: number | null,
): number | null {
  const { seed, proposal, final } = casesOf(setup);
  const { callsOfCase } = campaignCosts(setup);
  const { maxRollouts, maxProposals } = setup.search;
  const limits = [
    ...(maxProposals === null ? [] : [maxProposals]),
    ...(maxRollouts === null ? [] : [(maxRollouts - seed) / proposal]),
    ...(budget?.calls === undefined ? [] : [(budget.calls / callsOfCase - seed - final) / proposal]),
    ...(budget?.usd === undefined || !usdOfCase ? [] : [(budget.usd / usdOfCase - seed - final) / proposal]),
  ];
  return limits.length === 0 ? null : Math.max(0, Math.floor(Math.min(...limits)));
}

const unlimitedWords = (budget: Budget | undefined): string =>
  budget?.usd === undefined
    ? "not limited: set maxProposals, maxCalls or maxUsd"
    : "unknown: no evaluation of this target has told its cost; run_evaluation once, or set maxCalls too";

const cannotShow = (sealed: number): string =>
  sealed === 0
    ? 'there are no sealed examples: the result would be "not verified"'
    : `${sealed} independent sealed examples cannot show any improvement: the result would be "not shown"`;

const SELF_JUDGED =
  'no: you would judge your own texts, so that the verdict could only be "not verified". A code judge decides, or a judge that a model endpoint answers';

/** What a campaign would cost and could show, without running anything. */
export async function preflightCampaign(
  context: Pick<Context, "store" | "project">,
  { setup }: OptimizationJobInput,
  budget: Budget | undefined,
): Promise<Answer> {
  const { dataset, examples, target, components, proposer, search } = setup;
  const cases = casesOf(setup);
  const usdOfCase = await lastCost(context, target.name);
  const usd = (count: number) => (usdOfCase === null ? "unknown" : rounded(usdOfCase * count));
  const all = await readAllExamples(
    context.store,
    context.project.id,
    dataset.name,
    dataset.version,
    Split.options,
  );
  const sealed = all.filter(({ split }) => split === "holdout");
  const groups = examples.holdout === 0 ? 0 : new Set(sealed.map(({ group }) => group)).size;
  const looks = await context.store.records.optimizations.countLooks(
    context.project.id,
    sealed.map(({ id }) => id),
  );
  const alpha = alphaOfLook(ALPHA, looks + 1);
  const shows = mcnemarDetectableDifference(groups, ASSUMED_DISCORDANCE, { alpha });
  const unjudged = unjudgedNotes(
    setup.judges,
    all.filter(({ split }) => split !== "holdout"),
  );
  const likeSearch = await likeSearchWords(all);
  const standing = await standingLimits(context.store.records.ledger, context.project.id);
  return {
    data: {
      dryRun: true,
      dataset: `${dataset.name}@${dataset.version}`,
      examples,
      proposer,
      components: components.map(({ name, text, maxLength, preserve }) => ({
        name,
        characters: text.length,
        ...(maxLength === null ? {} : { maxLength }),
        ...(preserve.length === 0 ? {} : { preserved: preserve.length }),
      })),
      search: {
        frontier: search.frontier,
        minibatch: search.minibatch,
        patience: search.patience,
        targetScore: search.targetScore,
      },
      ...(setup.watchJudges.length === 0 ? {} : { watchJudges: setup.watchJudges }),
      cases: {
        columns: ["part", "cases", "usd of the agent alone"],
        rows: [
          ["seed on validation", cases.seed, usd(cases.seed)],
          ["each proposal, about", rounded(cases.proposal), usd(cases.proposal)],
          ["final look at the holdout", cases.final, usd(cases.final)],
          ["least for a campaign", floorOf(setup), usd(floorOf(setup))],
        ],
      },
      callsOfCase: campaignCosts(setup).callsOfCase,
      proposalsAffordable: affordable(setup, budget, usdOfCase) ?? unlimitedWords(budget),
      smallestImprovement:
        shows === null
          ? cannotShow(groups)
          : `about ${rounded(shows)} of the pass rate, 4 times in 5, at ${groups} independent sealed examples and look ${looks + 1} at them, judged at ${Number(alpha.toPrecision(2))} (when ${ASSUMED_DISCORDANCE * 100} % differ)`,
      ...(likeSearch === null ? {} : { holdoutIsLikeTheSearch: likeSearch }),
      markedRun: "one run with a mark in each text comes first: an agent that ignores them is refused",
      ...(isSelfJudged(setup) ? { verified: SELF_JUDGED } : {}),
      ...(unjudged.length > 0 ? { notJudged: unjudged } : {}),
      ...trainWarning(setup),
      ...(budget ? { budget: JSON.parse(JSON.stringify(budget)) } : {}),
      ...(standing.length > 0 ? { budgetsOfTheProject: standingTable(standing) } : {}),
    },
    untrusted: { target: target.name },
  };
}
