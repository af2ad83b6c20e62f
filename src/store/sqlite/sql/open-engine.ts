import { randomBytes } from "node:crypto";
import type { Engine, EngineName } from "./engine.ts";
import { openBetter } from "./engine-better-sqlite3.ts";
import { openNode } from "./engine-node-sqlite.ts";

/**
 * node:sqlite where it has an authorizer (Node 24.10), which SQLite itself asks about every table and function;
 * else better-sqlite3, where the check of the statement, a read-only file and `query_only` stand alone.
 */
export async function openEngine(path: string, forced?: EngineName): Promise<Engine> {
  const options = { path, secret: randomBytes(8).toString("hex") };
  if (forced !== "better-sqlite3") {
    const engine = await openNode(options);
    if (engine) return engine;
  }
  return openBetter(options);
}
