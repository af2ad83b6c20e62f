import type { Logger } from "pino";
import type { Store } from "./store.ts";

/**
 * Opens the store at a location: the path of an SQLite file, made when missing. Cheap: threads and files are
 * opened on first use.
 */
export async function openStore(
  location: string,
  log: Logger,
  {
    use = "any",
  }: {
    /** `receive`: spare what only reading needs until something is read. */ use?: "any" | "receive";
  } = {},
): Promise<Store> {
  const { openSqliteStore } = await import("./sqlite/open.ts");
  return openSqliteStore({ path: location, log, lookups: use === "receive" ? "writer" : "reader" });
}
