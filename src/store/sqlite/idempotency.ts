import type { Database } from "better-sqlite3";
import { AppError } from "../../errors.ts";
import type { Idempotency } from "../store.ts";
import { nowUs } from "./write-rows.ts";

/** Remembers what the first call with a key answered; inside the caller's write transaction. */
export interface IdempotencyRecords {
  /** The first answer (JSON); undefined for a new key. Throws `idempotency_conflict` when it was used for other arguments. */
  find(project: number, idempotency: Idempotency | undefined): string | undefined;
  remember(project: number, idempotency: Idempotency | undefined, record: string): void;
}

export function idempotencyRecords(db: Database): IdempotencyRecords {
  const find = db.prepare<[number, string], { args_hash: string; record: string }>(
    "SELECT args_hash, record FROM idempotency WHERE project = ? AND key = ?",
  );
  const add = db.prepare(
    "INSERT INTO idempotency (project, key, args_hash, record, created_us) VALUES (?, ?, ?, ?, ?)",
  );
  return {
    find(project, idempotency) {
      const known = idempotency && find.get(project, idempotency.key);
      if (!known) return undefined;
      if (known.args_hash === idempotency.argsHash) return known.record;
      throw new AppError("idempotency_conflict", "This idempotency key was used before for other arguments", {
        hint: "Use a new key, or the same arguments again.",
      });
    },
    remember(project, idempotency, record) {
      if (idempotency) add.run(project, idempotency.key, idempotency.argsHash, record, nowUs());
    },
  };
}
