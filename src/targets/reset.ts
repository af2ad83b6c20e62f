import type { PlacedTarget } from "../model/target.ts";
import { startChild } from "./child.ts";
import { startLimits } from "./limits.ts";
import type { Place } from "./place.ts";

export interface Reset {
  /**
   * Brings the world into its first state, as the target's file says, before an example begins.
   * @returns why that failed, in words of ours; null when it did not.
   * @throws the signal's reason.
   */
  beforeExample(signal: AbortSignal): Promise<string | null>;
}

const NO_RESET: Reset = { beforeExample: () => Promise.resolve(null) };

/** Before the evaluation means once, ahead of the first example; if it fails then, it is tried at the next one. */
export function createReset(spec: PlacedTarget, place: Place): Reset {
  const { reset } = spec;
  if (!reset) return NO_RESET;
  let once: Promise<string | null> | undefined;
  const run = (signal: AbortSignal) => runReset(reset, place, signal);
  return {
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

async function runReset(
  reset: NonNullable<PlacedTarget["reset"]>,
  place: Place,
  signal: AbortSignal,
): Promise<string | null> {
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
  await child.end();
  limits.clear();
  if (stop === "aborted") throw signal.reason;
  if (stop !== null) return `its reset did not end within ${reset.timeoutMs} ms`;
  const { code, signal: endedBy } = await child.exited;
  if (code === 0) return null;
  return `its reset ended with ${endedBy === null ? `exit code ${code}` : endedBy}`;
}
