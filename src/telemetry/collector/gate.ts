/** Counts bytes that are in memory on behalf of senders and refuses more than a bound. */
export interface Gate {
  /** False: over the bound; nothing was taken. */
  take(bytes: number): boolean;
  release(bytes: number): void;
}

export function createGate(maxBytes: number): Gate {
  let taken = 0;
  return {
    take(bytes) {
      if (taken + bytes > maxBytes) return false;
      taken += bytes;
      return true;
    },
    release(bytes) {
      taken -= bytes;
    },
  };
}

/** What an unanswered request costs besides its body: its socket, headers and place in the queue. */
export const REQUEST_OVERHEAD_BYTES = 8 * 1024;
