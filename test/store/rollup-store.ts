import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database } from "better-sqlite3";
import { openConnection } from "../../src/store/sqlite/connection.ts";
import { createEncoder } from "../../src/store/sqlite/encode.ts";
import { insertOperations } from "../../src/store/sqlite/insert.ts";
import { migrate } from "../../src/store/sqlite/migrate.ts";
import { rollupOperations } from "../../src/store/sqlite/rollup-operations.ts";
import type { TraceBatch } from "../../src/store/store.ts";

/** A store file with its writer and its roll-ups in this thread, so that a test decides what happens when. */
export function openRollupStore() {
  const folder = mkdtempSync(join(tmpdir(), "evalwright-rollup-"));
  const path = join(folder, "store.db");
  const db = openConnection(path);
  migrate(db);
  const encoder = createEncoder();
  const inserts = insertOperations(db);
  return {
    db,
    path,
    rollups: rollupOperations(db),
    async insert(...batches: TraceBatch[]) {
      const encoding = await encoder.encode(batches);
      const [reply] = inserts.insertAll([encoding.message]);
      if (!reply || !("stored" in reply)) throw reply ?? new Error("no answer");
      encoding.learn(reply);
      if (!reply.stored) throw new Error("refused");
    },
    [Symbol.dispose]() {
      db.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** The traces of each session, as sorted text. */
export function partition(db: Database): string[] {
  const rows = db
    .prepare<[], { session: number; trace: string }>(
      "SELECT session, lower(hex(trace_id)) AS trace FROM trace WHERE session IS NOT NULL",
    )
    .all();
  const members = new Map<number, string[]>();
  for (const { session, trace } of rows) members.set(session, [...(members.get(session) ?? []), trace]);
  return [...members.values()].map((traces) => traces.sort().join(" ")).sort();
}
