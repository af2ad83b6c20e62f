import type { Job, JobState } from "../model/job.ts";
import type { Json } from "../model/json.ts";
import type { Idempotency } from "./store.ts";

export interface JobProgress {
  readonly done: number;
  readonly total: number | null;
  readonly result: Json;
}

export interface JobStore {
  create(
    job: { id: string; projectId: string; kind: string; input: Json; unit: string },
    idempotency?: Idempotency,
  ): Promise<Job>;
  /**
   * Takes the job if it is queued, waiting, its lease ran out or its process is known to have died; raises its epoch.
   * Undefined: somebody has it.
   */
  claim(id: string, leaseMs: number): Promise<Job | undefined>;
  /** Records progress and extends the lease. Throws `conflict` when `epoch` is not the newest. */
  beat(
    id: string,
    epoch: number,
    progress: JobProgress,
    leaseMs: number,
  ): Promise<{ cancelRequested: boolean }>;
  /**
   * Ends this run of the job. What it still had in flight is charged as lost; tasks of a cancelled job are withdrawn.
   * Throws `conflict` when `epoch` is not the newest.
   */
  finish(id: string, epoch: number, state: JobState, result: Json, error: string | null): Promise<void>;
  /** Asks who runs the job to stop; one that nobody runs is cancelled at once, and its tasks are withdrawn. */
  requestCancel(id: string): Promise<void>;
  /** Queues a failed, cancelled, waiting or interrupted job again; another state is left as it is. */
  reopen(id: string): Promise<void>;
  get(projectId: string, id: string): Promise<Job | undefined>;
  list(projectId: string, limit: number): Promise<readonly Job[]>;
}
