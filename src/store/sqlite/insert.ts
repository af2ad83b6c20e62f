import type { Database } from "better-sqlite3";
import type { AppError } from "../../errors.ts";
import { toAppError } from "./failure.ts";
import { assertKnown, newestVersion, readVersion } from "./migrate.ts";
import { arrivalSealer } from "./seal-follow.ts";
import type { EncodedBatch, EncodedInsert, InsertReply } from "./wire.ts";
import { assessmentWriter } from "./write-assessments.ts";
import { contentWriter, MissingContent } from "./write-contents.ts";
import { nowUs, rowWriter } from "./write-rows.ts";
import { spanWriter } from "./write-spans.ts";

/** Reads the number that each deletion raises. */
export function generationReader(db: Database): () => number {
  const read = db.prepare<[], number>("SELECT value FROM meta WHERE key = 'generation'").pluck();
  return () => read.get() ?? 0;
}

/**
 * `insertAll`: several calls of insert in one transaction, each answered for itself. When one of them cannot be stored,
 * each gets a transaction of its own, so that it fails alone; a savepoint for each would be paid by all that can. When
 * the database is at fault (disk full, busy), all are answered with that.
 */
export function insertOperations(db: Database) {
  const rows = rowWriter(db);
  const assessments = assessmentWriter(db, rows);
  const storeContents = contentWriter(db);
  const storeSpans = spanWriter(db, rows, assessments);
  const storeExtras = extrasWriter(db);
  const sealArrivals = arrivalSealer(db);
  const readGeneration = generationReader(db);
  const newest = newestVersion();
  let rowsGeneration = -1;
  let rejectedEpoch = 0;

  const storeBatch = (batch: EncodedBatch, bytes: Buffer) => {
    const project = rows.project(batch.projectId);
    const ids = storeContents(project, batch, bytes);
    storeSpans(project, batch, ids, bytes);
    sealArrivals(project, batch.spans);
    for (const item of batch.assessments) assessments.add(project, item);
    for (const { sessionId } of batch.sessionTags) rows.session(project, sessionId);
    storeExtras(project, batch);
    return ids;
  };
  const reject = (insert: EncodedInsert): void => {
    rejectedEpoch = Math.max(rejectedEpoch, insert.epoch);
    rows.forget();
  };
  const storeOne = (insert: EncodedInsert, generation: number): InsertReply => {
    // What a failed insert was to store is missing, so whatever was encoded in reliance on it must come again.
    const outdated = insert.generation !== -1 && insert.generation !== generation;
    if (outdated || insert.epoch <= rejectedEpoch) {
      reject(insert);
      return { stored: false, generation };
    }
    const bytes = Buffer.from(insert.bytes.buffer, insert.bytes.byteOffset, insert.bytes.byteLength);
    const ids = insert.batches.map((batch) => storeBatch(batch, bytes));
    return { stored: true, generation, ids: joined(ids.flatMap((each) => [each.contents, each.chains])) };
  };
  const storeAll = db.transaction((inserts: readonly EncodedInsert[]) => {
    assertKnown(readVersion(db), newest);
    const generation = readGeneration();
    if (generation !== rowsGeneration) rows.forget();
    rowsGeneration = generation;
    return inserts.map((insert) => storeOne(insert, generation));
  });

  const insertAll = (inserts: readonly EncodedInsert[]): (InsertReply | AppError)[] => {
    try {
      return storeAll.immediate(inserts);
    } catch (error) {
      rows.forget();
      const failure = toAppError(error);
      if (inserts.length > 1 && failure.code !== "unavailable")
        return inserts.flatMap((one) => insertAll([one]));
      inserts.forEach(reject);
      if (error instanceof MissingContent)
        return inserts.map(() => ({ stored: false, generation: rowsGeneration }));
      return inserts.map(() => failure);
    }
  };
  return { insertAll };
}

function joined(lists: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(lists.reduce((sum, each) => sum + each.length, 0));
  let at = 0;
  for (const each of lists) {
    all.set(each, at);
    at += each.length;
  }
  return all;
}

function extrasWriter(db: Database): (project: number, batch: EncodedBatch) => void {
  const addMedia = db.prepare(
    "INSERT OR IGNORE INTO media (project, hash, mime_type, bytes, data) VALUES (?, ?, ?, ?, ?)",
  );
  const addTags = db.prepare(
    "UPDATE session SET own_tags = json_patch(own_tags, ?) WHERE project = ? AND session_id = ?",
  );
  const markDirty = db.prepare(
    "INSERT OR IGNORE INTO dirty_session (session) SELECT id FROM session WHERE project = ? AND session_id = ?",
  );
  const arrived = db.prepare("UPDATE project SET last_arrival_us = ? WHERE key = ?");
  return (project, batch) => {
    for (const { hash, mimeType, data } of batch.media)
      addMedia.run(project, hash, mimeType, data.byteLength, data);
    for (const { sessionId, tags } of batch.sessionTags) {
      addTags.run(JSON.stringify(tags), project, sessionId);
      markDirty.run(project, sessionId);
    }
    if (batch.spans.length > 0) arrived.run(nowUs(), project);
  };
}
