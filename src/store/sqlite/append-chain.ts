import type { Database } from "better-sqlite3";
import { hashChain } from "./encode-memory.ts";
import { chainReader } from "./read-chain.ts";

interface Node {
  readonly hash: Uint8Array;
  readonly length: number;
}

/**
 * The list of one chain followed by the list of another, as a chain; null for two empty ones. For lists that arrived
 * apart: the usual ones are put together before they are written.
 */
export function chainAppender(
  db: Database,
): (project: number, first: number | null, second: number | null) => number | null {
  const find = db
    .prepare<[number, Uint8Array], number>("SELECT id FROM chain WHERE project = ? AND hash = ?")
    .pluck();
  const node = db.prepare<[number], Node>("SELECT hash, length FROM chain WHERE id = ?");
  const contentHash = db.prepare<[number], Uint8Array>("SELECT hash FROM content WHERE id = ?").pluck();
  const add = db.prepare("INSERT INTO chain (project, hash, parent, content, length) VALUES (?, ?, ?, ?, ?)");
  const readChain = chainReader(db);

  return (project, first, second) => {
    if (first === null || second === null) return first ?? second;
    let id = first;
    let { hash, length } = node.get(first) ?? { hash: Buffer.alloc(16), length: 0 };
    for (const content of readChain(second)) {
      const next = contentHash.get(content);
      if (!next) throw new RangeError("a chain names a content that is not stored");
      hash = Buffer.from(hashChain(textOf(hash), textOf(next)), "latin1");
      length++;
      const known = find.get(project, hash);
      id = known ?? Number(add.run(project, hash, id, content, length).lastInsertRowid);
    }
    return id;
  };
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
