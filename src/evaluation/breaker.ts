import { AppError } from "../errors.ts";
import type { RunStatus } from "../model/evaluation.ts";

/** Runs in a row that could not even begin, after which the others are not tried. */
const MOST_IN_A_ROW = 12;

/** What a job says whose target was away; commands say it in their own words. */
export const RETRY_FAILED = "then manage_job with action resume and retryFailed: true.";

export interface Breaker {
  note(status: RunStatus): void;
  /** @throws AppError `unavailable` when nothing has begun for too long. */
  check(): void;
}

/**
 * Stops a job whose target cannot be run at all (its program ends before it is asked anything, nothing listens) instead
 * of trying it thousands of times.
 */
export function createBreaker(): Breaker {
  let inARow = 0;
  return {
    note(status) {
      inARow = status === "infrastructure" ? inARow + 1 : 0;
    },
    check() {
      if (inARow < MOST_IN_A_ROW) return;
      throw new AppError("unavailable", `The target could not be run ${inARow} times in a row`, {
        hint: `Mend it (run its command by hand: what it says is in the results so far), ${RETRY_FAILED}`,
      });
    },
  };
}
