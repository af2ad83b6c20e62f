import type { Database } from "better-sqlite3";
import { invalidInput } from "../../errors.ts";

/** Shortest beginning of an id that may stand for it. */
const MIN_PREFIX = 6;

/** Row ids of what callers name: by whole ids, or by a beginning that only one has. */
export interface NameReader {
  project(id: string): number | undefined;
  trace(project: number, id: string): number | undefined;
  span(trace: number, id: string): number | undefined;
  session(project: number, id: string): number | undefined;
}

export function nameReader(db: Database): NameReader {
  const project = db.prepare<[string], number>("SELECT key FROM project WHERE id = ?").pluck();
  const traces = db
    .prepare<[number, Uint8Array, Uint8Array], number>(
      "SELECT id FROM trace WHERE project = ? AND trace_id BETWEEN ? AND ? LIMIT 2",
    )
    .pluck();
  const spans = db
    .prepare<[number, Uint8Array, Uint8Array], number>(
      "SELECT id FROM span WHERE trace = ? AND span_id BETWEEN ? AND ? LIMIT 2",
    )
    .pluck();
  const session = db
    .prepare<[number, string], number>("SELECT id FROM session WHERE project = ? AND session_id = ?")
    .pluck();
  // Greater than every string that begins so: no character sorts above U+10FFFF.
  const sessions = db
    .prepare<[number, string, string], number>(
      `SELECT id FROM session WHERE project = ? AND session_id > ? AND session_id < ? || char(1114111) LIMIT 2`,
    )
    .pluck();
  return {
    project: (id) => project.get(id),
    trace: (key, id) => {
      const range = hexRange(id, 32, "trace");
      return range && only(traces.all(key, ...range), "traces");
    },
    span: (trace, id) => {
      const range = hexRange(id, 16, "span");
      return range && only(spans.all(trace, ...range), "spans");
    },
    session(key, id) {
      const exact = session.get(key, id);
      if (exact !== undefined || id.length < MIN_PREFIX) return exact;
      return only(sessions.all(key, id, id), "sessions");
    },
  };
}

/** The least and the greatest id that begin so; undefined when none can. */
function hexRange(id: string, digits: number, what: string): [Uint8Array, Uint8Array] | undefined {
  const lower = id.toLowerCase();
  if (!/^[0-9a-f]*$/.test(lower) || lower.length > digits) return undefined;
  if (lower.length < MIN_PREFIX)
    throw invalidInput(`A ${what} id needs at least ${MIN_PREFIX} of its digits`);
  return [Buffer.from(lower.padEnd(digits, "0"), "hex"), Buffer.from(lower.padEnd(digits, "f"), "hex")];
}

function only(rows: readonly number[], what: string): number | undefined {
  if (rows.length > 1) throw invalidInput(`Several ${what} begin so`, "Give more of the id.");
  return rows[0];
}
