import { execFileSync } from "node:child_process";
import { packageRoot } from "../src/runtime.ts";

/** Bundles what the tests start, so that no run of them meets an older build. */
export function setup(): void {
  execFileSync("npm", ["run", "-s", "build"], { cwd: packageRoot, stdio: "inherit" });
}
