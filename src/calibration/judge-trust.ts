import { EvaluationSummary } from "../model/estimate.ts";
import type { Evaluation } from "../model/evaluation.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import type { VersionStore } from "../store/version-store.ts";
import { calibrationWords } from "./card-words.ts";
import { findCard } from "./find-card.ts";

/** What is known of a judge that a score is shown of. */
export interface JudgeTrust {
  readonly words: string;
  /** Code, or checked against people in just this version and found informative. */
  readonly trusted: boolean;
}

type Named = Pick<ResolvedJudge, "name" | "hash" | "kind">;

/** By judge name; a card of another version of a judge does not count. */
export async function trustOf(
  versions: VersionStore,
  projectId: string,
  judges: readonly Named[],
  nowUs: number,
): Promise<ReadonlyMap<string, JudgeTrust>> {
  const entries = await Promise.all(
    judges.map(async ({ name, hash, kind }): Promise<[string, JudgeTrust]> => {
      const card = await findCard(versions, projectId, hash);
      const trusted = kind === "code" || card?.informative === "yes";
      return [name, { words: calibrationWords(card, kind, nowUs), trusted }];
    }),
  );
  return new Map(entries);
}

/** Judges' summaries with what is known of the judges now, not when they were summed up. */
export const stamped = (
  judges: EvaluationSummary["judges"],
  trust: ReadonlyMap<string, JudgeTrust>,
): EvaluationSummary["judges"] =>
  judges.map((summary) => ({
    ...summary,
    calibration: trust.get(summary.judge)?.words ?? summary.calibration,
  }));

/** An evaluation whose summary says how far each judge is to be trusted by now. */
export async function withTrust(versions: VersionStore, evaluation: Evaluation): Promise<Evaluation> {
  const { summary, setup, projectId } = evaluation;
  const parsed = EvaluationSummary.safeParse(summary);
  if (!parsed.success) return evaluation;
  const trust = await trustOf(versions, projectId, setup.judges, Date.now() * 1_000);
  return {
    ...evaluation,
    summary: JSON.parse(JSON.stringify({ ...parsed.data, judges: stamped(parsed.data.judges, trust) })),
  };
}
