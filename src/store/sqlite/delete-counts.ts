import type { DeletionCounts } from "../store.ts";

export type Counts = { -readonly [K in keyof DeletionCounts]: number };

export const noCounts = (): Counts => ({
  traces: 0,
  spans: 0,
  sessions: 0,
  assessments: 0,
  contents: 0,
  media: 0,
  calls: 0,
  tasks: 0,
  examples: 0,
  results: 0,
});

/** Adds `more` to `counts`. */
export function addCounts(counts: Counts, more: Partial<DeletionCounts>): void {
  counts.traces += more.traces ?? 0;
  counts.spans += more.spans ?? 0;
  counts.sessions += more.sessions ?? 0;
  counts.assessments += more.assessments ?? 0;
  counts.contents += more.contents ?? 0;
  counts.media += more.media ?? 0;
  counts.calls += more.calls ?? 0;
  counts.tasks += more.tasks ?? 0;
  counts.examples += more.examples ?? 0;
  counts.results += more.results ?? 0;
}
