import { hashOf } from "../../canonical.ts";
import type { Context } from "../../context.ts";
import { intervalWords, rounded } from "../../evaluation/words.ts";
import type { Budget } from "../../model/ledger.ts";
import { type WatchMeasure, WatchResult } from "../../model/watch.ts";
import { alphaOfLook } from "../../statistics/multiplicity.ts";
import { findProposal } from "../campaign/proposals.ts";
import { applicationOf, watchArms } from "./arms.ts";
import { compareMeasure, measurable } from "./compare-arms.ts";
import { judgeSample, watchJudges } from "./judge-sample.ts";
import { lastWatch } from "./last-watch.ts";
import { watchNotes } from "./notes.ts";
import { watchSessions } from "./sessions.ts";
import { watchUnits } from "./units.ts";

export interface WatchProposal {
  readonly proposal: string;
  /** Asked of a sample of both sides; default those that were named when it was applied. */
  readonly judges?: readonly string[] | undefined;
  /** Traces, and sessions, of each side that judges are asked about. */
  readonly sample: number;
  /** Of traffic before the application. */
  readonly days: number;
  readonly budget?: Budget | undefined;
  /** Seconds that judges are waited for. */
  readonly patience: number;
}

export type Watched =
  | { readonly state: "looked"; readonly result: WatchResult; readonly repeated: boolean }
  | { readonly state: "judging"; readonly jobId: string };

const ALPHA = 0.05;

const WORDS = { worse: "fell", better: "rose", not_shown: "is not shown to differ", too_little: "" } as const;

function measureWords({ measure, goal, before, after, interval, verdict }: WatchMeasure): string {
  const turned = goal === "lower" ? ({ worse: "rose", better: "fell" } as const) : WORDS;
  const word = verdict === "worse" || verdict === "better" ? turned[verdict] : WORDS[verdict];
  const { low, high, level } = interval ?? { low: null, high: null, level: 1 };
  const limits =
    low === null || high === null
      ? ""
      : `, difference within ${intervalWords({ low, high, level, method: "" })}`;
  return `${measure} ${word}: ${rounded(before.mean)} (n ${before.n}) to ${rounded(after.mean)} (n ${after.n})${limits}`;
}

function verdictOf(measures: readonly WatchMeasure[]): WatchResult["verdict"] {
  const has = (verdict: WatchMeasure["verdict"]) => measures.some((one) => one.verdict === verdict);
  if (has("worse")) return "worse";
  if (has("better")) return "better";
  return has("not_shown") ? "not_shown" : "cannot_be_measured";
}

const HEADS = {
  worse: "Worse since it was applied",
  better: "Better since it was applied",
  not_shown: "No difference is shown",
  cannot_be_measured: "It cannot be measured yet: too little feedback on one side, or too few sessions",
} as const;

function sentenceOf(verdict: WatchResult["verdict"], measures: readonly WatchMeasure[]): string {
  const told = measures.filter(
    (one) => one.verdict === verdict || (verdict === "worse" && one.verdict === "better"),
  );
  const words = told.map(measureWords);
  return words.length === 0 ? `${HEADS[verdict]}.` : `${HEADS[verdict]}. ${words.join("; ")}.`;
}

/** Equal for the same data: looking at it again is not another look. */
const dataOf = (measures: readonly WatchMeasure[]): string =>
  hashOf(measures.map(({ measure, before, after }) => [measure, { ...before }, { ...after }]));

async function keep({ store, project }: Context, result: WatchResult): Promise<void> {
  const body = JSON.parse(JSON.stringify(WatchResult.parse(result)));
  await store.records.versions.save({
    projectId: project.id,
    kind: "watch",
    name: result.proposal,
    hash: hashOf(body),
    body,
    note: null,
  });
}

/**
 * Compares production traffic before and after a proposal was applied: what people say, which traces fail, and what
 * judges say of a seeded sample of traces and of whole conversations. Look k spends alpha / (k (k + 1)), shared by the measures that both sides have enough of.
 * Kept with the proposal. @throws AppError `conflict` when it is not applied.
 */
export async function watchProposal(context: Context, input: WatchProposal): Promise<Watched> {
  const proposal = await findProposal(context, input.proposal);
  const names = input.judges ?? applicationOf(proposal).watch ?? [];
  const { judges, root } = await watchJudges(context, names);
  const arms = await watchArms(context, proposal, input.days);
  const { sample, budget, patience } = input;
  const sessions = await watchSessions(context, arms);
  const how = { proposal: proposal.id, judges, root, sample, budget, patience };
  const sampled = await judgeSample(context, { arms, sessions }, how);
  if (typeof sampled === "string") return { state: "judging", jobId: sampled };
  const units = await watchUnits(context, arms, sessions, { judges, sampled });
  const enough = measurable(units.before, units.after);
  const last = await lastWatch(context, proposal.id);
  const look = enough.length === 0 ? null : (last?.looks ?? 0) + 1;
  const alpha = look === null ? null : alphaOfLook(ALPHA, look) / enough.length;
  const all = [...new Set([...units.before.measures.keys(), ...units.after.measures.keys()])].sort();
  const measures = all.map((name) => compareMeasure(name, units, alpha ?? ALPHA));
  if (last && dataOf(last.result.measures) === dataOf(measures))
    return { state: "looked", result: last.result, repeated: true };
  const verdict = verdictOf(measures);
  const result: WatchResult = {
    proposal: proposal.id,
    appliedUs: arms.appliedUs,
    atUs: context.now(),
    by: arms.by,
    traces: { before: arms.before.traces.length, after: arms.after.traces.length },
    look,
    alpha,
    verdict,
    sentence: sentenceOf(verdict, measures),
    measures,
    notes: watchNotes({ arms, sessions, judges, sampled, units }),
  };
  await keep(context, result);
  return { state: "looked", result, repeated: false };
}
