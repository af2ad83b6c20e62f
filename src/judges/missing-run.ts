import type { ResolvedJudge } from "../model/judge.ts";
import type { Verdict } from "../model/verdict.ts";
import { blankVerdict, sourceOf } from "./blank-verdict.ts";

/** Nothing ran or was recorded, and not by the agent's doing: missing data, counted with bounds, never a score. */
export const missingRunVerdict = (judge: ResolvedJudge): Verdict => ({
  ...blankVerdict("error", sourceOf(judge)),
  reason: "run_missing",
  rationale: "there is no run to judge",
});
