import { Worker } from "node:worker_threads";
import { AppError } from "../../errors.ts";
import { entryUrl } from "../../runtime.ts";
import type { ThreadData, ThreadReply, ThreadRequest } from "./thread-protocol.ts";

interface Waiting {
  readonly method: string;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** A reply as it comes over the port, where the compiler cannot follow: its value is what the method returns. */
type Received = Extract<ThreadReply, { ok: false }> | { id: number; ok: true; value: never };

export interface ThreadClient {
  /** Runs a method on the thread, starting it when it is not running. Rejects with AppError. */
  call<T>(method: string, args: readonly unknown[], transfer?: ArrayBuffer[]): Promise<T>;
  /** Starts the thread without a call. */
  start(): void;
  /** Waits for what is in flight, closes the database and ends the thread. */
  close(): Promise<void>;
}

export interface ThreadEvents {
  /** A request failed for a reason of the database's or the thread's: words of ours and the driver's code. */
  failed(method: string, code: string, reason: string): void;
}

/** MB. The writer takes one request whole: the largest that the collector accepts may hold 300,000 spans. */
const LIMITS = {
  writer: { maxOldGenerationSizeMb: 800, maxYoungGenerationSizeMb: 4 },
  reader: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 4 },
} as const;

/** A worker thread of ours with one connection, started with the first call and again after a crash. */
export function createThreadClient(data: ThreadData, events: ThreadEvents): ThreadClient {
  let worker: Worker | undefined;
  let closed = false;
  // A request's id is its place here. A map that empties makes a new table each time, and the old one, once it is in the
  // old generation, keeps the new one and what is waited for in it until that is collected.
  const pending: (Waiting | undefined)[] = [];
  const free: number[] = [];
  const place = (waiting: Waiting): number => {
    const id = free.pop() ?? pending.length;
    pending[id] = waiting;
    return id;
  };
  const take = (id: number): Waiting | undefined => {
    const waiting = pending[id];
    pending[id] = undefined;
    if (waiting) free.push(id);
    return waiting;
  };

  const settle = (message: Received): void => {
    const waiting = take(message.id);
    if (free.length === pending.length && !closed) worker?.unref();
    if (!waiting) return;
    if (message.ok) {
      waiting.resolve(message.value);
      return;
    }
    const { code, message: text, hint, reason } = message;
    if (code === "internal" || code === "unavailable") events.failed(waiting.method, code, reason);
    waiting.reject(new AppError(code, text, { hint }));
  };
  const lose = (gone: Worker, reason: string): void => {
    if (worker !== gone) return;
    worker = undefined;
    const lost = pending.splice(0).filter((waiting) => waiting !== undefined);
    free.length = 0;
    for (const { method, reject } of lost) {
      events.failed(method, "internal", reason);
      reject(
        new AppError("internal", "The database thread ended while it worked on this", {
          hint: "Nothing that was stored before is lost; try again.",
        }),
      );
    }
  };
  const start = (): Worker => {
    const started = new Worker(entryUrl("sqlite-thread"), {
      workerData: data,
      name: `evalwright-sqlite-${data.role}`,
      resourceLimits: LIMITS[data.role],
      // A flag for this process's own entry (a loader, --test) is none for the thread.
      execArgv: [],
      stdin: false,
    });
    started.on("message", settle);
    started.on("error", (error: unknown) => lose(started, errorCode(error)));
    started.on("exit", () => lose(started, "exit"));
    started.unref();
    return started;
  };

  const call = <T>(method: string, args: readonly unknown[], transfer: ArrayBuffer[] = []): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (closed && method !== "close") {
        reject(new AppError("unavailable", "The store was closed"));
        return;
      }
      worker ??= start();
      const id = place({ resolve, reject, method });
      worker.ref();
      const request: Omit<ThreadRequest, "args"> & { args: readonly unknown[] } = { id, method, args };
      try {
        worker.postMessage(request, transfer);
      } catch (error) {
        take(id);
        reject(
          new AppError("internal", "A request could not be sent to the database thread", { cause: error }),
        );
      }
    });

  return {
    call,
    start() {
      worker ??= start();
    },
    async close() {
      if (closed) return;
      closed = true;
      if (!worker) return;
      const ending = worker;
      const ended = new Promise((resolve) => ending.once("exit", resolve));
      // A thread that crashes while closing has nothing more to close.
      await call("close", []).catch(() => {});
      await ended;
    },
  };
}

const errorCode = (error: unknown): string =>
  typeof error === "object" && error !== null && "code" in error ? String(error.code) : "crash";
