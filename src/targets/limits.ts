/** Why a run is ended before it has ended by itself. */
export type Stop = "timeout" | "too_large" | "aborted";

export interface Limits {
  /** Resolves with the first reason to stop, or with null once `clear` was called. */
  readonly stopped: Promise<Stop | null>;
  stop(reason: Stop): void;
  clear(): void;
}

/** A time limit, the caller's signal, and whatever else calls `stop`: the first one counts. */
export function startLimits(timeoutMs: number, signal: AbortSignal): Limits {
  const { promise, resolve } = Promise.withResolvers<Stop | null>();
  const onAbort = () => resolve("aborted");
  const timer = setTimeout(() => resolve("timeout"), timeoutMs);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  return {
    stopped: promise,
    stop: resolve,
    clear() {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      resolve(null);
    },
  };
}
