import { AppError } from "../../errors.ts";
import type { Assessment } from "../../model/assessment.ts";
import { EVALUATION_TAG } from "../../model/evaluation-tag.ts";
import type { Verdict } from "../../model/verdict.ts";
import type { ChangedItem } from "../../store/schedule-store.ts";
import type { Store } from "../../store/store.ts";
import { type JudgingTools, judgeItem } from "../judge-item.ts";
import type { Held } from "../pipeline.ts";
import { recordedItem, recordingOf, type Where } from "../recorded-item.ts";
import { feedbackOf } from "../verdict-feedback.ts";
import type { LeftOut } from "./progress.ts";
import type { ItemLevel, ScheduledJudge } from "./resolve.ts";

export interface DrawnTools {
  readonly store: Store;
  readonly judging: JudgingTools;
  readonly level: ItemLevel;
  /** What ended before is left out. Microseconds. */
  readonly oldestUs: number;
  /** Model judges are not asked: nothing is left. */
  readonly budgetUsedUp: () => boolean;
}

export type JudgeEnd = "judged" | "again" | "notApplicable" | "unscored" | "failed" | "overBudget" | "outage";

export interface JudgeResult {
  readonly by: ScheduledJudge;
  readonly end: JudgeEnd;
  readonly pass: boolean | null;
}

export type ItemOutcome = { readonly leftOut: LeftOut } | { readonly results: readonly JudgeResult[] };

/** Why a drawn item is not judged; read anew each time, since a holdout may have been sealed since it came in. */
async function whyNot(where: Where, item: ChangedItem, tools: DrawnTools): Promise<LeftOut | undefined> {
  const { store, judging, oldestUs } = tools;
  if (item.endUs < oldestUs) return "tooOld";
  if (await store.records.datasets.isSealed(judging.projectId, where)) return "sealed";
  const summary =
    "traceId" in where
      ? await store.traces.getTrace(judging.projectId, where.traceId)
      : await store.traces.getSession(judging.projectId, where.sessionId);
  if (!summary) return "gone";
  return EVALUATION_TAG in summary.tags ? "evaluationRuns" : undefined;
}

const ENDS: Readonly<Record<Verdict["state"], JudgeEnd>> = {
  scored: "judged",
  not_applicable: "notApplicable",
  unscored: "unscored",
  error: "failed",
};

const endOf = ({ reason, state }: Verdict): JudgeEnd => (reason === "judge_outage" ? "outage" : ENDS[state]);

/** A judge that cannot cope with one item does not stop the others. */
async function ask(
  { judge }: ScheduledJudge,
  item: Parameters<typeof judgeItem>[1],
  where: Where,
  { judging, budgetUsedUp }: DrawnTools,
): Promise<Verdict | Held | "failed"> {
  if (judge.kind === "llm" && budgetUsedUp()) return "over_budget";
  try {
    return await judgeItem(judge, item, [where], judging, recordingOf(where));
  } catch (error) {
    // The job was taken over, stopped, or its store is away: no verdict of any item is to be had.
    if (judging.signal.aborted || error instanceof AppError) throw error;
    return "failed";
  }
}

const isEarlier = (one: Assessment, name: string, ids: ReadonlySet<string>): boolean =>
  one.name === name &&
  one.samplingRate !== undefined &&
  one.spanId === null &&
  one.turn === undefined &&
  !ids.has(one.id);

/** Judges one drawn trace or session and keeps the verdicts as feedback on it. */
export async function judgeDrawn(
  item: ChangedItem,
  drawn: readonly ScheduledJudge[],
  tools: DrawnTools,
): Promise<ItemOutcome> {
  const { store, judging, level } = tools;
  const { projectId } = judging;
  const where: Where = level === "sessions" ? { sessionId: item.id } : { traceId: item.id };
  const leftOut = await whyNot(where, item, tools);
  if (leftOut) return { leftOut };
  const recorded = await recordedItem(store, projectId, where);
  if (!recorded) return { leftOut: "gone" };
  const said = await Promise.all(drawn.map((by) => ask(by, recorded.item, where, tools)));
  const known = await store.traces.readAssessments({ projectId, ...where, limit: 5_000 });
  const results: JudgeResult[] = [];
  const feedback: Assessment[] = [];
  for (const [i, by] of drawn.entries()) {
    const verdict = said[i];
    if (verdict === undefined || typeof verdict === "string") {
      results.push({ by, end: verdict === "over_budget" ? "overBudget" : "failed", pass: null });
      continue;
    }
    const draw = { rate: by.rate, revision: item.place.us };
    const kept = feedbackOf(by.judge, verdict, where, Date.now() * 1_000, draw);
    const ids = new Set(kept.map(({ id }) => id));
    const isAgain = kept.length > 0 && known.some((one) => isEarlier(one, by.judge.name, ids));
    results.push({ by, end: isAgain ? "again" : endOf(verdict), pass: verdict.pass });
    feedback.push(...kept);
  }
  return (await keep(store, projectId, feedback)) ? { results } : { leftOut: "gone" };
}

/** False: what it is about was deleted meanwhile. */
async function keep(store: Store, projectId: string, feedback: readonly Assessment[]): Promise<boolean> {
  try {
    if (feedback.length > 0) await store.traces.addAssessments(projectId, feedback);
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === "not_found") return false;
    throw error;
  }
}
