import { isMainThread, Worker, workerData } from "node:worker_threads";
import { z } from "zod";
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
  // Read here: the watchdog may start so late that the parent is gone and its number is already another's.
  const watchdog = new Worker(new URL(import.meta.url), { workerData: process.ppid });
  watchdog.on("error", () => process.exit(1));
  await serve(path, forced === "better-sqlite3" || forced === "node:sqlite" ? forced : undefined);
} else {
  watch(z.number().parse(workerData));
}
