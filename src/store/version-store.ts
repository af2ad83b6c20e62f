import type { Json } from "../model/json.ts";
import type { Idempotency, Page } from "./store.ts";

export type VersionedKind =
  | "judge"
  | "prompt"
  | "comparison"
  | "tests"
  /** A judge's check against people's labels; its name is the judge's hash. */
  | "calibration"
  /** A judge's alignment with people's labels; its name is the judge's. */
  | "alignment"
  /** Items drawn to be labelled; its name is the judge's hash. */
  | "label_sample"
  /** Issues found in a sample; its later versions are edits. */
  | "census"
  /** A model switch, as it stands and what it came to; its name is its id. */
  | "match"
  /** Looks at live traffic before and after a proposal was applied; its name is the proposal's id. */
  | "watch";

export interface VersionedRecord {
  readonly projectId: string;
  readonly kind: VersionedKind;
  readonly name: string;
  /** 1-based; never reused. */
  readonly version: number;
  /** Over what the author wrote; equal hashes are one version. */
  readonly hash: string;
  readonly body: Json;
  readonly note: string | null;
  /** The version that it was made from. */
  readonly parent: number | null;
  readonly createdUs: number;
}

/** Small named things with immutable versions: judges, prompts, comparisons, what a file of tests says beside its tests. */
export interface VersionStore {
  /** Adds a version after the newest; one with the hash of an existing version is that version (`created` false). */
  save(
    record: {
      projectId: string;
      kind: VersionedKind;
      name: string;
      hash: string;
      body: Json;
      note: string | null;
      /** Which version it was made from; default the newest. */
      parent?: number | undefined;
    },
    idempotency?: Idempotency,
  ): Promise<{ record: VersionedRecord; created: boolean }>;
  /** Without `version` the newest. */
  get(
    projectId: string,
    kind: VersionedKind,
    name: string,
    version?: number,
  ): Promise<VersionedRecord | undefined>;
  /** The newest version of each name, newest first; with `name` every version of it. */
  list(query: {
    projectId: string;
    kind: VersionedKind;
    name?: string | undefined;
    /** 1 to 500. */
    limit: number;
    cursor?: string | undefined;
  }): Promise<Page<VersionedRecord>>;
}
