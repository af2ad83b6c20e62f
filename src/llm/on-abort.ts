const callbacks = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back once when the signal is aborted; returns how to take that back. Thousands of calls share a job's signal,
 * and an AbortSignal searches its listeners one by one: it gets one of ours, and the callbacks are in a set.
 */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (!signal) return () => {};
  if (signal.aborted) {
    queueMicrotask(callback);
    return () => {};
  }
  const own = callbacks.get(signal) ?? listen(signal);
  const entry = (): void => callback();
  own.add(entry);
  return () => own.delete(entry);
}

function listen(signal: AbortSignal): Set<() => void> {
  const own = new Set<() => void>();
  callbacks.set(signal, own);
  const run = (): void => {
    callbacks.delete(signal);
    for (const entry of own) entry();
    own.clear();
  };
  signal.addEventListener("abort", run, { once: true });
  return own;
}
