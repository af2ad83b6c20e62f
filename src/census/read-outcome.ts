import type { Assessment } from "../model/assessment.ts";
import { isIssueFeedback } from "../model/issue-feedback.ts";

const GOOD = new Set(["pass", "passed", "yes", "true", "good", "up", "thumbs_up", "positive", "solved"]);
const BAD = new Set(["fail", "failed", "no", "false", "bad", "down", "thumbs_down", "negative", "unsolved"]);

/**
 * Whether a value says that it went well: a truth value, 1 or 0, or one of a few plain words; with `passFrom` any number
 * held against it. Null: it does not say.
 */
export function readOutcome(value: Assessment["value"], passFrom?: number): boolean | null {
  if (typeof value === "boolean") return value;
  if (typeof value === "number") {
    if (passFrom !== undefined) return value >= passFrom;
    return value === 0 || value === 1 ? value === 1 : null;
  }
  const word = value?.trim().toLowerCase() ?? "";
  if (GOOD.has(word)) return true;
  return BAD.has(word) ? false : null;
}

export interface OutcomeQuery {
  /** Name of the feedback that says how it went; null: all feedback of people. */
  readonly name: string | null;
  readonly passFrom?: number | undefined;
  /** Labels of the judge that gives it. */
  readonly passes?: Readonly<Record<string, boolean>> | undefined;
}

/** 1: it failed by some of the feedback, 0: by none of it, -1: there is none that says. */
export function outcomeOf(
  assessments: readonly Assessment[],
  { name, passFrom, passes = {} }: OutcomeQuery,
): -1 | 0 | 1 {
  const said = assessments.flatMap((one) => {
    const isMeant =
      name === null
        ? (one.source === "human" || one.source === "end_user") && !isIssueFeedback(one.name)
        : one.name === name;
    if (one.kind !== "feedback" || !isMeant) return [];
    const label =
      typeof one.value === "string" && Object.hasOwn(passes, one.value) ? passes[one.value] : undefined;
    const well = label ?? readOutcome(one.value, passFrom);
    return well === null ? [] : [well];
  });
  if (said.length === 0) return -1;
  return said.includes(false) ? 1 : 0;
}
