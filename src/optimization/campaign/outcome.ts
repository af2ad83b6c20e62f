import { scoreOf } from "../../evaluation/values.ts";
import type { ResultRow, ResultRun } from "../../model/evaluation.ts";
import type { ResolvedJudge } from "../../model/judge.ts";
import type { ReflectiveOutcome } from "../reflection/choose-cases.ts";
import type { TripwireRun } from "../reflection/tripwires.ts";

export interface CampaignOutcome extends ReflectiveOutcome {
  /** What the tripwires look at. */
  readonly facts: TripwireRun;
}

/** What a campaign can prefer less of, beside names of judges. */
export const MEASURES = ["cost", "latency", "length"] as const;

/** A verdict as a number of which more is better; null: not scored. */
export function goodness(judge: ResolvedJudge, verdicts: ResultRow["verdicts"]): number | null {
  const verdict = verdicts[judge.name];
  const value = verdict?.state === "scored" ? scoreOf(verdict) : null;
  if (value === null) return null;
  return judge.goal === "higher" ? value : -value;
}

/** The mean over judges for which the question arises; null when one of these gave no score. */
export function meanGoodness(
  judges: readonly ResolvedJudge[],
  verdicts: ResultRow["verdicts"],
): number | null {
  const arising = judges.filter(({ name }) => verdicts[name]?.state !== "not_applicable");
  const scores = arising.map((judge) => goodness(judge, verdicts)).filter((score) => score !== null);
  if (scores.length === 0 || scores.length < arising.length) return null;
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

const negated = (value: number | null): number | null => (value === null ? null : -value);

/** Of all of these less is better: they are negated. A run that failed took nothing that counts: a crash is not cheap. */
export const measuresOf = (
  run: ResultRun,
  components: Readonly<Record<string, string>>,
): Readonly<Record<(typeof MEASURES)[number], number | null>> => ({
  cost: run.status === "ok" ? negated(run.costUsd) : null,
  latency: run.status === "ok" ? negated(run.durationMs) : null,
  length: -Object.values(components).reduce((sum, text) => sum + text.length, 0),
});
