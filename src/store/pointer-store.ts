import type { Idempotency } from "./store.ts";
import type { VersionedKind } from "./version-store.ts";

/** A named place of a versioned record that changes while its versions do not: an alias, a linked file. */
export interface Pointer {
  readonly name: string;
  readonly pointer: string;
  readonly value: string;
  readonly movedUs: number;
}

/** One move, kept for ever, so that it can be undone. Null: there was none, or it was removed. */
export interface PointerMove {
  readonly pointer: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly note: string | null;
  readonly movedUs: number;
}

export interface PointerStore {
  /**
   * Moves (or with null removes) a pointer and records where it was; in one write. `moved` is false when it was there
   * already: nothing is recorded then. With a key already used the first move comes back and nothing moves again.
   * @throws AppError `conflict` when `expected` is given and it stood elsewhere.
   */
  move(
    move: {
      readonly projectId: string;
      readonly kind: VersionedKind;
      readonly name: string;
      readonly pointer: string;
      readonly value: string | null;
      readonly expected?: string | null | undefined;
      readonly note: string | null;
    },
    idempotency?: Idempotency,
  ): Promise<PointerMove & { readonly moved: boolean }>;
  /** Of one name, or of all; at most 2,000, by name and pointer. */
  list(projectId: string, kind: VersionedKind, name?: string): Promise<readonly Pointer[]>;
  /** Newest first, at most `limit`. */
  history(
    projectId: string,
    kind: VersionedKind,
    name: string,
    limit: number,
  ): Promise<readonly PointerMove[]>;
}
