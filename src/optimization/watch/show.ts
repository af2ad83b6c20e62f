import { intervalWords, rounded } from "../../evaluation/words.ts";
import type { Answer, NextCall } from "../../model/answer.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { WatchMeasure, WatchResult } from "../../model/watch.ts";

const side = ({ n, clusters, mean }: WatchMeasure["before"]): string =>
  mean === null ? "none" : `${rounded(mean)} (n ${n}, ${clusters} sessions)`;

const limits = (interval: WatchMeasure["interval"]): string =>
  interval === null || interval.low === null || interval.high === null
    ? ""
    : `${intervalWords({ low: interval.low, high: interval.high, level: interval.level, method: "" })}`;

/** The numbers behind a look. Names of feedback are the application's words. */
export const watchTable = ({ measures }: WatchResult): JsonObject => ({
  columns: ["measure", "better is", "before", "after", "difference", "interval", "verdict"],
  rows: measures.map((one): Json[] => [
    one.measure,
    one.goal,
    side(one.before),
    side(one.after),
    rounded(one.difference),
    limits(one.interval),
    one.verdict,
  ]),
});

export const watchData = ({ verdict, by, traces, look, alpha, notes, atUs }: WatchResult): JsonObject => ({
  verdict,
  by,
  traces,
  look,
  level: alpha === null ? null : Number((1 - alpha).toPrecision(5)),
  notes,
  at: new Date(atUs / 1_000).toISOString().slice(0, 19),
});

const rollbackCall = ({ proposal, look }: WatchResult): NextCall => ({
  tool: "apply_proposal",
  arguments: { proposal, action: "rollback", reason: `worse in live traffic, look ${look ?? 0}` },
  why: "live traffic is worse since it was applied",
});

/** What a look says, and the rollback when it is worse. */
export const watchAnswer = (result: WatchResult): Answer => ({
  data: { proposal: result.proposal, ...watchData(result) },
  untrusted: { sentence: result.sentence, measures: watchTable(result) },
  next: result.verdict === "worse" ? [rollbackCall(result)] : [],
});
