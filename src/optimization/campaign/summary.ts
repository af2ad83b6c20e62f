import type { SpendTotals } from "../../model/ledger.ts";
import type { OptimizationSetup } from "../../model/optimization.ts";
import type { OptimizationSummary } from "../../model/optimization-summary.ts";
import { tripwires } from "../reflection/tripwires.ts";
import type { PoolEntry, SearchResult } from "../search/contract.ts";
import { isSelfJudged, TRAIN_IS_VALIDATION } from "./caveats.ts";
import type { Evaluator } from "./evaluate.ts";

export interface SummaryFacts {
  readonly setup: OptimizationSetup;
  readonly evaluator: Pick<Evaluator, "scores" | "facts">;
  readonly trainIds: readonly string[];
  readonly spent: SpendTotals;
  /** Calls not made, since their price is unknown under a budget in dollars alone. */
  readonly unpriced: number;
  readonly stopped: boolean;
  /** What changed while it ran and should not have. */
  readonly changed: readonly string[];
  readonly frozen: Readonly<Record<string, string>>;
  /** Deciding judges that the writer of the candidates answers for. */
  readonly judgedByWriter: readonly string[];
}

const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;

/** On the training examples that both were run on; where there are none, on those of each by itself. */
function trainScores(seed: PoolEntry, chosen: PoolEntry, { evaluator, trainIds }: SummaryFacts) {
  const scored = (entry: PoolEntry): Map<string, number> => {
    const scores = evaluator.scores(entry.candidate);
    return new Map(
      trainIds.flatMap((id): [string, number][] => {
        const score = scores.get(id);
        return typeof score === "number" ? [[id, score]] : [];
      }),
    );
  };
  const [before, after] = [scored(seed), scored(chosen)];
  const both = [...before.keys()].filter((id) => after.has(id));
  const paired = both.length > 0;
  const meanOf = (scores: Map<string, number>): number | null =>
    mean(paired ? both.map((id) => scores.get(id) ?? 0) : [...scores.values()]);
  return { seed: meanOf(before), chosen: meanOf(after), examples: both.length, paired };
}

function warningsOf({ setup, changed, unpriced, judgedByWriter }: SummaryFacts): string[] {
  return [
    ...(setup.trainIsValidation ? [TRAIN_IS_VALIDATION] : []),
    ...(setup.examples.holdout === 0
      ? ["there is no holdout: nothing independent can say whether the candidate is better"]
      : []),
    ...(isSelfJudged(setup) ? ["self-judged: the client that writes the candidates also judges them"] : []),
    ...(judgedByWriter.length > 0
      ? [
          `the model that wrote the candidates also judges them (${judgedByWriter.join(", ")}), and may like its own ways: a judge of another model, code or people would show it`,
        ]
      : []),
    ...(unpriced > 0
      ? [
          "the budget in dollars could not hold: the price of a call is unknown. Let the agent say usage.costUsd, state prices in models.yaml, or give maxCalls too",
        ]
      : []),
    ...changed.map((what) => `${what} changed while the campaign ran: scores of before and after are mixed`),
  ];
}

/** What a campaign's search came to. */
export function summarizeCampaign(result: SearchResult, facts: SummaryFacts): OptimizationSummary {
  const { pool, rejected, stop, rollouts, proposals, noise } = result;
  const [seed, chosen, best] = [pool[0], pool[result.chosen], pool[result.best]];
  if (!seed || !chosen || !best) throw new Error("a search's result names entries of its pool");
  const reasons = Map.groupBy(rejected, ({ reason }) => reason);
  const found =
    chosen.index === 0
      ? []
      : tripwires({
          seed: facts.evaluator.facts(seed.candidate),
          candidate: facts.evaluator.facts(chosen.candidate),
        }).filter(({ state }) => state === "tripped");
  return {
    stop: facts.stopped && stop === "budget" ? "stopped" : stop,
    rollouts,
    proposals,
    pool: pool.length,
    rejected: Object.fromEntries([...reasons].map(([reason, edits]) => [reason, edits.length])),
    seed: seed.estimate,
    best: { index: best.index, score: best.estimate },
    chosen: {
      index: chosen.index,
      score: chosen.estimate,
      corrected: result.correctedMean,
      length: chosen.length,
      seedLength: seed.length,
    },
    train: trainScores(seed, chosen, facts),
    noise,
    tripwires: found.map(({ name, says }) => ({ name, says })),
    warnings: warningsOf(facts),
    spent: facts.spent,
    changed: [...facts.changed],
    frozen: { ...facts.frozen },
  };
}
