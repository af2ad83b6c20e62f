import type { ResolvedJudge } from "../model/judge.ts";
import type { Verdict } from "../model/verdict.ts";
import { blankVerdict, sourceOf } from "./blank-verdict.ts";

/**
 * What a judge says of a run that failed (error, timeout, empty output; `item.run.ok` is false), without being
 * run. A failure of the agent is a scored failure: value 0 and no pass, negated or not. A measure without bounds has
 * no value for a failed run: with a threshold it fails, without one it is missing, so that a crash is never fast.
 */
export function failedRunVerdict(
  judge: Pick<ResolvedJudge, "kind" | "name" | "builtin" | "model" | "bounded" | "threshold">,
): Verdict {
  const source = sourceOf(judge);
  if (!judge.bounded && judge.threshold === null)
    return {
      ...blankVerdict("unscored", source),
      rationale: "the run failed: there is nothing to measure",
      reason: "run_failed",
    };
  return {
    ...blankVerdict("scored", source),
    value: judge.bounded ? 0 : null,
    pass: false,
    rationale: "the run failed",
    reason: "run_failed",
  };
}
