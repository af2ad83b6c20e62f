/** One of the places in which a run can be; its number is below the count of places. */
export interface Slot {
  readonly index: number;
  release(): void;
}

/** Lets `count` pieces of work in at a time; the others wait in order. */
export interface Slots {
  /** @throws the signal's reason when it comes before a slot is free. */
  take(signal: AbortSignal): Promise<Slot>;
}

export function createSlots(count: number): Slots {
  const free = Array.from({ length: count }, (_, index) => index);
  const waiting = new Set<(index: number) => void>();
  const give = (index: number) => {
    const [next] = waiting;
    if (!next) free.unshift(index);
    else {
      waiting.delete(next);
      next(index);
    }
  };
  return {
    async take(signal) {
      signal.throwIfAborted();
      const index = free.shift() ?? (await turn(waiting, signal));
      let isHeld = true;
      return {
        index,
        release() {
          if (isHeld) give(index);
          isHeld = false;
        },
      };
    },
  };
}

function turn(waiting: Set<(index: number) => void>, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      waiting.delete(enter);
      reject(signal.reason);
    };
    const enter = (index: number) => {
      signal.removeEventListener("abort", onAbort);
      resolve(index);
    };
    waiting.add(enter);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
