import type { ResultRow } from "../model/evaluation.ts";

const MOST = 100;
const LATEST_MS = 1_000;

export interface RowWriter {
  add(row: ResultRow): Promise<void>;
  /** Writes what is left. */
  end(): Promise<void>;
}

/** Writes rows a hundred at a time, and at least once a second, so that a reader sees an evaluation grow. */
export function createRowWriter(put: (rows: readonly ResultRow[]) => Promise<void>): RowWriter {
  let waiting: ResultRow[] = [];
  let last = performance.now();
  let writing: Promise<void> = Promise.resolve();
  const flush = (): Promise<void> => {
    const rows = waiting;
    waiting = [];
    last = performance.now();
    if (rows.length > 0) writing = writing.then(() => put(rows));
    return writing;
  };
  return {
    async add(row) {
      waiting.push(row);
      if (waiting.length >= MOST || performance.now() - last > LATEST_MS) await flush();
    },
    end: flush,
  };
}
