import type { Logger } from "pino";
import type { Project } from "./model/project.ts";
import type { Store } from "./store/store.ts";

export interface CollectorStatus {
  /** `listening`: this process receives. `standby`: another Evalwright on the same store does. */
  readonly state: "starting" | "listening" | "standby" | "failed" | "off";
  readonly httpUrl: string | null;
  readonly grpcUrl: string | null;
  readonly detail: string;
}

/** Everything that a tool may touch. Passed, never imported; tests replace it whole. */
export interface Context {
  readonly store: Store;
  /** The project of this call: the argument `project`, else the server's own. */
  readonly project: Project;
  /** Microseconds since the epoch. */
  readonly now: () => number;
  readonly log: Logger;
  /** Aborted when the client cancels or goes away. */
  readonly signal: AbortSignal;
  readonly progress: (done: number, total: number | null, unit: string) => void;
  readonly collector: () => CollectorStatus;
  readonly jobs: JobStarter;
  /**
   * Programs of the repository (targets, judges) may run for whoever calls: true where the caller is the user of this
   * machine; a door for others says so only when its operator did.
   */
  readonly allowCommands: boolean;
}

export interface JobStarter {
  /** Runs a queued (or interrupted) job in a detached child that outlives this process. */
  start(projectId: string, jobId: string): Promise<void>;
}
