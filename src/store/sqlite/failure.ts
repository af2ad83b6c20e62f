import { AppError } from "../../errors.ts";

interface Failure {
  readonly code: "unavailable" | "internal";
  readonly message: string;
  readonly hint: string;
}

const unavailable = (message: string, hint: string): Failure => ({ code: "unavailable", message, hint });

const FULL = unavailable(
  "The disk that holds the Evalwright database is full",
  "Free some space on it first: deleting traces needs some too. Nothing that was stored before is lost.",
);
const CANNOT_WRITE = unavailable(
  "The Evalwright database cannot be written",
  "Check the permissions of its file and folder, or set EVALWRIGHT_HOME to a folder that you own.",
);
const CANNOT_OPEN = unavailable(
  "The Evalwright database cannot be opened",
  "Check that its folder exists and may be written, or set EVALWRIGHT_HOME to another folder.",
);
const DAMAGED = unavailable(
  "The Evalwright database is damaged",
  "Move the file away (with its -wal and -shm files) and restore a backup; a new file is made when there is none.",
);

/** By SQLite's primary result code; extended codes begin with it. */
const FAILURES: readonly (readonly [string, Failure])[] = [
  ["SQLITE_FULL", FULL],
  [
    "SQLITE_BUSY",
    unavailable(
      "The Evalwright database is busy: another process has been writing for long",
      "Try again in a moment.",
    ),
  ],
  ["SQLITE_LOCKED", unavailable("The Evalwright database is locked", "Try again in a moment.")],
  ["SQLITE_READONLY", CANNOT_WRITE],
  ["SQLITE_PERM", CANNOT_WRITE],
  ["SQLITE_CANTOPEN", CANNOT_OPEN],
  ["SQLITE_AUTH", CANNOT_OPEN],
  [
    "SQLITE_NOTADB",
    unavailable(
      "The file at the Evalwright database's path is not an SQLite database",
      "Move that file away, or set EVALWRIGHT_HOME to another folder.",
    ),
  ],
  ["SQLITE_CORRUPT", DAMAGED],
  [
    "SQLITE_IOERR",
    unavailable(
      "The disk failed while the Evalwright database was read or written",
      "Check the disk and its free space, then try again; nothing that was stored before is lost.",
    ),
  ],
  [
    "SQLITE_NOMEM",
    unavailable("There was not enough memory for the Evalwright database", "Free memory, then try again."),
  ],
  ["SQLITE_TOOBIG", { code: "internal", message: "A value was too large for the database", hint: "" }],
  ["EACCES", CANNOT_WRITE],
  ["EPERM", CANNOT_WRITE],
  ["EROFS", CANNOT_WRITE],
  ["ENOSPC", FULL],
  ["ENOENT", CANNOT_OPEN],
  ["ENOTDIR", CANNOT_OPEN],
  ["EEXIST", CANNOT_OPEN],
];

/** The driver's or system's code of an error, e.g. SQLITE_BUSY_SNAPSHOT or EACCES; undefined when it has none. */
export function failureCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** What went wrong with the database, in our own words and with what to do; the original is the cause. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = failureCode(error) ?? "";
  const failure = FAILURES.find(([prefix]) => code === prefix || code.startsWith(`${prefix}_`))?.[1];
  if (!failure) return new AppError("internal", "The store failed", { cause: error });
  return new AppError(failure.code, failure.message, { hint: failure.hint, cause: error });
}
