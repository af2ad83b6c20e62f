import type { Logger } from "pino";
import type { Store } from "./store.ts";

export interface OpenStoreOptions {
  /** `receive`: spare what only reading needs until something is read; `work`: all of it will be needed at once. */
  readonly use?: "any" | "receive" | "work" | undefined;
}

/**
 * Opens the store at a location: the path of an SQLite file, made when missing. Cheap: threads and files are
 * opened on first use.
 */
export async function openStore(
  location: string,
  log: Logger,
  { use = "any" }: OpenStoreOptions = {},
): Promise<Store> {
  const { openSqliteStore } = await import("./sqlite/open.ts");
  const lookups = use === "receive" ? "writer" : "reader";
  return openSqliteStore({ path: location, log, lookups, startNow: use === "work" });
}
