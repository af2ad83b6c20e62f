import type { Context } from "../context.ts";
import { orderBias } from "../judges/model/order-bias.ts";
import type { PairTally } from "../model/comparison.ts";
import type { Evaluation, ResultRow } from "../model/evaluation.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import type { Verdict } from "../model/verdict.ts";
import type { Decision } from "../statistics/decision.ts";
import type { ScorePair } from "../statistics/score-pairs.ts";
import { type Pair, pairsOf } from "./arms.ts";
import { rowsOf } from "./find.ts";
import { type ExampleValue, mean, scoreOf, takeRow } from "./values.ts";

/** What a judge of pairs said of two evaluations, pair by pair. */
export interface Pairing {
  readonly judge: ResolvedJudge;
  readonly pairs: readonly Pair[];
  readonly verdicts: readonly Verdict[];
}

type Reading = Pick<Context, "store" | "project">;

/** The newest ended judging of these two by each judge, the candidate being the same side. */
async function judgingsOf({ store, project }: Reading, baseline: Evaluation, candidate: Evaluation) {
  const found = new Map<string, { readonly judge: ResolvedJudge; readonly evaluation: Evaluation }>();
  let cursor: string | undefined;
  do {
    const page = await store.records.evaluations.list({
      projectId: project.id,
      dataset: candidate.setup.dataset.name,
      limit: 200,
      cursor,
    });
    for (const evaluation of page.items) {
      const { pair, judges } = evaluation.setup;
      if (pair?.baseline !== baseline.id || pair.candidate !== candidate.id || evaluation.endedUs === null)
        continue;
      for (const judge of judges) if (!found.has(judge.name)) found.set(judge.name, { judge, evaluation });
    }
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return [...found.values()];
}

/** Of the other side: what one wins, the other loses; a tie is no win of either. */
function mirrored(verdict: Verdict): Verdict {
  const value = verdict.value === null ? null : 1 - verdict.value;
  return { ...verdict, value, pass: value === null ? null : value > 0.5 };
}

const ofCandidate = (verdict: Verdict): Verdict => ({
  ...verdict,
  pass: verdict.value === null ? null : verdict.value > 0.5,
});

async function readPairing(context: Reading, judge: ResolvedJudge, { id }: Evaluation): Promise<Pairing> {
  const sides = {
    baseline: new Map<string, ExampleValue>(),
    candidate: new Map<string, ExampleValue>(),
  };
  const verdicts: Verdict[] = [];
  const { name } = judge;
  const withVerdict = (row: ResultRow, verdict: Verdict): ResultRow => ({
    ...row,
    verdicts: { [name]: verdict },
  });
  for await (const row of rowsOf(context, id)) {
    const verdict = row.verdicts[name];
    if (verdict) verdicts.push(verdict);
    takeRow(sides.candidate, verdict ? withVerdict(row, ofCandidate(verdict)) : row, name);
    takeRow(sides.baseline, verdict ? withVerdict(row, mirrored(verdict)) : row, name);
  }
  return { judge, verdicts, pairs: pairsOf(sides.baseline, sides.candidate) };
}

/** What judges of pairs said of a candidate beside a baseline; empty when none was asked. Holdout examples never were. */
export async function readPairings(
  context: Reading,
  baseline: Evaluation,
  candidate: Evaluation,
): Promise<Pairing[]> {
  const pairings: Pairing[] = [];
  for (const { judge, evaluation } of await judgingsOf(context, baseline, candidate))
    pairings.push(await readPairing(context, judge, evaluation));
  return pairings;
}

/**
 * Rows for the decision, whose difference is the share of wins less that of losses. A plain tie is 0 on both sides, so that
 * wins and losses alone decide: McNemar's exact test, which is then the sign test.
 */
export const preferenceRows = (pairs: readonly Pair[]): ScorePair[] =>
  pairs.map(({ id, candidate }) => {
    const own = candidate && candidate.missing === 0 ? mean(candidate.values) : null;
    const isTie = own === 0.5;
    return {
      exampleId: id,
      cluster: candidate?.group ?? null,
      baseline: own === null ? null : isTie ? 0 : 1 - own,
      candidate: isTie ? 0 : own,
    };
  });

/** From a difference of shares, -1 to 1, to a rate of wins, 0 to 1, a tie being half a win. */
const rateOf = (difference: number): number => (difference + 1) / 2;

/** Counts, rate of wins and order bias of what a judge of pairs said. */
export function pairTally({ verdicts }: Pairing, { findings }: Decision): PairTally {
  const scored = verdicts.filter(({ state }) => state === "scored");
  const values = scored.flatMap((verdict) => scoreOf(verdict) ?? []);
  const { consistent, firstTwice } = orderBias(verdicts);
  const interval = findings?.interval;
  return {
    wins: values.filter((value) => value > 0.5).length,
    ties: values.filter((value) => value === 0.5).length,
    losses: values.filter((value) => value < 0.5).length,
    orderDisagreements: scored.filter(({ reason }) => reason === "order_disagreement").length,
    failedRuns: scored.filter(({ reason }) => reason === "run_failed").length,
    winRate: findings ? rateOf(findings.difference) : null,
    interval:
      findings && interval && interval.low !== null && interval.high !== null
        ? {
            low: rateOf(interval.low),
            high: rateOf(interval.high),
            level: interval.level,
            method: findings.intervalMethod,
          }
        : null,
    asked: consistent.of,
    consistent: consistent.count,
    firstTwice: {
      count: firstTwice.count,
      of: firstTwice.of,
      low: firstTwice.interval?.low ?? null,
      high: firstTwice.interval?.high ?? null,
    },
  };
}

/** What a reader must know of a judge that goes by the place of an answer. */
export function orderBiasWarning(judge: string, { firstTwice, asked, consistent }: PairTally): string[] {
  const { count, of, low, high } = firstTwice;
  if (low === null || high === null || (low <= 0.5 && high >= 0.5)) return [];
  const place = low > 0.5 ? "first" : "second";
  const times = low > 0.5 ? count : of - count;
  return [
    `order bias: where ${judge} chose one place in both orders it was the ${place} ${times} of ${of} times; ${asked - consistent} of ${asked} pairs are ties because the orders disagree`,
  ];
}
