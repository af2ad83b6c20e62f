import type { JudgeComparison, MeasureComparison } from "../model/comparison.ts";
import type { Interval, JudgeSummary } from "../model/estimate.ts";
import type { Json } from "../model/json.ts";

/** Three decimals at most, without trailing zeros: enough for a share of a thousand examples. */
export const rounded = (value: number | null): number | null =>
  value === null ? null : Math.round(value * 1_000) / 1_000;

export const intervalWords = (interval: Interval | null): string =>
  interval === null ? "" : `[${rounded(interval.low)}, ${rounded(interval.high)}]`;

/** What is missing from an estimate, each reason with its count. */
export function missingWords({ unscored, errors, bounded, failedRuns }: JudgeSummary): string {
  // With a threshold they are scored as fails, yet the mean of a measure is without them.
  const noValue = bounded ? 0 : failedRuns - (unscored.run_failed ?? 0);
  return [
    ...Object.entries({ ...unscored, ...errors }).map(([reason, count]) => `${reason} ${count}`),
    ...(noValue > 0 ? [`run_failed ${noValue} (failed the threshold, without a value)`] : []),
  ].join(", ");
}

/** What the question did not arise for is no missing data, but a reader must know why fewer than all are scored. */
const notApplicableWords = ({ notApplicable }: JudgeSummary): string[] =>
  notApplicable > 0 ? [`${notApplicable} not applicable`] : [];

function summaryBoundsWords(summary: JudgeSummary): string {
  const { bounds, bounded, mean } = summary;
  if (bounds === null) return !bounded && missingWords(summary) !== "" ? "unbounded" : "";
  return bounds.low === mean && bounds.high === mean
    ? ""
    : `[${rounded(bounds.low)}, ${rounded(bounds.high)}]`;
}

/** A judge's estimate as one row: never a number without its n, interval and what is missing. */
export const judgeRow = (summary: JudgeSummary): Json[] => [
  summary.judge,
  rounded(summary.mean),
  intervalWords(summary.interval),
  [`${summary.scored} of ${summary.rows}`, ...notApplicableWords(summary)].join(", "),
  summary.passRate === null ? "" : `${Math.round(summary.passRate * 100)} %`,
  summary.failedRuns,
  missingWords(summary),
  summaryBoundsWords(summary),
  summary.calibration,
];

/** Heads the cell of `boundsWords`. */
export const BOUNDS_COLUMN = "if missing were worst/best";

export const JUDGE_COLUMNS = [
  "judge",
  "mean",
  "95% interval",
  "scored",
  "pass",
  "failed runs",
  "missing",
  BOUNDS_COLUMN,
  "calibration",
];

/** The difference with all that is missing at its worst and best; empty when nothing is missing. */
export function boundsWords({ missing, bounds, changesAtBound }: JudgeComparison): string {
  if (missing === 0) return "";
  if (bounds === null) return "unbounded";
  return `[${rounded(bounds.low)}, ${rounded(bounds.high)}]${changesAtBound ? ", which changes the verdict" : ""}`;
}

/** Pairs without a verdict, and how many of them for a failed run. */
export const missingPairsWords = ({ missing, failedRuns }: JudgeComparison): Json =>
  failedRuns > 0 ? `${missing} (run_failed ${failedRuns})` : missing;

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

/** Columns of `measureRow`. */
export const MEASURE_COLUMNS = [
  "measure",
  "n",
  "left out, a run failed",
  "baseline",
  "candidate",
  "difference",
  "95% interval",
];

/** What runs took on both sides, as one row. */
export const measureRow = (row: MeasureComparison): Json[] => [
  row.measure,
  row.n,
  row.leftOut,
  rounded(row.baseline),
  rounded(row.candidate),
  rounded(row.difference),
  intervalWords(row.interval),
];
