import type { Database } from "better-sqlite3";

/** Pages overwritten in one write transaction: 8 MB of the usual 4 kB. */
const CHUNK_PAGES = 2000;

/**
 * Overwrites the pages of the file that are in no use, which keep what was on them: pages freed before the deletion
 * (the text index frees some whenever it merges) may hold its words too. A table of zeros takes the free pages, and
 * gives them back.
 */
export function scrubFreePages(db: Database): void {
  const free = Number(db.pragma("freelist_count", { simple: true }));
  const pageBytes = Number(db.pragma("page_size", { simple: true }));
  db.exec("CREATE TABLE IF NOT EXISTS scrub (zeros BLOB NOT NULL) STRICT");
  const fill = db.prepare("INSERT INTO scrub (zeros) VALUES (zeroblob(?))");
  for (let left = free; left > 0; left -= CHUNK_PAGES) fill.run(Math.min(left, CHUNK_PAGES) * pageBytes);
  db.exec("DROP TABLE scrub");
}
