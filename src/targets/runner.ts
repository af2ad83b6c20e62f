import type { TargetInput, TargetRun } from "../model/target-run.ts";

/** One try of a run. */
export type Attempt = Omit<TargetRun, "traceId" | "spanId" | "attempts" | "startedUs" | "metered"> & {
  /** It never began, and may begin when tried again. */
  readonly again?: boolean;
};

/** How one kind of target runs. */
export interface Runner {
  /**
   * Says before anything runs that an input cannot be run.
   * @throws AppError `invalid_input`.
   */
  check(input: TargetInput): void;
  /**
   * Never rejects but with the signal's reason, and then nothing runs any more.
   * @param slot which of the places for concurrent runs it has; the turns of one conversation have the same.
   */
  attempt(input: TargetInput, slot: number, signal: AbortSignal): Promise<Attempt>;
  /** Ends what runs between runs. */
  close(): Promise<void>;
}

const NOTHING = {
  output: null,
  messages: [],
  toolCalls: [],
  state: null,
  usage: null,
  error: null,
  exitCode: null,
  durationMs: 0,
  ignored: { lines: 0, fields: [] },
} satisfies Partial<Attempt>;

/** A run that gave nothing that can be read. `reason` holds words of ours, `details.error` the target's. */
export const failedAttempt = (
  status: Attempt["status"],
  reason: string,
  details: Partial<Attempt> = {},
): Attempt => ({ ...NOTHING, status, reason, ...details });

/** Measures whole milliseconds from now. */
export function startClock(): () => number {
  const start = performance.now();
  return () => Math.round(performance.now() - start);
}
