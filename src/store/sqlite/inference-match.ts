import type { Database } from "better-sqlite3";
import { type Call, compatible, FACTS, likeness, type TraceFacts } from "./inference-facts.ts";
import { answerReader } from "./inference-text.ts";

/**
 * How a trace was recognised as the next turn of another:
 * - `thread`: its history begins with all that went in and out of a call of the other;
 * - `input`: it begins with what went in, and goes on with the same answer in other words of the format (agents
 *   drop reasoning, trim, or leave tool messages out), or the answer was not recorded;
 * - `pair`: it contains the other's last message and answer side by side, behind another beginning (the system
 *   prompt has the time in it, the front was trimmed or summarised);
 * - `adjacent`: it called no model, and began when the last turn of exactly one conversation ended.
 */
export type Rule = "thread" | "input" | "pair" | "adjacent";

export interface Match {
  readonly rule: Rule;
  /** The node of the trace's history at which it was recognised; null for `adjacent`. */
  readonly via: number | null;
  /** Traces that may be the one before, at least one. */
  readonly candidates: readonly TraceFacts[];
}

/** Messages looked back through, from the end of the history. */
const MAX_STEPS = 2000;
/** Calls of a trace whose history is tried: a router or a guardrail may come before the one that has it. */
const MAX_CALLS = 20;
/** Latest traces weighed as the one before. */
const MAX_CANDIDATES = 200;
/** Answers read to compare their words. */
const MAX_COMPARED = 20;
const HOUR_US = 3_600_000_000;
/** An answer nobody recorded says little: only a turn of the last hour. */
const UNSEEN_ANSWER_US = HOUR_US;
/** Two equal messages can be a coincidence: only within a day. */
const PAIR_US = 24 * HOUR_US;
/** Producers that end a turn when the next one begins give both the same time, up to rounding. */
export const ADJACENT_US = 1000;

interface Node {
  readonly id: number;
  readonly parent: number | null;
  readonly content: number;
}

/** Finds the traces that a trace may continue. */
export function historyMatcher(db: Database) {
  const node = db.prepare<[number], Node>("SELECT id, parent, content FROM chain WHERE id = ?");
  const byThread = candidatesOf(db, "thread");
  const byInput = candidatesOf(db, "input_messages");
  const compare = answerComparison(db);
  const pairNodes = pairFinder(db);

  const thread = (trace: TraceFacts, at: number) => byThread(at).filter((c) => compatible(c, trace));

  /** `below`: the message that follows node `at` in the trace's history. */
  const input = (trace: TraceFacts, at: number, below: Node): TraceFacts[] => {
    const candidates = byInput(at).filter((c) => compatible(c, trace) && c.service === trace.service);
    if (candidates.length === 0) return [];
    const same = compare(candidates.slice(0, MAX_COMPARED), at, below.content);
    if (same.equal.length > 0) return same.equal;
    const close = same.unseen.filter((c) => trace.start_us - (c.end_us ?? c.start_us) < UNSEEN_ANSWER_US);
    return close.length === 1 && candidates.length === 1 ? close : [];
  };

  const pair = (trace: TraceFacts, at: Node): TraceFacts[] =>
    pairNodes(at)
      .flatMap((found) => byThread(found))
      .filter(
        (c) =>
          compatible(c, trace) &&
          c.service === trace.service &&
          trace.start_us - (c.end_us ?? c.start_us) < PAIR_US,
      );

  const walk = (trace: TraceFacts, call: Call, seen: Set<number>): Match | undefined => {
    let below: Node | undefined;
    let at = node.get(call.input);
    for (let step = 0; at && step < MAX_STEPS; step++) {
      // What lies above was already tried for another call of this trace.
      if (seen.has(at.id)) return undefined;
      seen.add(at.id);
      const whole = thread(trace, at.id);
      if (whole.length > 0) return { rule: "thread", via: at.id, candidates: whole };
      const begun = below ? input(trace, at.id, below) : [];
      if (begun.length > 0) return { rule: "input", via: at.id, candidates: begun };
      const beside = pair(trace, at);
      if (beside.length > 0) return { rule: "pair", via: at.id, candidates: beside };
      below = at;
      at = at.parent === null ? undefined : node.get(at.parent);
    }
    return undefined;
  };

  return {
    /** The deepest point of the trace's history that belongs to an earlier trace. */
    match(trace: TraceFacts, calls: readonly Call[]): Match | undefined {
      const seen = new Set<number>();
      for (const call of calls.slice(0, MAX_CALLS)) {
        const found = walk(trace, call, seen);
        if (found) return found;
      }
      return undefined;
    },
    /** Traces a call of which ends at the node. */
    threadEndsAt: byThread,
    /** Other places where the last message of a thread follows the same message. */
    pairNodesOf(thread: number): readonly number[] {
      const end = node.get(thread);
      return end ? pairNodes(end) : [];
    },
    adjacent: adjacentFinder(db),
  };
}

