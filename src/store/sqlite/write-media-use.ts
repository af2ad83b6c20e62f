import { inflateRawSync } from "node:zlib";
import type { Database } from "better-sqlite3";

const HASH = /"hash":"([0-9a-f]{32})"/g;

/**
 * Records which media a new content names, so that a deletion knows what is still in use. Media come in the batch
 * of the content that names them, hence only such batches pay for reading their contents.
 */
export function mediaUseWriter(db: Database) {
  const add = db.prepare("INSERT OR IGNORE INTO media_use (content, project, hash) VALUES (?, ?, ?)");
  return (project: number, content: number, deflated: 0 | 1, data: Buffer, media: ReadonlySet<string>) => {
    const text = (deflated ? inflateRawSync(data) : data).toString("utf8");
    for (const [, hash] of text.matchAll(HASH)) {
      if (hash !== undefined && media.has(hash)) add.run(content, project, hash);
    }
  };
}
