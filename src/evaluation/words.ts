import type { Interval, JudgeSummary } from "../model/estimate.ts";
import type { Json } from "../model/json.ts";

/** What is nearer to 0 is the rest of a floating-point sum. */
const NOTHING = 1e-9;

/**
 * Three decimals at most, without trailing zeros: enough for a share of a thousand examples. Below 0.01 two significant
 * digits, so that what a cheap run costs is not told as 0.
 */
export function rounded(value: number | null): number | null {
  if (value === null) return null;
  const size = Math.abs(value);
  return size < NOTHING || size >= 0.01 ? Math.round(value * 1_000) / 1_000 : Number(value.toPrecision(2));
}

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

/** Heads what would be if all that is missing were at its worst and best. */
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
