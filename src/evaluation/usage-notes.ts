import type { ResultRow } from "../model/evaluation.ts";
import type { Budget } from "../model/ledger.ts";
import type { UsageSource } from "../model/metered.ts";

const WORDS: Readonly<Record<UsageSource, string>> = {
  result: "the target's own results",
  meter: "the meter",
  traces: "their traces",
};

/** Of a metered target: whose word the cost and tokens of its runs are, and what the meter could not know. */
export function createUsageNotes() {
  const sources = new Map<UsageSource, number>();
  const seen = { runs: 0, silent: 0, unknown: 0, unpriced: 0, failed: 0 };
  return {
    add({ run: { metered, usageFrom } }: ResultRow): void {
      if (!metered) return;
      seen.runs += 1;
      if (metered.calls + metered.failed === 0) seen.silent += 1;
      seen.unknown += metered.unknown;
      seen.unpriced += metered.unpriced;
      seen.failed += metered.failed;
      const source = usageFrom?.tokens ?? usageFrom?.cost;
      if (source) sources.set(source, (sources.get(source) ?? 0) + 1);
    },
    notes(): string[] {
      const { runs, silent, unknown, unpriced, failed } = seen;
      const told = [...sources].map(([source, count]) => `${WORDS[source]} (${count} of ${runs} runs)`);
      return [
        ...(told.length > 0 ? [`cost and tokens are from ${told.join(", ")}`] : []),
        ...(silent > 0
          ? [
              `the meter saw no call of ${silent} runs: they asked no model, or do not use the variables of meter; what they cost is not taken to be zero`,
            ]
          : []),
        ...(unknown > 0
          ? [
              `${unknown} model calls said no usage (streams need stream_options.include_usage): the tokens of their runs are unknown, and budgets were charged by estimate`,
            ]
          : []),
        ...(unpriced > 0
          ? [
              `${unpriced} metered model calls have no known price (an endpoint of models.yaml that states prices, named under meter, gives them one)`,
            ]
          : []),
        ...(failed > 0 ? [`${failed} metered model calls failed at the provider or could not reach it`] : []),
      ];
    },
  };
}

/** Runs that ended well and did not say what they used: a budget cannot hold what nobody says. */
export function createSilenceNotes() {
  const silent = { tokens: 0, usd: 0 };
  return {
    add({ run }: ResultRow): void {
      if (run.status !== "ok") return;
      if (run.inputTokens === null && run.outputTokens === null) silent.tokens += 1;
      if (run.costUsd === null) silent.usd += 1;
    },
    notes: ({ tokens, usd }: Budget): string[] => [
      ...(tokens !== undefined && silent.tokens > 0
        ? [`${silent.tokens} runs did not say their tokens: the budget of tokens held only what was said`]
        : []),
      ...(usd !== undefined && silent.usd > 0
        ? [`${silent.usd} runs did not say their cost: the budget in dollars held only what was said`]
        : []),
    ],
  };
}
