import type { OptimizationSetup } from "../../model/optimization.ts";
import type { Costs } from "./afford.ts";

/** What a case and the final look of a campaign cost, in calls that are charged. */
export function campaignCosts({ judges, examples, search, trainIsValidation }: OptimizationSetup): Costs {
  const models = judges.filter(({ kind }) => kind === "llm").length;
  const sealed = trainIsValidation && examples.holdout === 0 ? 0 : examples.holdout;
  return { callsOfCase: 1 + models, finalCases: sealed * 2 * search.repeats, among: 1 };
}
