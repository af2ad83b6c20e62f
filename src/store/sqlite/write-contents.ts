import type { Database } from "better-sqlite3";
import type { EncodedBatch, EncodedChain, EncodedContent, Ref } from "./wire.ts";
import { mediaUseWriter } from "./write-media-use.ts";

/** The row ids behind a batch's references. */
export interface RowIds {
  readonly contents: Float64Array;
  readonly chains: Float64Array;
}

/** Where a batch's spans go. */
export interface SpanPlace {
  readonly project: number;
  readonly trace: number;
  readonly ids: RowIds;
  readonly bytes: Buffer;
}

/** Thrown when a batch relies on a content or chain that is not stored (any more). */
export class MissingContent extends Error {}

/** The id behind a reference; null for none. */
export function idOf(ref: Ref, ids: Float64Array): number | null {
  if (ref >= 0) return ref === 0 ? null : ref;
  const id = ids[-ref - 1];
  if (id === undefined) throw new RangeError("a reference to nothing");
  return id;
}

/** Stores a batch's contents and chains, once each, and their search text. */
export function contentWriter(db: Database): (project: number, batch: EncodedBatch, bytes: Buffer) => RowIds {
  const findContent = db
    .prepare<[number, Uint8Array], number>("SELECT id FROM content WHERE project = ? AND hash = ?")
    .pluck();
  const addContent = db.prepare(
    "INSERT OR IGNORE INTO content (project, hash, chars, deflated, data) VALUES (?, ?, ?, ?, ?)",
  );
  const findChain = db
    .prepare<[number, Uint8Array], number>("SELECT id FROM chain WHERE project = ? AND hash = ?")
    .pluck();
  const addChain = db.prepare(
    "INSERT OR IGNORE INTO chain (project, hash, parent, content, length) VALUES (?, ?, ?, ?, ?)",
  );
  const isIndexed = db.prepare<[number], number>("SELECT 1 FROM content_text WHERE rowid = ?").pluck();
  const addText = db.prepare("INSERT INTO content_text (rowid, text) VALUES (?, ?)");
  const addMediaUse = mediaUseWriter(db);

  const storeContent = (
    project: number,
    content: EncodedContent,
    bytes: Buffer,
    media: ReadonlySet<string>,
  ): number => {
    const hash = bytes.subarray(content.hashAt, content.hashAt + 16);
    if (content.dataLength >= 0) {
      const data = bytes.subarray(content.dataAt, content.dataAt + content.dataLength);
      const result = addContent.run(project, hash, content.chars, content.deflated, data);
      if (result.changes === 1) {
        const id = Number(result.lastInsertRowid);
        if (content.text !== null) addText.run(id, content.text);
        if (media.size > 0) addMediaUse(project, id, content.deflated, data, media);
        return id;
      }
    }
    const id = findContent.get(project, hash);
    if (id === undefined) throw new MissingContent();
    if (content.text !== null && isIndexed.get(id) === undefined) addText.run(id, content.text);
    return id;
  };
  const storeChain = (project: number, chain: EncodedChain, bytes: Buffer, ids: RowIds): number => {
    const hash = bytes.subarray(chain.hashAt, chain.hashAt + 16);
    if (chain.length >= 0) {
      const parent = idOf(chain.parent, ids.chains);
      const result = addChain.run(project, hash, parent, idOf(chain.content, ids.contents), chain.length);
      if (result.changes === 1) return Number(result.lastInsertRowid);
    }
    const id = findChain.get(project, hash);
    if (id === undefined) throw new MissingContent();
    return id;
  };

  return (project, batch, bytes) => {
    const ids: RowIds = {
      contents: new Float64Array(batch.contents.length),
      chains: new Float64Array(batch.chains.length),
    };
    const media = new Set(batch.media.map((item) => item.hash));
    batch.contents.forEach((content, i) => {
      ids.contents[i] = storeContent(project, content, bytes, media);
    });
    batch.chains.forEach((chain, i) => {
      ids.chains[i] = storeChain(project, chain, bytes, ids);
    });
    return ids;
  };
}
