import { Worker } from "node:worker_threads";
import type { CollectorStatus } from "../../context.ts";
import { entryUrl } from "../../runtime.ts";
import type { Collector, CollectorSettings } from "./options.ts";
import { ThreadMessage } from "./thread-messages.ts";

export interface CollectorThreadOptions extends CollectorSettings {
  /** Path or URL of the store, for `openStore`. */
  readonly storeLocation: string;
}

const CLOSE_MS = 10_000;

/**
 * Starts the collector in a thread of its own, with its own store. Resolves at once, in state `starting`, so that
 * a server's start does not wait for it; the thread does not keep the process alive. Never rejects: a thread that
 * ends shows as `failed`.
 */
export async function startCollectorThread(options: CollectorThreadOptions): Promise<Collector> {
  const { storeLocation, ...settings } = options;
  const listeners = new Set<(status: CollectorStatus) => void>();
  let current: CollectorStatus = { state: "starting", httpUrl: null, grpcUrl: null, detail: "Starting." };
  let isClosing = false;
  const become = (status: CollectorStatus): void => {
    current = status;
    for (const listener of listeners) listener(status);
  };

  const worker = new Worker(entryUrl("collector-thread"), { workerData: { storeLocation, settings } });
  worker.unref();
  worker.on("message", (message: unknown) => {
    const parsed = ThreadMessage.safeParse(message);
    if (parsed.success) become(parsed.data.status);
  });
  worker.on("error", () => become(ended("The collector failed to start or broke; the log has the cause.")));
  worker.on("exit", () => {
    if (isClosing) become({ ...ended("The collector is closed."), state: "off" });
    else if (current.state !== "failed") become(ended("The collector's thread ended."));
  });
  return {
    status: () => current,
    onStatus(callback) {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
    async close() {
      if (isClosing) return;
      isClosing = true;
      const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
      if (current.state === "failed" || current.state === "off") return;
      worker.ref();
      worker.postMessage("close");
      const timer = setTimeout(() => void worker.terminate(), CLOSE_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}

const ended = (detail: string): CollectorStatus => ({
  state: "failed",
  httpUrl: null,
  grpcUrl: null,
  detail,
});
