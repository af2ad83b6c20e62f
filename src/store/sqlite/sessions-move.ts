import type { Database } from "better-sqlite3";
import { derivedFollower } from "./derived.ts";
import { moveFollower } from "./seal-follow.ts";
import type { Sessions } from "./sessions.ts";

/**
 * Puts a trace into a session (null: none), with its place in the text index. Feedback on an inferred session that
 * thereby loses its last trace goes with it: the conversation is the same, only its id is new.
 */
export function traceMover(db: Database, sessions: Sessions) {
  const update = db.prepare("UPDATE trace SET session = ?, session_inferred = ? WHERE id = ?");
  const copy = db.prepare(`
    INSERT OR IGNORE INTO occurrence (scope, content, span, part, role, direction, position)
    SELECT ?, content, span, part, role, direction, position FROM occurrence
    WHERE scope = ? AND span IN (SELECT id FROM span WHERE trace = ?)`);
  const clear = db.prepare("DELETE FROM occurrence WHERE scope = ?");
  const scoped = db.prepare<[number], number>("SELECT 1 FROM occurrence WHERE scope = ? LIMIT 1").pluck();
  const used = db.prepare<[number], number>("SELECT 1 FROM trace WHERE session = ? LIMIT 1").pluck();
  const handOver = db.prepare(`
    UPDATE assessment SET session_id = (SELECT session_id FROM session WHERE id = @to)
    WHERE project = (SELECT project FROM session WHERE id = @from)
      AND session_id = (SELECT session_id FROM session WHERE id = @from AND inferred = 1)`);
  const follow = derivedFollower(db);
  const seals = moveFollower(db);

  /** Contents seen in the trace are listed under the scope that the trace is in now. */
  const rescope = (trace: number, from: number | null, to: number | null) => {
    if (from !== null && from !== to) copy.run(to ?? -trace, from, trace);
    if (to === null || scoped.get(-trace) === undefined) return;
    copy.run(to, -trace, trace);
    clear.run(-trace);
  };

  const move = (trace: number, from: number | null, to: number | null, inferred: boolean) => {
    if (from !== null && from !== to) seals.leave(trace, from);
    update.run(to, inferred ? 1 : 0, trace);
    rescope(trace, from, to);
    if (to !== null && from !== to) seals.enter(trace, from, to);
    if (to !== null) sessions.touch(to);
    if (from === null || from === to) return;
    sessions.touch(from);
    follow(trace, from);
    if (used.get(from) !== undefined) return;
    clear.run(from);
    if (to !== null) handOver.run({ from, to });
  };

  return Object.assign(move, {
    /** The trace has changed and stays where it is. */
    keep(trace: number, session: number | null) {
      if (session === null) return;
      rescope(trace, null, session);
      sessions.touch(session);
    },
  });
}
