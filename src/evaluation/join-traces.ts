import { setTimeout as sleep } from "node:timers/promises";
import type { TraceSummary } from "../model/trace.ts";
import type { TraceStore } from "../store/store.ts";

const POLL_MS = 40;
/** Runs that must have sent nothing before nobody waits any more. */
const PATIENCE = 3;

export interface TraceJoin {
  /** The traces of a run, oldest first; those that have not come in time are left out. */
  of(traceIds: readonly string[], signal: AbortSignal): Promise<readonly TraceSummary[]>;
  /** Tells of a run of before, so that a job that goes on does not wait again for what never comes. */
  note(sent: boolean): void;
}

/**
 * Waits for what a run has sent. A target whose first runs send nothing is taken not to be instrumented: from then on
 * one look is enough. What is found is kept with the run's answer, so that a repeated job sees the same.
 * @param timeoutMs how long one run's traces are waited for.
 */
export function createTraceJoin(store: TraceStore, projectId: string, timeoutMs: number): TraceJoin {
  let arrived = 0;
  let silent = 0;
  const look = async (traceIds: readonly string[]): Promise<TraceSummary[]> => {
    const found = await Promise.all(traceIds.map((id) => store.getTrace(projectId, id)));
    return found.filter((trace) => trace !== undefined);
  };
  const note = (sent: boolean): void => {
    if (sent) arrived += 1;
    else silent += 1;
  };
  const isWhole = (traces: readonly TraceSummary[], wanted: number): boolean =>
    traces.length === wanted && traces.every(({ endUs }) => endUs !== null);

  return {
    note,
    async of(traceIds, signal) {
      if (traceIds.length === 0) return [];
      const until = Date.now() + (arrived === 0 && silent >= PATIENCE ? 0 : timeoutMs);
      let traces = await look(traceIds);
      let spans = -1;
      while (Date.now() < until && !signal.aborted) {
        const now = traces.reduce((sum, { totals }) => sum + totals.spans, 0);
        if (isWhole(traces, traceIds.length) && now === spans) break;
        spans = now;
        await sleep(POLL_MS);
        traces = await look(traceIds);
      }
      note(traces.length > 0);
      return traces.toSorted((a, b) => a.startUs - b.startUs);
    },
  };
}
