import type { JudgeComparison } from "../model/comparison.ts";
import type { Interval, JudgeSummary } from "../model/estimate.ts";
import type { Json } from "../model/json.ts";

/** Three decimals at most, without trailing zeros: enough for a share of a thousand examples. */
export const rounded = (value: number | null): number | null =>
  value === null ? null : Math.round(value * 1_000) / 1_000;

export const intervalWords = (interval: Interval | null): string =>
  interval === null ? "" : `[${rounded(interval.low)}, ${rounded(interval.high)}]`;

/** What is missing from an estimate, each reason with its count. */
export function missingWords({ unscored, errors }: JudgeSummary): string {
  return Object.entries({ ...unscored, ...errors })
    .map(([reason, count]) => `${reason} ${count}`)
    .join(", ");
}

/** A judge's estimate as one row: never a number without its n, interval and what is missing. */
export const judgeRow = (summary: JudgeSummary): Json[] => [
  summary.judge,
  rounded(summary.mean),
  intervalWords(summary.interval),
  `${summary.scored} of ${summary.rows}`,
  summary.passRate === null ? "" : `${Math.round(summary.passRate * 100)} %`,
  summary.failedRuns,
  missingWords(summary),
  summary.bounds === null || (summary.bounds.low === summary.mean && summary.bounds.high === summary.mean)
    ? ""
    : `[${rounded(summary.bounds.low)}, ${rounded(summary.bounds.high)}]`,
  summary.calibration,
];

export const JUDGE_COLUMNS = [
  "judge",
  "mean",
  "95% interval",
  "scored",
  "pass",
  "failed runs",
  "missing",
  "if missing were worst/best",
  "calibration",
];

/** Columns of `pairRow`. */
export const PAIR_COLUMNS = [
  "judge of pairs",
  "wins",
  "ties",
  "losses",
  "win rate",
  "interval",
  "orders disagree",
  "asked in both orders",
  "one place twice: the first",
  "failed runs",
];

/** What a judge of pairs said, as one row; none for other judges. */
export const pairRow = ({ judge, pairs }: JudgeComparison): Json[][] =>
  pairs === null
    ? []
    : [
        [
          judge,
          pairs.wins,
          pairs.ties,
          pairs.losses,
          rounded(pairs.winRate),
          intervalWords(pairs.interval),
          pairs.orderDisagreements,
          pairs.asked,
          `${pairs.firstTwice.count} of ${pairs.firstTwice.of}`,
          pairs.failedRuns,
        ],
      ];
