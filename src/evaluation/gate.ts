/** Lets so much work in at a time; the rest waits in order. */
export type Gate = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Calls that are reserved in the ledger at the same time beyond those that can be in flight: they fill the places that
 * come free while others are being recorded. A killed job's reservations are charged, so there must not be many.
 */
const AHEAD = 0.5;

/** For ledger calls of which `concurrency` are in flight at the same time. */
export function createGate(concurrency: number): Gate {
  let free = Math.ceil(concurrency * (1 + AHEAD));
  const waiting: (() => void)[] = [];
  const leave = (): void => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      leave();
    }
  };
}
