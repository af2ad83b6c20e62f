import type { Database } from "better-sqlite3";
import type { StoredSpan } from "./rollup-read.ts";

/** What inference weighs of a rolled-up trace. */
export interface TraceFacts {
  readonly id: number;
  readonly project: number;
  readonly trace_id: Buffer;
  readonly start_us: number;
  readonly end_us: number | null;
  readonly service: string | null;
  readonly user_id: string | null;
  readonly agent_name: string | null;
  /** JSON as stored; only compared. */
  readonly models: string;
  readonly llm_calls: number;
  readonly session: number | null;
  readonly session_inferred: number;
}

/** A call of a trace: what went in, and input with output, as ends of chains. */
export interface Call {
  readonly input: number;
  readonly output: number | null;
  readonly thread: number | null;
}

export const FACTS = `t.id, t.project, t.trace_id, t.start_us, t.end_us, t.service, t.user_id, t.agent_name, t.models,
  t.llm_calls, t.session, t.session_inferred`;

export function factsReader(db: Database): (trace: number) => TraceFacts | undefined {
  const select = db.prepare<[number], TraceFacts>(
    `SELECT ${FACTS} FROM trace t WHERE t.id = ? AND t.start_us IS NOT NULL`,
  );
  return (trace) => select.get(trace);
}

/** Whether the trace's own telemetry names its session. */
export const isNamed = (facts: TraceFacts): boolean => facts.session !== null && facts.session_inferred === 0;

/** Whether the two may be turns of one conversation, the earlier one first. */
export function compatible(earlier: TraceFacts, later: TraceFacts): boolean {
  if (earlier.id === later.id || earlier.start_us >= later.start_us) return false;
  if (earlier.user_id !== null && later.user_id !== null && earlier.user_id !== later.user_id) return false;
  return !(isNamed(earlier) && isNamed(later) && earlier.session !== later.session);
}

/** How well the surroundings agree: user, then service, then model. */
export const likeness = (a: TraceFacts, b: TraceFacts): number =>
  (a.user_id !== null && a.user_id === b.user_id ? 4 : 0) +
  (a.service === b.service ? 2 : 0) +
  (a.models === b.models ? 1 : 0);

/**
 * The calls whose messages tell the conversation, in order of start: those of llm spans; of a trace without any
 * (some frameworks only report the agent), those of every span.
 */
export function callsOf(spans: readonly StoredSpan[]): Call[] {
  const withMessages = spans.filter((span) => span.input_messages !== null);
  const llm = withMessages.filter((span) => span.kind === "llm");
  const chosen = llm.length > 0 ? llm : withMessages;
  return chosen
    .toSorted((a, b) => a.startUs - b.startUs)
    .flatMap(({ input_messages: input, output_messages: output, thread }) =>
      input === null ? [] : [{ input, output, thread }],
    );
}
