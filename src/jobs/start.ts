import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Logger } from "pino";
import type { JobStarter } from "../context.ts";
import { AppError } from "../errors.ts";
import { entryUrl } from "../runtime.ts";

export interface JobStarterOptions {
  /** Path or URL of the store, for `openStore`. */
  readonly storeLocation: string;
  readonly log: Logger;
  /** How long a job stays taken after its process died; default 30 s. */
  readonly leaseMs?: number | undefined;
}

/**
 * Runs jobs in detached processes of the same Node.js that outlive this one. A process that finds its job taken or
 * ended goes away, so starting one twice does no harm. Nothing starts but by `start`.
 */
export function createJobStarter(options: JobStarterOptions): JobStarter {
  const { storeLocation, log, leaseMs } = options;
  const folder = dirname(storeLocation);
  return {
    async start(_projectId, jobId) {
      const entry = fileURLToPath(entryUrl("job-child"));
      const leaseArgument = leaseMs === undefined ? [] : [String(leaseMs)];
      const child = spawn(process.execPath, [entry, jobId, storeLocation, ...leaseArgument], {
        detached: true,
        stdio: "ignore",
        windowsHide: true,
        ...(existsSync(folder) ? { cwd: folder } : {}),
      });
      await new Promise<void>((resolve, reject) => {
        child.once("spawn", resolve);
        child.once("error", (cause) =>
          reject(
            new AppError("unavailable", "The process for the job could not be started", {
              hint: "Try again; the job is kept.",
              cause,
            }),
          ),
        );
      });
      child.unref();
      log.debug({ job: jobId, child: child.pid }, "job started");
    },
  };
}
