import type { Logger } from "pino";
import type { CollectorStatus, Context, JobStarter } from "../context.ts";
import { invalidInput } from "../errors.ts";
import type { Project } from "../model/project.ts";
import type { Store } from "../store/store.ts";

/** What one process of Evalwright holds: the server, the CLI and jobs build it once and make contexts from it. */
export interface App {
  readonly store: Store;
  readonly project: Project;
  readonly log: Logger;
  readonly jobs: JobStarter;
  readonly collector: () => CollectorStatus;
  /** See `Context`; a remote door passes an app of its own with false on to its calls. */
  readonly allowCommands: boolean;
}

export interface Call {
  readonly signal: AbortSignal;
  readonly progress: Context["progress"];
}

export const NO_COLLECTOR: CollectorStatus = {
  state: "off",
  httpUrl: null,
  grpcUrl: null,
  detail: "This process does not receive traces.",
};

/** The project that an argument names. Unknown names are refused with those that exist. */
async function findProject(app: App, named: string): Promise<Project> {
  if (named === app.project.id || named === app.project.slug) return app.project;
  const found = await app.store.records.findProject(named);
  if (found) return found;
  const known = await app.store.records.listProjects();
  const ids = new Set([app.project.id, ...known.map((project) => project.id)]);
  const names = [...ids].slice(0, 12).join(", ");
  throw invalidInput(`No project "${named.slice(0, 80)}"`, `Projects: ${names}.`);
}

export async function contextFor(app: App, project: string | undefined, call: Call): Promise<Context> {
  return {
    store: app.store,
    project: project === undefined ? app.project : await findProject(app, project),
    now: () => Date.now() * 1_000,
    log: app.log,
    signal: call.signal,
    progress: call.progress,
    collector: app.collector,
    jobs: app.jobs,
    allowCommands: app.allowCommands,
  };
}
