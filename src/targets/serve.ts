import { setTimeout as sleep } from "node:timers/promises";
import type { Allowance } from "../metering/allowance.ts";
import type { BaseUrls, Meter } from "../metering/meter.ts";
import type { TargetInput, TargetRun } from "../model/target-run.ts";
import { addedMessages } from "./messages.ts";
import { type Attempt, failedAttempt, type Runner } from "./runner.ts";
import { createSlots } from "./slots.ts";
import { newTrace, type TraceContext, traceparentOf } from "./traceparent.ts";

const MAX_ATTEMPTS = 3;
const BACK_OFF_MS = 200;

/** One run: the contract's input without the trace, which is made here unless it is given. */
export type TargetRequest = Omit<TargetInput, "traceparent" | "baseUrls"> & { readonly trace?: TraceContext };

export interface RunOptions {
  readonly signal: AbortSignal;
  /** What a metered target's model calls may use; default without limit. */
  readonly allowance?: Allowance | undefined;
}

/** A place for runs that belong together, such as the turns of a conversation. */
export interface Seat {
  /** @throws the signal's reason; whatever else goes wrong is the run's status. */
  run(request: TargetRequest): Promise<TargetRun>;
  release(): void;
}

export interface OpenTarget extends AsyncDisposable {
  /** Runs that it takes at the same time; more wait. */
  readonly concurrency: number;
  /** Environment variables that the target lists and that are not set. */
  readonly missingVariables: readonly string[];
  /**
   * Whether an input can be run at all; ask for all of them before anything runs.
   * @throws AppError `invalid_input`.
   */
  check(request: TargetRequest): void;
  /**
   * Runs one example. Waits for a free place, resets as the target says, tries again what never began.
   * @throws the signal's reason, when nothing of it runs any more; AppError `invalid_input` as `check`.
   */
  run(request: TargetRequest, options: RunOptions): Promise<TargetRun>;
  /** The same for several runs of one example: they have the same place, and the reset comes before the first. */
  begin(options: RunOptions): Promise<Seat>;
  /** Counts its model calls; null when its file has no `meter`. */
  readonly meter: Meter | null;
}

export interface Served {
  readonly runner: Runner;
  readonly concurrency: number;
  readonly missingVariables: readonly string[];
  /** Before each example; why it failed, null when it did not. */
  reset(signal: AbortSignal): Promise<string | null>;
  readonly meter?: Meter | null;
  close(): Promise<void>;
}

/** A runner with its places, its reset and its second tries. */
export function serve({
  runner,
  concurrency,
  missingVariables,
  reset,
  meter = null,
  close,
}: Served): OpenTarget {
  const slots = createSlots(concurrency);
  const check = (request: TargetRequest) => runner.check(inputOf(request, newTrace()));
  async function begin({ signal, allowance }: RunOptions): Promise<Seat> {
    const slot = await slots.take(signal);
    try {
      const failure = await reset(signal);
      return {
        release: slot.release,
        async run(request) {
          check(request);
          const trace = request.trace ?? newTrace();
          if (failure !== null)
            return {
              ...failedAttempt("infrastructure", failure),
              ...trace,
              metered: null,
              attempts: 0,
              startedUs: nowUs(),
            };
          const metered = meter?.begin(slot.index, allowance) ?? null;
          try {
            const input = inputOf(request, trace, metered?.baseUrls);
            const run = await tryRun(runner, input, slot.index, trace, signal);
            return { ...run, metered: (await metered?.end()) ?? null };
          } catch (error) {
            await metered?.end();
            throw error;
          }
        },
      };
    } catch (error) {
      slot.release();
      throw error;
    }
  }
  return {
    concurrency,
    missingVariables,
    meter,
    check,
    begin,
    async run(request, options) {
      check(request);
      const seat = await begin(options);
      try {
        return await seat.run(request);
      } finally {
        seat.release();
      }
    },
    async [Symbol.asyncDispose]() {
      await runner.close();
      await close();
    },
  };
}

const nowUs = (): number => Date.now() * 1_000;

/** In the order of the contract, and nothing beside it. */
const inputOf = (request: TargetRequest, trace: TraceContext, baseUrls?: BaseUrls): TargetInput => ({
  inputs: request.inputs,
  messages: request.messages,
  sessionId: request.sessionId,
  exampleId: request.exampleId,
  prompts: request.prompts,
  traceparent: traceparentOf(trace),
  ...(baseUrls && { baseUrls: { ...baseUrls } }),
});

async function tryRun(
  runner: Runner,
  input: TargetInput,
  slot: number,
  trace: TraceContext,
  signal: AbortSignal,
): Promise<Omit<TargetRun, "metered">> {
  for (let attempts = 1; ; attempts += 1) {
    const startedUs = nowUs();
    const { again, ...attempt }: Attempt = await runner.attempt(input, slot, signal);
    if (again && attempts < MAX_ATTEMPTS) {
      await sleep(BACK_OFF_MS * 2 ** (attempts - 1), undefined, { signal });
      continue;
    }
    const messages = addedMessages(input.messages, attempt.messages);
    return { ...attempt, messages, ...trace, attempts, startedUs };
  }
}
