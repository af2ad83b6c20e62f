import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { packageRoot } from "../src/runtime.ts";

const Usage = z.object({ cpuS: z.number(), peakMb: z.number() });

export interface ProgramUsage {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly wallS: number;
  /** Seconds of processor time of all its Node.js processes that inherit its environment. */
  readonly cpuS: number;
  /** Peak resident memory of the largest of them. */
  readonly peakMb: number;
}

/** Runs a program of Node.js to its end, and tells what it used. */
export async function runMeasured(
  args: readonly string[],
  { env, cwd }: { readonly env: NodeJS.ProcessEnv; readonly cwd: string },
): Promise<ProgramUsage> {
  const folder = mkdtempSync(join(tmpdir(), "evalwright-bench-usage-"));
  const hook = pathToFileURL(join(packageRoot, "bench/usage-hook.mjs")).href;
  const start = performance.now();
  const ended = await new Promise<Pick<ProgramUsage, "code" | "stdout" | "stderr">>((resolve, reject) => {
    const child = spawn(process.execPath, [...args], {
      env: {
        ...env,
        NODE_OPTIONS: `--import=${hook}`,
        BENCH_USAGE_FOLDER: folder,
      },
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const text = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const)
      child[name].setEncoding("utf8").on("data", (chunk: string) => {
        text[name] += chunk;
      });
    child.once("error", reject).once("close", (code) => resolve({ code, ...text }));
  });
  const wallS = (performance.now() - start) / 1_000;
  const usages = readdirSync(folder).map((name) =>
    Usage.parse(JSON.parse(readFileSync(join(folder, name), "utf8"))),
  );
  rmSync(folder, { recursive: true });
  return {
    ...{ ...ended, wallS },
    cpuS: usages.reduce((sum, { cpuS }) => sum + cpuS, 0),
    peakMb: Math.max(...usages.map(({ peakMb }) => peakMb)),
  };
}

/** Seconds of processor time of a process so far; Linux only, else null. */
export function cpuSecondsOf(pid: number): number | null {
  if (process.platform !== "linux") return null;
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100; // USER_HZ, fixed for what /proc shows
}
