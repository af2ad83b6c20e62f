import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

declare const EVALWRIGHT_BUNDLED: boolean | undefined;

/** True in dist/, false when the TypeScript sources run as they are (tests, development). */
const bundled = typeof EVALWRIGHT_BUNDLED !== "undefined" && EVALWRIGHT_BUNDLED;

/** Files that start a thread or a process of their own: name in dist/ -> source. The bundler reads this table. */
export const ENTRIES = {
  evalwright: "src/cli/entry.ts",
  "sqlite-thread": "src/store/sqlite/thread.ts",
  "sql-child": "src/store/sqlite/sql/child.ts",
  "collector-thread": "src/telemetry/collector/thread.ts",
  "job-child": "src/jobs/child.ts",
  "judging-child": "src/evaluation/scheduled/child.ts",
} as const;

function findPackageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
}

/** Folder of package.json; prompts/ and migrations are found from it. */
export const packageRoot = findPackageRoot();

export const version: string = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")).version;

/** URL of an entry, right in dist/ and in the sources. */
export function entryUrl(name: keyof typeof ENTRIES): URL {
  return pathToFileURL(join(packageRoot, bundled ? `dist/${name}.js` : ENTRIES[name]));
}
