import { NO_COLLECTOR } from "../app/app.ts";
import { openApp } from "../app/open.ts";
import type { CollectorStatus } from "../context.ts";
import type { Project } from "../model/project.ts";
import { serveOverStdio } from "../server/stdio.ts";
import { allowedNames } from "./allowed-names.ts";
import { chosenPorts, type Ports } from "./ports.ts";

export interface ServeOptions extends Ports {
  readonly project?: string | undefined;
  /** False: serve MCP only. */
  readonly collector?: boolean | undefined;
}

/** Milliseconds after start at which the collector's thread is started, so that it does not delay the handshake. */
const COLLECTOR_DELAY_MS = 150;

/** Serves MCP until the client goes away, with the collector in a thread of its own beside it. */
export async function serveApp(project: Project, options: ServeOptions): Promise<void> {
  let status: CollectorStatus =
    options.collector === false ? NO_COLLECTOR : { ...NO_COLLECTOR, state: "starting" };
  let close: () => Promise<void> = async () => undefined;
  const app = await openApp({ project, collector: () => status });

  const startCollector = async () => {
    const { startCollectorThread } = await import("../telemetry/collector/start-thread.ts");
    const collector = await startCollectorThread({
      storeLocation: app.location,
      ...chosenPorts(options),
      ...allowedNames(),
    });
    status = collector.status();
    collector.onStatus((next) => {
      status = next;
    });
    close = () => collector.close();
  };
  const timer =
    options.collector === false
      ? undefined
      : setTimeout(() => {
          startCollector().catch((error: unknown) => {
            app.log.error({ err: error }, "the collector did not start");
            status = {
              ...NO_COLLECTOR,
              state: "failed",
              detail: "The collector did not start; the log has the cause.",
            };
          });
        }, COLLECTOR_DELAY_MS);

  await serveOverStdio(app, app.log).ended;
  clearTimeout(timer);
  await close();
  await app.store[Symbol.asyncDispose]();
  process.exit(0); // a host that waits for our end must not wait for sockets that linger
}
