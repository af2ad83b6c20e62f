import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { homeFolder } from "../home.ts";

/** The log of all jobs' processes: beside the store when that is a file, else in the user's data folder. */
export function logFile(location: string): string {
  const folder = dirname(location);
  return join(existsSync(folder) ? folder : homeFolder(), "jobs.log");
}
