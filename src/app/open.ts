import type { CollectorStatus } from "../context.ts";
import { storeLocation } from "../home.ts";
import { createJobStarter } from "../jobs/start.ts";
import { createLog } from "../log.ts";
import type { Project } from "../model/project.ts";
import { resolveProject, workingFolder } from "../project.ts";
import { type OpenStoreOptions, openStore } from "../store/open.ts";
import { type App, NO_COLLECTOR } from "./app.ts";

export interface OpenOptions {
  /** A project, or its id; default: EVALWRIGHT_PROJECT, else that of the working folder. */
  readonly project?: Project | string | undefined;
  readonly collector?: () => CollectorStatus;
  /** For commands that a person runs: errors are told once, not logged as well. */
  readonly quiet?: boolean;
  /** What of the store will be needed at once; default: nothing is known. */
  readonly use?: OpenStoreOptions["use"];
}

/** The app of this process over the user's store. Opening is cheap: the store's threads start on first use. */
export async function openApp(options: OpenOptions = {}): Promise<App & { readonly location: string }> {
  const log = createLog("evalwright", process.env, options.quiet ? "error" : "warn");
  const location = storeLocation();
  const named = options.project ?? process.env["EVALWRIGHT_PROJECT"];
  const project = typeof named === "object" ? named : await resolveProject(workingFolder(), named);
  return {
    location,
    store: await openStore(location, log, { use: options.use }),
    project,
    log,
    jobs: createJobStarter({ storeLocation: location, log }),
    collector: options.collector ?? (() => NO_COLLECTOR),
    // Stdio and the command line serve whoever started them.
    allowCommands: true,
  };
}
