import type { PlacedTarget } from "../model/target.ts";
import { type Child, startChild } from "./child.ts";
import { startLimits } from "./limits.ts";
import type { Place } from "./place.ts";

export interface Reset {
  /**
   * Brings the world into its first state, as the target's file says, before an example begins.
   * @returns why that failed, in words of ours; null when it did not.
   * @throws the signal's reason.
   */
  beforeExample(signal: AbortSignal): Promise<string | null>;
  /** Ends what it left running for the examples, such as a server. */
  close(): Promise<void>;
}

const NO_RESET: Reset = { beforeExample: () => Promise.resolve(null), close: () => Promise.resolve() };

/** Before the evaluation means once, ahead of the first example; if it fails then, it is tried at the next one. */
export function createReset(spec: PlacedTarget, place: Place): Reset {
  const { reset } = spec;
  if (!reset) return NO_RESET;
  let once: Promise<string | null> | undefined;
  let running: Child | null = null;
  const end = async () => {
    await running?.end();
    running = null;
  };
  const run = async (signal: AbortSignal) => {
    await end();
    const result = await runReset(reset, place, signal);
    if (typeof result === "string") return result;
    running = result;
    return null;
  };
  return {
    close: end,
    async beforeExample(signal) {
      if (reset.before === "example") return run(signal);
      once ??= run(signal).catch((error: unknown) => {
        once = undefined;
        throw error;
      });
      const failure = await once;
      if (failure !== null) once = undefined;
      return failure;
    },
  };
}

/** @returns the process, whose own processes may go on, or why it failed. */
async function runReset(
  reset: NonNullable<PlacedTarget["reset"]>,
  place: Place,
  signal: AbortSignal,
): Promise<Child | string> {
  const child = await startChild({
    command: reset.run,
    cwd: place.cwd,
    env: place.environment({}),
    graceMs: place.graceMs,
  });
  if ("code" in child) return `its reset could not be started (${child.code})`;
  child.process.stdout.resume();
  child.process.stdin.end();
  const limits = startLimits(reset.timeoutMs, signal);
  const stop = await Promise.race([limits.stopped, child.exited.then(() => null)]);
  limits.clear();
  const { code, signal: endedBy } = stop === null ? await child.exited : { code: null, signal: null };
  if (code === 0) return child;
  await child.end();
  if (stop === "aborted") throw signal.reason;
  if (stop !== null) return `its reset did not end within ${reset.timeoutMs} ms`;
  return `its reset ended with ${endedBy === null ? `exit code ${code}` : endedBy}`;
}
