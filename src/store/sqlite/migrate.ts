import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Database } from "better-sqlite3";
import { AppError } from "../../errors.ts";
import { packageRoot } from "../../runtime.ts";

interface Migration {
  readonly version: number;
  readonly file: string;
}

const FOLDER = join(packageRoot, "src/store/sqlite/migrations");

/** The numbered files in order; `0002_records.sql` brings a store to version 2. */
function listMigrations(): readonly Migration[] {
  return readdirSync(FOLDER)
    .filter((file) => /^\d{4}_[a-z0-9_-]+\.sql$/.test(file))
    .sort()
    .map((file) => ({ version: Number(file.slice(0, 4)), file }));
}

/** The version of the newest migration that this program knows. */
export function newestVersion(): number {
  return listMigrations().at(-1)?.version ?? 0;
}

/**
 * Brings the schema up to date: each numbered file in one transaction, `PRAGMA user_version` in the same one, so
 * that a kill leaves a whole version and two processes that open at once do each step once. Throws `conflict`
 * for a store that a newer program has written.
 */
export function migrate(db: Database): void {
  const migrations = listMigrations();
  const newest = migrations.at(-1)?.version ?? 0;
  assertKnown(readVersion(db), newest);
  if (readVersion(db) === newest) return;
  const step = db.transaction((migration: Migration) => {
    // Read again under the write lock: another process may have done this step while we waited.
    const version = readVersion(db);
    assertKnown(version, newest);
    if (version >= migration.version) return;
    db.exec(readFileSync(join(FOLDER, migration.file), "utf8"));
    db.pragma(`user_version = ${migration.version}`);
  });
  for (const migration of migrations) step.immediate(migration);
}

/**
 * Refuses to go on when a newer program has changed the schema since it was opened. One page read from memory, so
 * that each write transaction can begin with it.
 */
export function assertKnown(version: number, newest: number): void {
  if (version <= newest) return;
  throw new AppError(
    "conflict",
    `This database was written by a newer Evalwright (schema ${version}, this one knows ${newest})`,
    { hint: "Update Evalwright, or set EVALWRIGHT_HOME to another folder." },
  );
}

/** The schema's version: 0 for a new file. */
export function readVersion(db: Database): number {
  return Number(db.pragma("user_version", { simple: true }));
}
