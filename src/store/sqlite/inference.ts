import type { Database } from "better-sqlite3";
import { conversations, type MoveTrace } from "./inference-conversations.ts";
import { type Call, callsOf, factsReader, isNamed, type TraceFacts } from "./inference-facts.ts";
import { type Links, linkRows } from "./inference-links.ts";
import { historyMatcher } from "./inference-match.ts";
import { successorFinder } from "./inference-successors.ts";
import type { StoredSpan } from "./rollup-read.ts";
import type { Sessions } from "./sessions.ts";

/** Traces matched again because one arrived that they may continue; what is over waits for their own next change. */
const MAX_REMATCHED = 500;

/**
 * Works out which traces are turns of one conversation, from the message history that agents send again with
 * each call. Any order of arrival ends in the same conversations: a trace looks for the one before it and for
 * those after it. Sub-agents inside one trace make no sessions, since only links between traces count.
 */
export function sessionInference(db: Database, sessions: Sessions, move: MoveTrace) {
  const facts = factsReader(db);
  const matcher = historyMatcher(db);
  const successors = successorFinder(db);
  const callsOfStored = storedCalls(db);
  const changed = new Set<number>();
  const joined = new Set<number>();
  const links = linkRows(db, {
    changed: (trace) => changed.add(trace),
    joined: (trace) => joined.add(trace),
  });
  const groups = conversations(db, links, sessions, move);
  const covers = coverage(db, links);
  const needsInference = db
    .prepare<[number], number>(
      // Left to itself, SQLite takes the index by time and looks at every trace of the project.
      `SELECT EXISTS (SELECT 1 FROM trace INDEXED BY trace_unnamed
        WHERE project = ? AND start_us IS NOT NULL AND (session IS NULL OR session_inferred = 1))`,
    )
    .pluck();

  /** Nothing to infer where every trace names its session; the first one that does not looks at all the others. */
  const isSettledByName = (trace: TraceFacts): boolean =>
    isNamed(trace) &&
    needsInference.get(trace.project) === 0 &&
    !links.get(trace.id) &&
    links.successors(trace.id).length === 0;

  const deal = (via: number) => links.deal(via, matcher.threadEndsAt(via));

  const rematch = (trace: TraceFacts, calls: readonly Call[]) => {
    const old = links.get(trace.id);
    const match =
      matcher.match(trace, calls) ?? (trace.llm_calls === 0 ? matcher.adjacent(trace) : undefined);
    if (match?.rule === "thread" && match.via !== null) {
      // A place in the group first; who continues whom is decided for all of them together.
      const known = old && match.candidates.find((c) => c.id === old.predecessor);
      links.set(trace.id, known ?? match.candidates[0], match);
      deal(match.via);
    } else if (match) links.choose(trace, match);
    else links.set(trace.id, undefined, undefined);
    if (old?.rule === "thread" && old.via !== null && old.via !== match?.via) deal(old.via);
  };

  const rematchStored = (id: number) => {
    const trace = facts(id);
    if (trace) rematch(trace, callsOfStored(id));
  };

  const takeUpSuccessors = (trace: TraceFacts, calls: readonly Call[]) => {
    for (const { thread } of calls.slice(-1)) if (thread !== null) deal(thread);
    const pairs = (thread: number) => matcher.pairNodesOf(thread);
    let rematched = 0;
    for (const id of successors.find(trace, calls, pairs)) {
      if (covers(id, trace, calls)) continue;
      if (++rematched > MAX_REMATCHED) break;
      rematchStored(id);
    }
  };

  const settleSessions = () => {
    const settled = new Set<number>();
    const ended: TraceFacts[] = [];
    const note = (members: readonly TraceFacts[]) => {
      for (const member of members) settled.add(member.id);
      ended.push(...members);
    };
    for (const id of changed) if (!settled.has(id)) note(groups.settle(id));
    for (const id of joined) if (!settled.has(id)) note(groups.join(id));
    changed.clear();
    joined.clear();
    return ended;
  };

  return {
    /**
     * Takes up a trace whose row has just been rolled up from `spans`: links it, links what continues it, and
     * gives all whose conversation changed their session. `moved`: the session that it names itself has changed,
     * which its neighbours follow. Inside the caller's transaction.
     */
    place(id: number, spans: readonly StoredSpan[], moved: boolean): void {
      const trace = facts(id);
      if (!trace || isSettledByName(trace)) return;
      const calls = callsOf(spans);
      if (moved && (links.get(id) || links.successors(id).length > 0)) changed.add(id);
      rematch(trace, calls);
      takeUpSuccessors(trace, calls);
      const placed = settleSessions();
      const now = facts(id);
      const ended = placed.length > 0 ? placed : now ? [now] : [];
      for (const member of ended) for (const next of successors.adjacent(member)) rematchStored(next);
      settleSessions();
    },
  };
}

/** The first calls of a stored trace, as `callsOf` chooses them. */
function storedCalls(db: Database): (trace: number) => Call[] {
  const select = (kind: string) =>
    db.prepare<[number], Call>(`
      SELECT input_messages AS input, output_messages AS output, thread FROM span
      WHERE trace = ? AND input_messages IS NOT NULL ${kind} ORDER BY start_us LIMIT 20`);
  const llm = select("AND kind = 'llm'");
  const anyKind = select("");
  return (trace) => {
    const calls = llm.all(trace);
    return calls.length > 0 ? calls : anyKind.all(trace);
  };
}

/** Whether a trace already continues something at least as deep in its history as the end of these calls. */
function coverage(db: Database, links: Links) {
  const length = db.prepare<[number], number>("SELECT length FROM chain WHERE id = ?").pluck();
  return (id: number, trace: TraceFacts, calls: readonly Call[]): boolean => {
    const link = links.get(id);
    if (link?.rule !== "thread" || link.via === null || link.predecessor === trace.id) return false;
    const reached = length.get(link.via) ?? 0;
    return calls.every((call) => call.thread === null || (length.get(call.thread) ?? 0) <= reached);
  };
}
