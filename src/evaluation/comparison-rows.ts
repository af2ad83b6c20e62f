import type { Comparison, JudgeComparison, MeasureComparison } from "../model/comparison.ts";
import type { Json } from "../model/json.ts";
import { BOUNDS_COLUMN, intervalWords, rounded } from "./words.ts";

/** The difference with all that is missing at its worst and best; empty when nothing is missing. */
function boundsWords({ missing, bounds, changesAtBound }: JudgeComparison): string {
  if (missing === 0) return "";
  if (bounds === null) return "unbounded";
  return `[${rounded(bounds.low)}, ${rounded(bounds.high)}]${changesAtBound ? ", which changes the verdict" : ""}`;
}

/** With its level where that is not the usual one: the primary judge's is stricter, so the two cannot be compared. */
const intervalAtLevel = ({ interval }: JudgeComparison): string =>
  interval === null || interval.level === 0.95
    ? intervalWords(interval)
    : `${intervalWords(interval)} at ${rounded(interval.level * 100)} %`;

/** Pairs without a verdict, and how many of them for a failed run. */
const missingPairsWords = ({ missing, failedRuns }: JudgeComparison): Json =>
  failedRuns > 0 ? `${missing} (run_failed ${failedRuns})` : missing;

/** Columns of `comparedRow`. */
export const COMPARED_COLUMNS = [
  "judge",
  "verdict",
  "baseline",
  "candidate",
  "difference",
  "interval",
  "p adjusted",
  "n",
  "clusters",
  "gained",
  "lost",
  "missing",
  BOUNDS_COLUMN,
  "method",
  "calibration",
];

/** What a judge says of the difference, as one row: never without its interval, n and what is missing. */
export const comparedRow = (judge: JudgeComparison): Json[] => [
  judge.primary ? `${judge.judge} (primary)` : judge.judge,
  judge.verdict,
  rounded(judge.baseline),
  rounded(judge.candidate),
  rounded(judge.difference),
  intervalAtLevel(judge),
  judge.adjustedP === null ? null : Number(judge.adjustedP.toPrecision(3)),
  judge.n,
  judge.clusters,
  judge.gained,
  judge.lost,
  missingPairsWords(judge),
  boundsWords(judge),
  judge.method,
  judge.calibration ?? "",
];

/** Columns of `sliceRow`. */
export const SLICE_COLUMNS = ["slice", "n", "difference", "gained", "lost"];

/** The primary judge on a part of the examples, as one row; its name is untrusted. */
export const sliceRow = ({ slice, n, difference, gained, lost }: Comparison["slices"][number]): Json[] => [
  slice,
  n,
  rounded(difference),
  gained,
  lost,
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
