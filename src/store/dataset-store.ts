import type { DatasetVersion, Example, Split } from "../model/example.ts";
import type { Idempotency, Page } from "./store.ts";

/** Content-hashed versions of datasets, and which groups belong to which split. */
export interface DatasetStore {
  /**
   * Adds a version after the newest, in one write; examples keep their order. A version whose hash is the newest's is
   * that one (`created` false). Each example names its source, so that deleting it deletes the example everywhere.
   * `after`: the version that this one was made of, null for none. Throws `conflict` when it is not the newest any more.
   */
  save(
    dataset: {
      projectId: string;
      name: string;
      hash: string;
      note: string | null;
      after?: number | null;
    },
    examples: readonly Example[],
    idempotency?: Idempotency,
  ): Promise<{ version: DatasetVersion; created: boolean }>;
  /** Without `version` the newest. Counts are of what is there now: deletions lower them. */
  get(projectId: string, name: string, version?: number): Promise<DatasetVersion | undefined>;
  /** The newest version of each name, newest first; with `name` every version of it. */
  list(query: {
    projectId: string;
    name?: string | undefined;
    limit: number;
    cursor?: string | undefined;
  }): Promise<Page<DatasetVersion>>;
  /** In the version's order. Only the splits asked for; at most 1000 a page. */
  readExamples(query: {
    projectId: string;
    name: string;
    version: number;
    splits: readonly Split[];
    limit: number;
    cursor?: string | undefined;
  }): Promise<Page<Example>>;
  /**
   * The split of each group, one of the project's for good: a group that has one keeps it, another gets the proposed one.
   * Returned in the order asked.
   */
  assignSplits(
    projectId: string,
    groups: readonly { readonly group: string; readonly proposed: Split }[],
  ): Promise<readonly Split[]>;
  /** The split of each group that has one; in the order asked. */
  findSplits(projectId: string, groups: readonly string[]): Promise<readonly (Split | null)[]>;
  /** Remembers that a read tool has shown the text of these sessions (of a trace without one: its trace id). */
  noteOpened(projectId: string, sessionIds: readonly string[]): Promise<void>;
  /** Which of these have been opened. A trace's mark goes to the session that it is found to belong to. */
  opened(projectId: string, sessionIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Sessions and traces that are sources or runs of holdout examples, and not retired. */
  isSealed(projectId: string, ids: { sessionId?: string; traceId?: string }): Promise<boolean>;
  /** Seals traces of runs on holdout examples; they may arrive later. */
  sealTraces(projectId: string, traceIds: readonly string[]): Promise<void>;
  /** Seals sessions of runs on holdout examples, with every trace that they have or get. */
  sealSessions(projectId: string, sessionIds: readonly string[]): Promise<void>;
  /** How much of the project is sealed. */
  countSealed(projectId: string): Promise<{ traces: number; sessions: number }>;
  /** Ends the sealing of a dataset's holdout: its examples become readable, and no look at it is valid any more. */
  retireHoldout(projectId: string, name: string): Promise<{ examples: number; sessions: number }>;
}
