import { Worker } from "node:worker_threads";
import type { CollectorStatus } from "../../context.ts";
import { entryUrl } from "../../runtime.ts";
import type { Collector, CollectorSettings } from "./options.ts";
import { ThreadMessage } from "./thread-messages.ts";

interface CollectorThreadOptions extends CollectorSettings {
  /** Path or URL of the store, for `openStore`. */
  readonly storeLocation: string;
  /** Called again and again while some project has a schedule of judges. */
  readonly onSchedules?: (() => void) | undefined;
}

const CLOSE_MS = 10_000;
const RESTART_MS = 1_000;
const MAX_RESTARTS = 5;
/**
 * Spans live until they are stored: the young generation has room for those under way (three times 8 MB), so that they
 * die there and need no collection of the old one. With 1 GB or less V8 lets the heap grow by half of what lives
 * before it collects, without a limit to four times; the largest request takes far less.
 */
const HEAP_LIMITS = { maxYoungGenerationSizeMb: 24, maxOldGenerationSizeMb: 1_000 } as const;

/**
 * Starts the collector in a thread of its own, with its own store. Resolves at once, in state `starting`, so that
 * a server's start does not wait for it; the thread does not keep the process alive. Never rejects: a collector
 * that cannot start shows as `failed`; one that breaks later (say, out of memory) is started again, five times.
 */
export async function startCollectorThread(options: CollectorThreadOptions): Promise<Collector> {
  const { storeLocation, onSchedules, ...settings } = options;
  const listeners = new Set<(status: CollectorStatus) => void>();
  let current: CollectorStatus = STARTING;
  let isClosing = false;
  let restarts = 0;
  const become = (status: CollectorStatus): void => {
    current = status;
    for (const listener of listeners) listener(status);
  };
  const onEnd = (): void => {
    const hasRun = current.state === "listening" || current.state === "standby";
    if (isClosing) become(OFF);
    else if (!hasRun || restarts >= MAX_RESTARTS) become(FAILED);
    else {
      restarts += 1;
      become(STARTING);
      setTimeout(() => {
        if (!isClosing) worker = launch();
      }, RESTART_MS).unref();
    }
  };
  const launch = (): Worker => {
    const started = new Worker(entryUrl("collector-thread"), {
      workerData: { storeLocation, settings, watchSchedules: onSchedules !== undefined },
      resourceLimits: HEAP_LIMITS,
    });
    started.unref();
    started.on("message", (message: unknown) => {
      const parsed = ThreadMessage.safeParse(message);
      if (!parsed.success) return;
      if (parsed.data.kind === "status") become(parsed.data.status);
      else onSchedules?.();
    });
    // An error is followed by the exit; without a listener it would end the process.
    started.on("error", () => undefined);
    started.once("exit", onEnd);
    return started;
  };
  let worker = launch();
  return {
    status: () => current,
    onStatus(callback) {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
    async close() {
      if (isClosing) return;
      isClosing = true;
      if (worker.threadId === -1) become(OFF);
      else await stop(worker);
    },
  };
}

/** Asks the thread to drain and end, and ends it when it does not. */
async function stop(worker: Worker): Promise<void> {
  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  worker.ref();
  worker.postMessage("close");
  const timer = setTimeout(() => void worker.terminate(), CLOSE_MS);
  await exited;
  clearTimeout(timer);
}

const without = (state: CollectorStatus["state"], detail: string): CollectorStatus => ({
  state,
  httpUrl: null,
  grpcUrl: null,
  detail,
});

const STARTING = without("starting", "Starting.");
const FAILED = without("failed", "The collector failed to start or broke; the log has the cause.");
const OFF = without("off", "The collector is closed.");
