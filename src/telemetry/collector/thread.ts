import { parentPort, workerData } from "node:worker_threads";
import { storeId } from "../../home.ts";
import { createLog } from "../../log.ts";
import { openStore } from "../../store/open.ts";
import type { Store } from "../../store/store.ts";
import { startCollector } from "./collector.ts";
import { ThreadData, type ThreadMessage } from "./thread-messages.ts";

/** Entry of the collector's thread: its own store and its own event loop, so that neither waits for MCP. */
const log = createLog("evalwright-collector");

async function run(): Promise<void> {
  const port = parentPort;
  if (!port) throw new Error("the collector's thread was started as a program");
  const { storeLocation, settings, watchSchedules } = ThreadData.parse(workerData);
  const store = await openStore(storeLocation, log, { use: "receive" });
  const collector = await startCollector({ ...settings, store, storeId: storeId(storeLocation), log });
  const tell = (message: ThreadMessage) => port.postMessage(message);
  collector.onStatus((status) => tell({ kind: "status", status }));
  tell({ kind: "status", status: collector.status() });
  const watching = watchSchedules ? watch(store, () => tell({ kind: "schedules" })) : undefined;
  port.once("message", () => {
    clearInterval(watching);
    collector
      .close()
      .then(() => store[Symbol.asyncDispose]())
      .catch((error: unknown) => log.error({ err: error }, "the collector did not close cleanly"))
      .finally(() => port.close());
  });
}

const WATCH_MS = 5_000;

/** Says again and again that some project has a schedule, while one has. */
function watch(store: Store, found: () => void): NodeJS.Timeout {
  const look = async (): Promise<void> => {
    try {
      const rows = await store.records.schedules.list();
      if (rows.some(({ setting }) => setting !== null)) found();
    } catch {
      // A store that is busy now is looked at again.
    }
  };
  void look();
  return setInterval(() => void look(), WATCH_MS);
}

try {
  await run();
} catch (error) {
  log.error({ err: error }, "the collector did not start");
  process.exit(1);
}
