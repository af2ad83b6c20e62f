import type { JudgeComparison } from "../model/comparison.ts";
import type { Interval } from "../model/estimate.ts";
import type { Decision } from "../statistics/decision.ts";
import { rounded } from "./words.ts";

const pWords = (p: number | null): string =>
  p === null ? "" : p < 0.0001 ? "p < .0001" : `p = ${p.toFixed(4).replace(/^0/, "")}`;

const signed = (value: number | null): string =>
  value === null ? "" : `${value >= 0 ? "+" : ""}${rounded(value)}`;

/** What would settle an open question, in examples or in the size of the difference. */
export function settlesWords({ findings, verdict, pairs }: Decision): string | null {
  const settles = findings?.settles;
  if (!settles || verdict === "better" || verdict === "worse") return null;
  const { detectableDifference, pairsForObserved, pairsForEquivalence } = settles;
  const parts = [
    detectableDifference === null
      ? `${pairs} examples cannot show any difference`
      : `${pairs} examples show a difference of ${rounded(detectableDifference)} or more 4 times in 5`,
    ...(pairsForObserved === null ? [] : [`the observed difference would need about ${pairsForObserved}`]),
    ...(pairsForEquivalence === null ? [] : [`equivalence at this margin about ${pairsForEquivalence}`]),
  ];
  return parts.join("; ");
}

const VERDICTS = {
  better: "The candidate is better",
  worse: "The candidate is worse",
  equivalent: "The two are equivalent at the margin",
  inconclusive: "Inconclusive: no difference was shown",
  /** A difference may well stand among those that are there. */
  open: "Inconclusive",
} as const;

const whereWords = (interval: Interval | null): string =>
  interval
    ? ` (${rounded(interval.level * 100)} % interval ${rounded(interval.low)} to ${rounded(interval.high)})`
    : "";

/** What was found: two means, or of a judge of pairs what the candidate won. */
function foundWords({
  judge,
  baseline,
  candidate,
  difference,
  interval,
  gained,
  lost,
  pairs,
}: JudgeComparison) {
  if (!pairs)
    return {
      found: `${judge} ${rounded(baseline)} to ${rounded(candidate)}, ${signed(difference)}${whereWords(interval)}`,
      counts: `${gained} gained and ${lost} lost`,
    };
  const { winRate, wins, ties, losses, orderDisagreements } = pairs;
  const disagree = orderDisagreements > 0 ? ` (${orderDisagreements} since the orders disagree)` : "";
  return {
    found: `by ${judge} the candidate wins ${rounded(winRate)} of the pairs, ties counted half${whereWords(pairs.interval)}`,
    counts: `${wins} wins, ${ties} ties${disagree} and ${losses} losses`,
  };
}

const turnWords = ({ judge, failedRuns }: JudgeComparison): string =>
  failedRuns > 0
    ? `Runs of ${failedRuns} example${failedRuns === 1 ? "" : "s"} failed and have no ${judge}, which nothing bounds`
    : "The missing verdicts could turn it";

/** Of a judge that does not decide; the sentence says it of the primary one. */
export const failedRunsWarning = (judge: JudgeComparison): string[] =>
  judge.failedRuns > 0 && !judge.primary ? [`${judge.judge} is inconclusive: ${turnWords(judge)}`] : [];

/** Where verdicts that are missing decide: how to find out why, and how to leave out what cannot have one. */
export const missingWarning = ({ judge, missing, failedRuns, changesAtBound }: JudgeComparison): string[] =>
  changesAtBound && missing > failedRuns
    ? [
        `${judge}: get_record of the evaluations says why verdicts are missing; a judge saved with whenExpected leaves out examples that lack the expectation it needs`,
      ]
    : [];

/** The verdict with its numbers in one sentence. */
export function comparisonSentence(
  primary: JudgeComparison,
  { attempt = 1, look }: { readonly attempt?: number | undefined; readonly look?: number | undefined },
): string {
  const { judge, difference, n, alpha } = primary;
  const which =
    look === undefined ? `attempt ${attempt} at this baseline` : `look ${look} at these sealed examples`;
  const tries = `; ${which}, judged at ${Number(alpha.toPrecision(2))}`;
  const bound = primary.changesAtBound ? ` ${turnWords(primary)}, so nothing is concluded.` : "";
  if (difference === null)
    return `${VERDICTS.inconclusive}: no example has a verdict of ${judge} on both sides.`;
  const { found, counts } = foundWords(primary);
  const verdict = VERDICTS[primary.changesAtBound ? "open" : primary.verdict];
  return `${verdict}: ${found}, ${pWords(primary.p)}, n ${n}, ${counts}${tries}.${bound}`;
}
