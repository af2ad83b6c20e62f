import { Frontier } from "../search/frontier.ts";
import type { StoredEntry } from "./events.ts";

/** A candidate's score of an example; what it has not been run on counts as its nearest ancestor's, as in the search. */
function scoreOf(pool: readonly StoredEntry[], entry: StoredEntry, exampleId: string): number {
  for (let one: StoredEntry | undefined = entry; one; ) {
    const own = one.scores[exampleId];
    if (own !== undefined) return own ?? Number.NaN;
    const parent: number | undefined = one.parents[0];
    one = parent === undefined ? undefined : pool[parent];
  }
  return Number.NaN;
}

/**
 * Candidates that are best at some validation example and dominated by no other, with the number of examples that each is
 * best at, ties included.
 */
export function frontierOf(pool: readonly StoredEntry[]): ReadonlyMap<number, number> {
  const ids = [...new Set(pool.flatMap(({ scores }) => Object.keys(scores)))].sort();
  const frontier = new Frontier(ids.length);
  for (const entry of pool)
    for (const [key, id] of ids.entries()) frontier.offer(key, entry.index, scoreOf(pool, entry, id));
  const worstFirst = [...pool].sort(
    (a, b) => (a.estimate ?? -1) - (b.estimate ?? -1) || b.length - a.length || b.index - a.index,
  );
  return frontier.survivors(worstFirst.map(({ index }) => index));
}
