import { AppError } from "../../errors.ts";
import type { TraceBatch, TraceStore } from "../../store/store.ts";

export interface Writer {
  /** Resolves when the batches are stored so that a killed process cannot lose them; rejects when they are not. */
  write(batches: readonly TraceBatch[]): Promise<void>;
  /** Resolves when nothing is waiting or being written. */
  drain(): Promise<void>;
}

interface Waiting {
  readonly batches: readonly TraceBatch[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Spans of one write when several requests share it. */
const MAX_SPANS_PER_WRITE = 2_000;

/**
 * Gathers what arrives while a write is under way into the next one, so that many small exports cost few
 * transactions. When a shared write fails for another reason than a busy store, its requests are written one by
 * one: bad data of one sender must not cost another's.
 */
export function createWriter(traces: Pick<TraceStore, "insert">): Writer {
  const queue: Waiting[] = [];
  let running: Promise<void> | null = null;

  const run = async (): Promise<void> => {
    while (queue.length > 0) await writeShared(traces, takeGroup(queue));
    running = null;
  };
  return {
    write(batches) {
      return new Promise((resolve, reject) => {
        queue.push({ batches, resolve, reject });
        running ??= run();
      });
    },
    drain: async () => {
      while (running !== null) await running;
    },
  };
}

function takeGroup(queue: Waiting[]): Waiting[] {
  const group: Waiting[] = [];
  let spans = 0;
  while (queue.length > 0 && (group.length === 0 || spans < MAX_SPANS_PER_WRITE)) {
    const next = queue.shift();
    if (!next) break;
    group.push(next);
    for (const batch of next.batches) spans += batch.spans.length;
  }
  return group;
}

async function writeShared(traces: Pick<TraceStore, "insert">, group: readonly Waiting[]): Promise<void> {
  try {
    await traces.insert(group.flatMap((waiting) => waiting.batches));
    for (const waiting of group) waiting.resolve();
  } catch (error) {
    const isBusy = error instanceof AppError && error.code === "unavailable";
    if (isBusy || group.length === 1) for (const waiting of group) waiting.reject(error);
    else for (const waiting of group) await writeShared(traces, [waiting]);
  }
}
