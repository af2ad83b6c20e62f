import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../src/runtime.ts";

/**
 * Bundles what the tests start, so that no run of them meets an older build, and gives them a folder for all that is
 * temporary.
 * @returns removes that folder.
 */
export function setup(): () => void {
  execFileSync("npm", ["run", "-s", "build"], { cwd: packageRoot, stdio: "inherit" });
  const folder = mkdtempSync(join(tmpdir(), "evalwright-tests-"));
  process.env["TMPDIR"] = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
