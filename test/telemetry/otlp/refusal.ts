import { AppError } from "../../../src/errors.ts";

/** The typed error that `run` throws; anything else fails the test. */
export function refusal(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}
