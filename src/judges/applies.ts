import type { ResolvedJudge } from "../model/judge.ts";
import type { Verdict } from "../model/verdict.ts";
import { blankVerdict, sourceOf } from "./blank-verdict.ts";

/** The verdict of a judge that is only for examples with a certain expectation, on one without it; else undefined. */
export function notApplicableVerdict(
  judge: ResolvedJudge,
  expectations: Readonly<Record<string, unknown>>,
): Verdict | undefined {
  const { whenExpected } = judge;
  if (whenExpected === undefined || Object.hasOwn(expectations, whenExpected)) return undefined;
  return {
    ...blankVerdict("not_applicable", sourceOf(judge)),
    rationale: `the example has no expectation "${whenExpected}"`,
  };
}