/**
 * Latest traces that have a model call with that chain, each once. A call without an answer has no thread: two
 * users who only said the same have nothing else in common.
 */
function candidatesOf(db: Database, column: "thread" | "input_messages") {
  const answered = column === "thread" ? "AND output_messages IS NOT NULL" : "";
  const select = db.prepare<[number, number], TraceFacts>(`
    SELECT DISTINCT ${FACTS}
    FROM (SELECT trace, kind FROM span WHERE ${column} = ? ${answered} ORDER BY id DESC LIMIT ?) s
    JOIN trace t ON t.id = s.trace
    WHERE t.start_us IS NOT NULL AND (s.kind = 'llm' OR t.llm_calls = 0)`);
  return (node: number): TraceFacts[] => select.all(node, MAX_CANDIDATES);
}

/** Sorts candidates by whether one of their recorded answers says what the history repeats. */
function answerComparison(db: Database) {
  const answers = db.prepare<[number, number], { content: number }>(`
    SELECT c.content FROM span s JOIN chain c ON c.id = s.output_messages
    WHERE s.trace = ? AND s.input_messages = ? LIMIT 5`);
  // Indexed by (trace, start_us): the last answer of the trace is the one that the user saw.
  const last = db.prepare<[number], { content: number }>(`
    SELECT c.content FROM span s JOIN chain c ON c.id = s.output_messages
    WHERE s.trace = ? ORDER BY s.start_us DESC LIMIT 3`);
  const read = answerReader(db);
  return (candidates: readonly TraceFacts[], at: number, repeated: number) => {
    const equal: TraceFacts[] = [];
    const unseen: TraceFacts[] = [];
    const wanted = read(repeated);
    if (wanted === undefined) return { equal, unseen };
    for (const candidate of candidates) {
      const said = [...answers.all(candidate.id, at), ...last.all(candidate.id)];
      if (said.length === 0) unseen.push(candidate);
      else if (said.some(({ content }) => read(content) === wanted)) equal.push(candidate);
    }
    return { equal, unseen };
  };
}

function pairFinder(db: Database): (at: Node) => number[] {
  const select = db.prepare<[number, number, number], { id: number }>(`
    SELECT c.id FROM chain c JOIN chain before ON before.id = c.parent
    WHERE c.content = ? AND before.content = (SELECT content FROM chain WHERE id = ?) AND c.id <> ? LIMIT 50`);
  return (at) =>
    at.parent === null ? [] : select.all(at.content, at.parent, at.id).map((found) => found.id);
}

/** The one conversation whose last turn ended when a trace without a model call began. */
function adjacentFinder(db: Database): (trace: TraceFacts) => Match | undefined {
  const select = db.prepare<[number, number, number], TraceFacts>(`
    SELECT ${FACTS} FROM trace t
    WHERE t.project = ? AND t.end_us BETWEEN ? AND ? AND t.session IS NOT NULL LIMIT 50`);
  return (trace) => {
    const ended = select
      .all(trace.project, trace.start_us - ADJACENT_US, trace.start_us)
      .filter(
        (c) => compatible(c, trace) && c.service === trace.service && c.agent_name === trace.agent_name,
      );
    return ended.length === 1 ? { rule: "adjacent", via: null, candidates: ended } : undefined;
  };
}

/** The likeliest of the candidates: most alike, then nearest before. Undefined for none. */
export function likeliest(candidates: readonly TraceFacts[], trace: TraceFacts): TraceFacts | undefined {
  let best: TraceFacts | undefined;
  for (const candidate of candidates) {
    const better = best
      ? likeness(candidate, trace) - likeness(best, trace) ||
        candidate.start_us - best.start_us ||
        candidate.trace_id.compare(best.trace_id)
      : 1;
    if (better > 0) best = candidate;
  }
  return best;
}
