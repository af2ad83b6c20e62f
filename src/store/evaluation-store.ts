import type { Evaluation, EvaluationSetup, ResultRow } from "../model/evaluation.ts";
import type { Json } from "../model/json.ts";
import type { Holder } from "./ledger-store.ts";
import type { Page } from "./store.ts";

/** Evaluations and their rows. */
export interface EvaluationStore {
  /** Creates it, or gives back the one with this id that this job made before. Throws `conflict` for another job's. */
  create(evaluation: {
    id: string;
    projectId: string;
    jobId: string;
    note: string | null;
    setup: EvaluationSetup;
  }): Promise<Evaluation>;
  get(projectId: string, id: string): Promise<Evaluation | undefined>;
  /** Newest first; with `dataset` only of that one. */
  list(query: {
    projectId: string;
    dataset?: string | undefined;
    limit: number;
    cursor?: string | undefined;
  }): Promise<Page<Evaluation>>;
  /** Writes rows, over earlier ones of the same example and repeat. Throws `conflict` when the holder lost the job. */
  putRows(holder: Holder, evaluationId: string, rows: readonly ResultRow[]): Promise<void>;
  finish(
    holder: Holder,
    evaluationId: string,
    end: { readonly summary: Json; readonly resultHash: string; readonly changed: boolean },
  ): Promise<void>;
  /** In order of example id and repeat; at most 500 a page. Rows of holdout examples only when asked for. */
  readRows(query: {
    projectId: string;
    evaluationId: string;
    includeHoldout: boolean;
    limit: number;
    cursor?: string | undefined;
  }): Promise<Page<ResultRow>>;
  /** How many evaluations have been compared against the same dataset and baseline; `note` counts one more first. */
  countAttempts(
    projectId: string,
    attempt: { dataset: string; baseline: string; candidate: string },
    note: boolean,
  ): Promise<number>;
}
