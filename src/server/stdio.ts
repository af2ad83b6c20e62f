import { serveStdio } from "@modelcontextprotocol/server/stdio";
import type { Logger } from "pino";
import type { App } from "../app/app.ts";
import { createServer } from "./create-server.ts";

/**
 * Serves MCP over this process's stdin and stdout, both protocol eras, until the client goes away.
 * @returns a promise that settles when stdin has ended or the process was told to stop.
 */
export function serveOverStdio(app: App, log: Logger): { readonly ended: Promise<void> } {
  const handle = serveStdio(() => createServer(app), {
    onerror: (error) => log.warn({ err: error }, "a message could not be handled"),
  });
  const ended = new Promise<void>((resolve) => {
    const stop = () => resolve();
    process.stdin.once("end", stop).once("close", stop);
    process.once("SIGINT", stop).once("SIGTERM", stop).once("SIGHUP", stop);
    // The host closed our stdout: nothing can be answered any more.
    process.stdout.on("error", stop);
  });
  return { ended: ended.then(() => handle.close()) };
}
