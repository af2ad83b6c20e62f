import type { Logger } from "pino";
import type { Job } from "../model/job.ts";
import type { Json } from "../model/json.ts";
import type { Store } from "../store/store.ts";

export interface JobTools {
  readonly store: Store;
  readonly log: Logger;
  /** Aborted when the job is cancelled, or another process has taken it over. */
  readonly signal: AbortSignal;
  /** Kept with the next heartbeat; cheap to call often. `result` is the result so far. */
  progress(done: number, total: number | null, result?: Json): void;
}

/** The job's next steps all wait for somebody's answers: it holds nothing and runs on when they are there. */
export class Parked {
  readonly result: Json;

  constructor(result: Json) {
    this.result = result;
  }
}

/**
 * Does the work of one kind of job and resolves with its result. May run again from the start after a kill: what
 * it does must come out the same when done twice. Stops soon after `signal` is aborted.
 */
export type JobRunner = (job: Job, tools: JobTools) => Promise<Json | Parked>;
