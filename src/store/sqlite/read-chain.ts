import type { Database } from "better-sqlite3";

/** The contents of a chain in order: row ids. Linear in its length. */
export function chainReader(db: Database): (chain: number) => readonly number[] {
  const walk = db
    .prepare<[number], number>(
      `WITH RECURSIVE list (parent, content, length) AS (
         SELECT parent, content, length FROM chain WHERE id = ?
         UNION ALL
         SELECT chain.parent, chain.content, chain.length FROM list JOIN chain ON chain.id = list.parent
       ) SELECT content FROM list ORDER BY length`,
    )
    .pluck();
  return (chain) => walk.all(chain);
}
