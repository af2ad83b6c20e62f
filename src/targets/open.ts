import { setTimeout as sleep } from "node:timers/promises";
import { invalidInput } from "../errors.ts";
import type { TargetSpec } from "../model/target.ts";
import type { TargetInput, TargetRun } from "../model/target-run.ts";
import { commandRunner } from "./command.ts";
import type { CollectorAddress } from "./environment.ts";
import { type Permissions, permitted } from "./permission.ts";
import { openPlace, type Place } from "./place.ts";
import { endOrphans } from "./process-tree.ts";
import { createReset } from "./reset.ts";
import { type Attempt, failedAttempt, type Runner } from "./runner.ts";
import { createSlots } from "./slots.ts";
import { newTrace, type TraceContext, traceparentOf } from "./traceparent.ts";

const MAX_ATTEMPTS = 3;
const BACK_OFF_MS = 200;
const GRACE_MS = 2_000;

export interface TargetOptions extends Permissions {
  /** Real path of the repository, or of its copy at another commit: what paths in the target are relative to. */
  readonly root: string;
  /** Where programs send their spans; default nowhere. */
  readonly collector?: CollectorAddress | null | undefined;
  /** Resource attributes of the spans of programs, such as `evalwright.run`. */
  readonly resource?: Readonly<Record<string, string>> | undefined;
  /** Environment to pick from; default that of this process. */
  readonly host?: NodeJS.ProcessEnv | undefined;
  /** Milliseconds between asking programs to end and forcing them; default 2,000. */
  readonly graceMs?: number | undefined;
}

/** One run: the contract's input without the trace, which is made here unless it is given. */
export type TargetRequest = Omit<TargetInput, "traceparent"> & { readonly trace?: TraceContext };

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
  run(request: TargetRequest, options: { readonly signal: AbortSignal }): Promise<TargetRun>;
  /** The same for several runs of one example: they have the same place, and the reset comes before the first. */
  begin(options: { readonly signal: AbortSignal }): Promise<Seat>;
}

/**
 * Makes a target ready to run; programs start with the first run.
 * @throws AppError `refused` when the caller may not run it, `invalid_input` when what it names is not there.
 */
export async function openTarget(spec: TargetSpec, options: TargetOptions): Promise<OpenTarget> {
  const target = permitted(spec, options);
  if (target.kind !== "command") throw invalidInput("Only targets of kind command run in this version");
  await endOrphans();
  const place = await openPlace(target, {
    root: options.root,
    host: options.host ?? process.env,
    collector: options.collector ?? null,
    resource: options.resource ?? {},
    graceMs: options.graceMs ?? GRACE_MS,
  });
  const reset = createReset(target, place);
  return serve({
    runner: commandRunner(target, place),
    concurrency: target.reset?.before === "example" ? 1 : target.concurrency,
    place,
    reset: reset.beforeExample,
  });
}

interface Served {
  readonly runner: Runner;
  readonly concurrency: number;
  readonly place: Place;
  reset(signal: AbortSignal): Promise<string | null>;
}

function serve({ runner, concurrency, place, reset }: Served): OpenTarget {
  const slots = createSlots(concurrency);
  const inputOf = (request: TargetRequest, trace: TraceContext): TargetInput => ({
    inputs: request.inputs,
    messages: request.messages,
    sessionId: request.sessionId,
    exampleId: request.exampleId,
    prompts: request.prompts,
    traceparent: traceparentOf(trace),
  });
  async function begin({ signal }: { readonly signal: AbortSignal }): Promise<Seat> {
    const slot = await slots.take(signal);
    try {
      const failure = await reset(signal);
      return {
        release: slot.release,
        async run(request) {
          const trace = request.trace ?? newTrace();
          const input = inputOf(request, trace);
          runner.check(input);
          if (failure !== null) return toRun(failedAttempt("infrastructure", failure), trace, 0);
          return tryRun(runner, input, slot.index, trace, signal);
        },
      };
    } catch (error) {
      slot.release();
      throw error;
    }
  }
  return {
    concurrency,
    missingVariables: place.missing,
    check: (request) => runner.check(inputOf(request, newTrace())),
    begin,
    async run(request, { signal }) {
      runner.check(inputOf(request, newTrace()));
      const seat = await begin({ signal });
      try {
        return await seat.run(request);
      } finally {
        seat.release();
      }
    },
    async [Symbol.asyncDispose]() {
      await runner.close();
      await place.close();
    },
  };
}

async function tryRun(
  runner: Runner,
  input: TargetInput,
  slot: number,
  trace: TraceContext,
  signal: AbortSignal,
): Promise<TargetRun> {
  for (let attempts = 1; ; attempts += 1) {
    const attempt = await runner.attempt(input, slot, signal);
    if (!attempt.again || attempts === MAX_ATTEMPTS) return toRun(attempt, trace, attempts);
    await sleep(BACK_OFF_MS * 2 ** (attempts - 1), undefined, { signal });
  }
}

function toRun({ again: _, ...attempt }: Attempt, trace: TraceContext, attempts: number): TargetRun {
  return { ...attempt, ...trace, attempts };
}
