import { AppError } from "../../errors.ts";

/** Calls of several steps: closing lets those that have begun finish, and refuses new ones. */
export interface Gate {
  run<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function createGate(): Gate {
  const running = new Set<Promise<unknown>>();
  let closed = false;
  return {
    async run(work) {
      if (closed) throw new AppError("unavailable", "The store was closed");
      const call = work();
      running.add(call);
      try {
        return await call;
      } finally {
        running.delete(call);
      }
    },
    async close() {
      closed = true;
      await Promise.allSettled(running);
    },
  };
}
