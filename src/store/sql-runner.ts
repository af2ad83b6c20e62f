import type { Json } from "../model/json.ts";

export interface SqlResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Json[])[];
  /** More rows exist than were returned. */
  readonly truncated: boolean;
  readonly elapsedMs: number;
}

export interface SqlRunner {
  /**
   * Runs one read-only statement over the views of a project, in a process that is killed at the limit.
   * Throws `invalid_input` (what is allowed) or `refused`.
   */
  query(
    projectId: string,
    sql: string,
    limits: { timeoutMs: number; maxRows: number; maxBytes: number },
  ): Promise<SqlResult>;
  /** Documented views with their columns. */
  schema(): Promise<
    readonly {
      view: string;
      description: string;
      columns: readonly { name: string; type: string; description: string }[];
    }[]
  >;
}
