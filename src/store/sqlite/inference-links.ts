import type { Database } from "better-sqlite3";
import { compatible, factsReader, type TraceFacts } from "./inference-facts.ts";
import { likeliest, type Match } from "./inference-match.ts";

export interface Link {
  readonly trace: number;
  readonly predecessor: number;
  readonly rule: string;
  readonly via: number | null;
}

/** Traces that continue the same call, weighed together; of more, the latest. */
const MAX_GROUP = 200;

/** Links from traces to the ones they continue. Every method runs inside the caller's transaction. */
export type Links = ReturnType<typeof linkRows>;

/** Told of each link: `joined` for a trace's first, `changed` for the ends of any other change. */
interface LinkEvents {
  readonly joined: (trace: number) => void;
  readonly changed: (trace: number) => void;
}

export function linkRows(db: Database, { joined, changed }: LinkEvents) {
  const get = db.prepare<[number], Link>("SELECT * FROM trace_link WHERE trace = ?");
  const put = db.prepare(
    `INSERT INTO trace_link (trace, predecessor, rule, via) VALUES (?, ?, ?, ?)
     ON CONFLICT (trace) DO UPDATE SET predecessor = excluded.predecessor, rule = excluded.rule, via = excluded.via`,
  );
  const remove = db.prepare("DELETE FROM trace_link WHERE trace = ?");
  const successors = db.prepare<[number], Link>("SELECT * FROM trace_link WHERE predecessor = ? LIMIT 5000");
  const group = db.prepare<[number, number], Link>(
    "SELECT * FROM trace_link WHERE via = ? AND rule = 'thread' ORDER BY trace DESC LIMIT ?",
  );
  const facts = factsReader(db);

  const set = (trace: number, predecessor: TraceFacts | undefined, match: Match | undefined): void => {
    const old = get.get(trace);
    if (!predecessor || !match) {
      if (!old) return;
      remove.run(trace);
    } else {
      const same = old?.predecessor === predecessor.id;
      if (!same || old.rule !== match.rule || old.via !== match.via) {
        put.run(trace, predecessor.id, match.rule, match.via);
      }
      if (same) return;
      if (!old) {
        joined(trace);
        return;
      }
      changed(predecessor.id);
    }
    changed(trace);
    if (old) changed(old.predecessor);
  };

  const claimedElsewhere = (candidate: number, via: number | null, members: ReadonlySet<number>) =>
    successors.all(candidate).some((link) => link.via === via && !members.has(link.trace));

  return {
    get: (trace: number) => get.get(trace),
    successors: (trace: number) => successors.all(trace),
    set,
    /** Links one trace to its likeliest candidate, of those that nobody else continues if there are any. */
    choose(trace: TraceFacts, match: Match) {
      const own = new Set([trace.id]);
      const free = match.candidates.filter((c) => !claimedElsewhere(c.id, match.via, own));
      set(
        trace.id,
        likeliest(free, trace) ?? likeliest(match.candidates.filter(branch(trace)), trace),
        match,
      );
    },
    /**
     * Deals out the calls that end at node `via` among the traces that continue there. Conversations that begin
     * with the same words and got the same answer share that node: each continuation, in order of start, takes
     * the likeliest call that no other has taken, so that they stay apart. When there are fewer calls than
     * continuations, the rest are branches (an edited or regenerated turn, a side question such as a title for
     * the chat) and join the likeliest call's conversation too, unless service or user speak against it.
     */
    deal(via: number, calls: readonly TraceFacts[]) {
      const members = group
        .all(via, MAX_GROUP)
        .map((link) => facts(link.trace))
        .filter((member) => member !== undefined)
        .sort((a, b) => a.start_us - b.start_us || a.trace_id.compare(b.trace_id));
      const ids = new Set(members.map((member) => member.id));
      const free = new Set(calls.filter((call) => !claimedElsewhere(call.id, via, ids)));
      for (const member of members) {
        const possible = calls.filter((call) => compatible(call, member));
        const taken =
          likeliest(
            possible.filter((call) => free.has(call)),
            member,
          ) ?? likeliest(possible.filter(branch(member)), member);
        if (taken) free.delete(taken);
        set(member.id, taken, { rule: "thread", via, candidates: calls });
      }
    },
  };
}

const branch = (trace: TraceFacts) => (candidate: TraceFacts) =>
  candidate.service === trace.service && candidate.user_id === trace.user_id;
