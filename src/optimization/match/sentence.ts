import { intervalWords, rounded } from "../../evaluation/words.ts";
import type { NonInferiorityFinding } from "../../statistics/non-inferiority.ts";

export interface SentenceFacts {
  readonly student: string;
  readonly teacher: string;
  readonly primary: string;
  readonly margin: number;
  /** Its prompts were changed. */
  readonly changed: boolean;
  /** Null: it is. */
  readonly whyNotVerified: string | null;
  /** Null: nothing was looked at, or nothing could be scored. */
  readonly finding: NonInferiorityFinding | null;
}

/** Never that a student equals its teacher: what was seen, on how much. */
const WORDS = {
  not_inferior: "matches the teacher on this data",
  inferior: "is inferior to the teacher on this data",
  not_shown: "is not shown to match the teacher",
} as const;

const CONCLUDES = {
  not_inferior: (margin: number) => `not inferior at margin ${margin}`,
  inferior: (margin: number) => `inferior at margin ${margin}`,
  not_shown: (margin: number) => `neither "not inferior" nor "inferior" at margin ${margin} is shown`,
} as const;

function limits({ interval }: NonInferiorityFinding): string {
  const { low, high, level } = interval;
  if (low === null || high === null) return "without limits";
  return `${intervalWords({ low, high, level, method: "" })} at ${Math.round(level * 1_000) / 10} %`;
}

/** Examples with which an interval of the same shape would end at the margin; null when none would. */
function wouldSettle(
  { verdict, difference, interval, pairs }: NonInferiorityFinding,
  margin: number,
): number | null {
  if (verdict !== "not_shown" || interval.low === null || difference <= -margin) return null;
  const factor = (difference - interval.low) / (difference + margin);
  return factor <= 1 ? null : Math.ceil(pairs * factor ** 2);
}

/** One sentence on a student, of our words, its numbers, and the file names that the user gave. */
export function studentSentence(facts: SentenceFacts): string {
  const { student, teacher, primary, margin, changed, whyNotVerified, finding } = facts;
  const who = `${student}${changed ? " with its new prompts" : " with its prompts as they were"}`;
  if (finding === null)
    return `Not verified: there is no sealed example on which ${who} could be compared with ${teacher}.`;
  const { verdict, candidateMean, baselineMean, difference, pairs, clusters, missing, changesAtBound } =
    finding;
  const means = `${primary} ${rounded(candidateMean)} against ${rounded(baselineMean)}`;
  const n = `${pairs} examples${clusters < pairs ? ` in ${clusters} clusters` : ""}`;
  const settles = wouldSettle(finding, margin);
  return [
    `${whyNotVerified === null ? "" : `Not verified (${whyNotVerified}): `}${who} ${WORDS[verdict]}: ${means}, difference ${rounded(difference)}, interval ${limits(finding)}, ${n}; ${CONCLUDES[verdict](margin)}.`,
    ...(changesAtBound ? [`${missing.baseline + missing.candidate} missing scores could change that.`] : []),
    ...(settles === null || changesAtBound
      ? []
      : [`About ${settles} sealed examples like these would show it.`]),
  ].join(" ");
}
