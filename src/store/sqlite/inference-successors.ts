import type { Database } from "better-sqlite3";
import type { Call, TraceFacts } from "./inference-facts.ts";
import { ADJACENT_US } from "./inference-match.ts";

/** Calls of a trace that a later one may continue: its first and its last ones. */
const FIRST_CALLS = 10;
const LAST_CALLS = 40;
/** Nodes visited below a call's messages. */
const MAX_BELOW_THREAD = 2000;
const MAX_BELOW_INPUT = 300;
/** Traces taken up in one go. */
const MAX_FOUND = 200;

/**
 * Finds traces that arrived before a trace whose messages they go on from. Below a call's messages in the tree of
 * chains lie the histories that begin with them; the search stops where another call ends, since what lies below
 * continues that one.
 */
export function successorFinder(db: Database) {
  const children = db
    .prepare<[number, number], number>("SELECT id FROM chain WHERE parent = ? LIMIT ?")
    .pluck();
  const inputs = db
    .prepare<[number, number], number>("SELECT DISTINCT trace FROM span WHERE input_messages = ? LIMIT ?")
    .pluck();
  const endsElsewhere = db
    .prepare<[number, number], number>(
      "SELECT 1 FROM span WHERE thread = ? AND trace <> ? AND output_messages IS NOT NULL LIMIT 1",
    )
    .pluck();
  const adjacent = db
    .prepare<[number, number, number], number>(
      "SELECT id FROM trace WHERE project = ? AND start_us BETWEEN ? AND ? AND llm_calls = 0 LIMIT 20",
    )
    .pluck();

  const descend = (trace: number, from: number, budget: number, found: Set<number>, seen: Set<number>) => {
    const queue = [from];
    for (let visited = 0; visited < budget && queue.length > 0 && found.size < MAX_FOUND; visited++) {
      const at = queue.pop();
      if (at === undefined || (seen.has(at) && at !== from)) continue;
      seen.add(at);
      for (const successor of inputs.all(at, MAX_FOUND)) if (successor !== trace) found.add(successor);
      if (at === from || endsElsewhere.get(at, trace) === undefined) {
        queue.push(...children.all(at, budget - visited));
      }
    }
  };

  return {
    /** `pairNodes`: further places where an answer of the trace follows its question. */
    find(trace: TraceFacts, calls: readonly Call[], pairNodes: (thread: number) => readonly number[]) {
      const found = new Set<number>();
      const seen = new Set<number>();
      const chosen = new Set([...calls.slice(0, FIRST_CALLS), ...calls.slice(-LAST_CALLS)]);
      for (const { thread, output } of chosen) {
        if (thread !== null && output !== null) descend(trace.id, thread, MAX_BELOW_THREAD, found, seen);
      }
      const last = calls.at(-1);
      if (last?.thread) {
        for (const node of pairNodes(last.thread)) descend(trace.id, node, MAX_BELOW_INPUT, found, seen);
      }
      const first = calls[0];
      if (first) descend(trace.id, first.input, MAX_BELOW_INPUT, found, seen);
      return found;
    },
    /** Traces without a model call that began when this one ended. */
    adjacent: (trace: TraceFacts): number[] =>
      trace.end_us === null ? [] : adjacent.all(trace.project, trace.end_us, trace.end_us + ADJACENT_US),
  };
}
