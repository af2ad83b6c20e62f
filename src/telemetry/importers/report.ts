import type { Format } from "./contract.ts";

export interface Taken {
  readonly traces: number;
  readonly spans: number;
  readonly sessions: number;
  readonly feedback: number;
}

export interface Skipped {
  /** In words of ours. */
  readonly reason: string;
  readonly count: number;
  /** The first lines where it happened, at most 5; empty when lines mean nothing in the format. */
  readonly lines: readonly number[];
}

export interface FileReport {
  readonly path: string;
  /** Null: not recognised, or not read. */
  readonly format: Format | null;
  readonly bytes: number;
  readonly taken: Taken;
  readonly skipped: readonly Skipped[];
  /** Why the file, or the rest of it, could not be read; in words of ours. */
  readonly error: string | null;
}

/** What an import took, skipped and why. Traces and sessions are counted once however many files name them. */
export interface ImportReport {
  readonly taken: Taken;
  readonly files: {
    readonly found: number;
    readonly imported: number;
    /** Of a known format, but all that is in them was skipped. */
    readonly nothingTaken: number;
    readonly unrecognised: number;
    readonly failed: number;
    /** Hidden files and folders that were passed over. */
    readonly hidden: number;
  };
  /** The first 200 files, those with problems first. */
  readonly details: readonly FileReport[];
  readonly detailsOmitted: number;
  readonly cancelled: boolean;
}

export const NOTHING: Taken = { traces: 0, spans: 0, sessions: 0, feedback: 0 };
const MAX_DETAILS = 200;
const MAX_LINES = 5;

/** Collects reasons with their counts and first lines. */
export function createSkips() {
  const reasons = new Map<string, { count: number; lines: number[] }>();
  return {
    add(reason: string, line?: number, count = 1): void {
      const entry = reasons.get(reason) ?? { count: 0, lines: [] };
      entry.count += count;
      if (line !== undefined && entry.lines.length < MAX_LINES) entry.lines.push(line);
      reasons.set(reason, entry);
    },
    list: (): Skipped[] =>
      [...reasons].map(([reason, { count, lines }]) => ({ reason, count, lines: [...lines] })),
  };
}

/** Distinct traces and sessions, spans and feedback. */
export function createTally() {
  const traces = new Set<string>();
  const sessions = new Set<string>();
  let spans = 0;
  let feedback = 0;
  return {
    trace: (id: string) => void traces.add(id),
    session: (id: string) => void sessions.add(id),
    spans: (count: number) => {
      spans += count;
    },
    feedback: (count: number) => {
      feedback += count;
    },
    taken: (): Taken => ({ traces: traces.size, spans, sessions: sessions.size, feedback }),
  };
}
export type Tally = ReturnType<typeof createTally>;

/** Keeps the first details, with those that have something to say before the others. */
export function createDetails() {
  const plain: FileReport[] = [];
  const telling: FileReport[] = [];
  let total = 0;
  return {
    add(report: FileReport): void {
      total++;
      const list = report.error !== null || report.skipped.length > 0 ? telling : plain;
      if (list.length < MAX_DETAILS) list.push(report);
    },
    list(): { details: FileReport[]; detailsOmitted: number } {
      const details = [...telling, ...plain].slice(0, MAX_DETAILS);
      return { details, detailsOmitted: total - details.length };
    },
  };
}
