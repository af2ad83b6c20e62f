import type { Database } from "better-sqlite3";
import { factsReader, isNamed, type TraceFacts } from "./inference-facts.ts";
import type { Links } from "./inference-links.ts";
import type { Sessions } from "./sessions.ts";

/** Traces looked at for one conversation. */
const MAX_MEMBERS = 5000;
/** Parts that a conversation may fall into at once. */
const MAX_SPLITS = 1000;

/** Puts a trace into a session, or out of any; inside the caller's transaction. */
export type MoveTrace = (trace: TraceFacts, session: number | null, inferred: boolean) => void;

/**
 * Gives linked traces their session. Named traces keep the session that they name. The others of a conversation
 * take that of the nearest named trace before them, else of the earliest named one; without any, the id that the
 * conversation already has (its earliest member's, so that links people keep stay good), else `inferred-` and the
 * first 12 digits of its first trace's id. A trace that is linked to none has no session.
 */
export function conversations(db: Database, links: Links, sessions: Sessions, move: MoveTrace) {
  const facts = factsReader(db);
  const outsider = db
    .prepare<[number, string], number>(
      "SELECT t.id FROM trace t WHERE t.session = ? AND t.id NOT IN (SELECT value FROM json_each(?)) LIMIT 1",
    )
    .pluck();
  const outsiderBefore = db
    .prepare<[number, string, number], number>(
      `SELECT t.id FROM trace t
       WHERE t.session = ? AND t.id NOT IN (SELECT value FROM json_each(?)) AND t.start_us < ? LIMIT 1`,
    )
    .pluck();
  const strays = db
    .prepare<[number, string], number>(
      `SELECT t.id FROM trace t
       WHERE t.session = ? AND t.session_inferred = 1 AND t.id NOT IN (SELECT value FROM json_each(?)) LIMIT 1`,
    )
    .pluck();
  const rowOf = db
    .prepare<[number, string], number>("SELECT id FROM session WHERE project = ? AND session_id = ?")
    .pluck();

  const gather = (start: number) => {
    const members = new Map<number, TraceFacts>();
    const queue = [start];
    let byHistory = 0;
    for (let at = queue.pop(); at !== undefined && members.size < MAX_MEMBERS; at = queue.pop()) {
      const member = members.has(at) ? undefined : facts(at);
      if (!member) continue;
      members.set(at, member);
      const link = links.get(at);
      if (link) {
        queue.push(link.predecessor);
        if (link.rule !== "adjacent") byHistory++;
      }
      for (const next of links.successors(at)) queue.push(next.trace);
    }
    const ordered = [...members.values()].sort(
      (a, b) => a.start_us - b.start_us || a.trace_id.compare(b.trace_id),
    );
    return { ordered, byHistory };
  };

  const inferredSession = (ordered: readonly TraceFacts[]): number | null => {
    const first = ordered[0];
    if (!first) return null;
    const ids = JSON.stringify(ordered.map((member) => member.id));
    for (const member of ordered) {
      if (member.session === null) continue;
      // After a split, the part with the earlier beginning keeps the id.
      if (outsiderBefore.get(member.session, ids, first.start_us) === undefined) return member.session;
    }
    const hex = first.trace_id.toString("hex");
    for (let digits = 12; ; digits += 4) {
      const id = `inferred-${hex.slice(0, digits)}`;
      const taken = rowOf.get(first.project, id);
      const free = taken === undefined || outsider.get(taken, ids) === undefined;
      if (free || digits >= hex.length) return sessions.ensure(first.project, id, true);
    }
  };

  const namedFor = (member: TraceFacts, named: ReadonlyMap<number, number>): number | null => {
    let at: number | undefined = member.id;
    for (let step = 0; at !== undefined && step < MAX_MEMBERS; step++) {
      const session = named.get(at);
      if (session !== undefined) return session;
      at = links.get(at)?.predecessor;
    }
    return named.values().next().value ?? null;
  };

  /** Moves the members to their session; returns the inferred one that they share, if any. */
  const assign = (ordered: readonly TraceFacts[], byHistory: number): number | null => {
    const named = new Map(
      ordered.flatMap((m) => (isNamed(m) && m.session !== null ? [[m.id, m.session]] : [])),
    );
    const unnamed = ordered.filter((member) => !isNamed(member));
    const common =
      named.size > 0 || byHistory === 0 || unnamed.length === 0 ? null : inferredSession(ordered);
    for (const member of unnamed) {
      const session = named.size > 0 ? namedFor(member, named) : common;
      if (session !== member.session) move(member, session, session !== null);
    }
    return common;
  };

  /** The next turn at the end of a settled conversation needs no look at the rest of it. */
  const append = (trace: number): readonly TraceFacts[] | undefined => {
    const last = facts(trace);
    const before = facts(links.get(trace)?.predecessor ?? -1);
    if (!last || !before || before.session === null || links.successors(trace).length > 0) return undefined;
    if (isNamed(last)) return isNamed(before) ? [last] : undefined;
    if (last.session !== before.session) move(last, before.session, true);
    return [last];
  };

  return {
    /** Settles the conversation of a trace that has just got its first link. */
    join(trace: number): readonly TraceFacts[] {
      return append(trace) ?? this.settle(trace);
    },
    /** Settles the conversation of a trace; returns the traces that it has looked at. */
    settle(trace: number): readonly TraceFacts[] {
      const looked = new Map<number, TraceFacts>();
      const queue = [trace];
      for (let at = queue.pop(), step = 0; at !== undefined && step < MAX_SPLITS; at = queue.pop(), step++) {
        const { ordered, byHistory } = gather(at);
        for (const member of ordered) looked.set(member.id, member);
        const session = assign(ordered, byHistory);
        if (session === null) continue;
        // Traces of a part that has split off still have the id: of the two, the later one gets its own.
        const stray = strays.get(session, JSON.stringify(ordered.map((member) => member.id)));
        if (stray !== undefined) queue.push(at, stray);
      }
      return [...looked.values()];
    },
  };
}
