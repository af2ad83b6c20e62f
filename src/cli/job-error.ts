import { AppError } from "../errors.ts";
import { RETRY_FAILED } from "../evaluation/breaker.ts";
import { isConflict } from "../jobs/hint.ts";
import { LARGER_BUDGET, OTHER_BUDGET, THEN_RESUME } from "../ledger/used-up.ts";
import type { Job } from "../model/job.ts";

const CODE = /^[a-z_]+: /;

/**
 * Why a job did not end, and how a person goes on with it at a terminal.
 * @param what e.g. "The evaluation".
 * @param again the command that goes on with it.
 */
export function jobError(what: string, job: Job | undefined, again: string): AppError {
  const error = job?.error ?? "it was stopped";
  const words = error.replace(CODE, "");
  if (isConflict(error)) return new AppError("conflict", words);
  if (words.endsWith(LARGER_BUDGET))
    return new AppError("refused", words.slice(0, -LARGER_BUDGET.length).trim(), {
      hint: `With a larger budget (--max-usd, --max-calls, --max-llm-tokens, --max-minutes) it goes on where it was: ${again} --max-usd N`,
    });
  if (words.endsWith(OTHER_BUDGET))
    return new AppError(
      "refused",
      `${words.slice(0, -OTHER_BUDGET.length)}go on with: ${again} --max-calls N`,
    );
  if (words.endsWith(THEN_RESUME))
    return new AppError("refused", `${words.slice(0, -THEN_RESUME.length)}then go on with: ${again}`);
  if (words.endsWith(RETRY_FAILED))
    return new AppError(
      "unavailable",
      `${words.slice(0, -RETRY_FAILED.length)}then: ${again} --retry-failed`,
    );
  return new AppError("unavailable", `${what} did not end: ${error}`, {
    hint: `It goes on where it was with: ${again}`,
  });
}
