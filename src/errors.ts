/**
 * The reasons a request can fail that its sender can act on; everything else is `internal`.
 * - `invalid_input`: an argument is wrong; the message says what is allowed
 * - `not_found`: no such record in this project
 * - `conflict`: the record changed meanwhile, or exists already
 * - `idempotency_conflict`: the idempotency key was used before for other arguments
 * - `too_large`: over a size limit
 * - `unavailable`: busy or not reachable now; trying again may help
 * - `refused`: allowed by nobody (policy), trying again will not help
 * - `internal`: a defect of ours, details are in the log
 */
export type ErrorCode =
  | "invalid_input"
  | "not_found"
  | "conflict"
  | "idempotency_conflict"
  | "too_large"
  | "unavailable"
  | "refused"
  | "internal";

/**
 * An error that its reader can mend. `message` says what was wrong, `hint` what to do next. Both contain only
 * words of our own schema and the caller's own argument: never text that came from a trace, a file or a driver.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.hint = options.hint ?? "";
  }

  /** `code: what was wrong. what to do`, the form in which every door reports it. */
  describe(): string {
    const sentence = /[.!?]$/.test(this.message) ? this.message : `${this.message}.`;
    return `${this.code}: ${sentence}${this.hint ? ` ${this.hint}` : ""}`;
  }
}

export const invalidInput = (message: string, hint?: string) =>
  new AppError("invalid_input", message, hint ? { hint } : {});

export const notFound = (what: string, id: string, hint?: string) =>
  new AppError("not_found", `No ${what} "${id.slice(0, 80)}" in this project`, hint ? { hint } : {});
