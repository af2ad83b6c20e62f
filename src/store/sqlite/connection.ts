import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import Sqlite, { type Database } from "better-sqlite3";
import { AppError } from "../../errors.ts";
import { failureCode, toAppError } from "./failure.ts";

export interface ConnectionOptions {
  /** Refuse every write (PRAGMA query_only) to a migrated store. The file is opened writable, as WAL needs. */
  readonly readonly?: boolean;
  /** `normal` survives the kill of a process; `full` also a power cut. Default `normal`. */
  readonly synchronous?: "normal" | "full";
  /** How long to wait for another process's write: milliseconds, default 10 000. */
  readonly busyTimeoutMs?: number;
}

const CACHE_KIB = { writer: 8_192, reader: 8_192 } as const;

/**
 * Opens (or makes) the database file with our settings; call `migrate` next (on a writable connection). Foreign keys are not enforced: rows
 * are deleted in the order that keeps them whole, and checking each insert would cost a lookup per reference.
 * Throws `unavailable` with what to do when the file cannot be opened.
 */
export function openConnection(path: string, options: ConnectionOptions = {}): Database {
  let db: Database | undefined;
  try {
    preparePath(path);
    db = new Sqlite(path, { timeout: options.busyTimeoutMs ?? 10_000 });
    enterWal(db);
    db.pragma(`synchronous = ${options.synchronous === "full" ? "FULL" : "NORMAL"}`);
    db.pragma("foreign_keys = OFF");
    db.pragma(`cache_size = -${options.readonly ? CACHE_KIB.reader : CACHE_KIB.writer}`);
    db.pragma("temp_store = MEMORY");
    // Rows written over leave nothing behind on their page, so that a deletion need not rewrite every page.
    db.pragma("secure_delete = FAST");
    // Transactions are short and write the same pages again and again: a longer log (16 MB) copies each of them less often.
    db.pragma("wal_autocheckpoint = 4000");
    // A checkpoint may leave a large log behind after one large write.
    db.pragma("journal_size_limit = 67108864");
    if (options.readonly) db.pragma("query_only = ON");
    return db;
  } catch (error) {
    db?.close();
    throw toAppError(error);
  }
}

function preparePath(path: string): void {
  if (path === ":memory:") return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found || found.isFile()) return;
  throw new AppError("unavailable", "The path of the Evalwright database is not a file", {
    hint: "Move what is there away, or set EVALWRIGHT_HOME to another folder.",
  });
}

/** Changing to WAL takes an exclusive lock, for which SQLite does not wait: two first openings would collide. */
function enterWal(db: Database): void {
  for (let attempt = 0; ; attempt++) {
    try {
      db.pragma("journal_mode = WAL");
      return;
    } catch (error) {
      if (attempt >= 100 || !failureCode(error)?.startsWith("SQLITE_BUSY")) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
  }
}
