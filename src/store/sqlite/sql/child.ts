import { isMainThread, Worker } from "node:worker_threads";
import type { EngineName } from "./engine.ts";
import { openEngine } from "./open-engine.ts";
import { type Reply, Request } from "./protocol.ts";
import { runQuery } from "./run-query.ts";
import { watch } from "./watchdog.ts";

const send = (reply: Reply): void => {
  process.send?.(reply);
};

/** The child of {@link import("./index.ts").sqlRunner}: arguments are the database's path and, in tests, the engine. */
async function serve(path: string, forced: EngineName | undefined): Promise<void> {
  const engine = await openEngine(path, forced);
  process.on("message", (message) => {
    const request = Request.safeParse(message);
    if (request.success) send(runQuery(engine, request.data));
  });
  process.on("disconnect", () => process.exit(0));
  send({ type: "ready", engine: engine.name });
}

if (isMainThread) {
  const [path = "", forced] = process.argv.slice(2);
  const watchdog = new Worker(new URL(import.meta.url));
  watchdog.on("error", () => process.exit(1));
  await serve(path, forced === "better-sqlite3" || forced === "node:sqlite" ? forced : undefined);
} else {
  watch(process.ppid);
}
