import { AppError } from "../errors.ts";
import type { OverBudget } from "./ledger.ts";

/** What a job says whose budget is used up; commands say it in their own words. */
export const LARGER_BUDGET = "manage_job with action resume and a larger budget goes on where it was.";
export const OTHER_BUDGET = "resume with maxCalls or maxLlmTokens too (manage_job).";
/** The same of a budget that is not the job's own. */
export const THEN_RESUME = "then manage_job with action resume goes on where it was.";

const WORDS = { calls: "calls", tokens: "tokens", usd: "US dollars", minutes: "minutes" } as const;
const OPTIONS = {
  calls: "--max-calls",
  tokens: "--max-llm-tokens",
  usd: "--max-usd",
  minutes: "--max-minutes",
} as const;
const OWNERS = { job: "this job", project: "the project", day: "the project's day" } as const;

/** How a person lets a project, or its day, use more. */
const widened = (scope: "project" | "day", option: string): string =>
  `It is for a person to change: \`evalwright budget set ${scope} ${option} N\`${scope === "day" ? ", or wait for the next day (UTC)" : ""}; ${THEN_RESUME}`;

/**
 * Why a job cannot go on: nothing is left to pay for what it has still to do, or nobody knows what it costs.
 * @param refusal what the ledger said; null when it is not known, which is taken to be the job's own budget.
 * @param progress how far it came, in our words.
 */
export function usedUp(refusal: OverBudget | null, progress: string): AppError {
  const { scope, limit } = refusal ?? { scope: "job", limit: "calls" };
  if (limit === "price")
    return new AppError(
      "refused",
      `A budget${scope === "job" ? "" : ` of ${OWNERS[scope]}`} in dollars alone cannot hold: the price of a call is unknown (${progress})`,
      {
        hint: `Let the agent's answer say \`usage.costUsd\` or the target file have a meter, state prices in models.yaml, or ${scope === "job" ? OTHER_BUDGET : `limit calls too. ${widened(scope, OPTIONS.calls)}`}`,
      },
    );
  return new AppError(
    "refused",
    `A budget is used up: the ${WORDS[limit]} of ${OWNERS[scope]}; ${progress}`,
    {
      hint: scope === "job" ? LARGER_BUDGET : widened(scope, OPTIONS[limit]),
    },
  );
}

/** The same of work in rows. */
export const overBudget = (
  held: number,
  done: number,
  { refusal }: { readonly refusal: OverBudget | null },
): AppError => usedUp(refusal, `${done} rows were worked on, ${held} calls were not made`);
