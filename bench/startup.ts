import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { packageRoot } from "../src/runtime.ts";
import { median } from "./measure.ts";

const RUNS = 15;

const line = (message: object) => `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`;

const HELLO = [
  line({
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "bench", version: "1" } },
  }),
  line({ method: "notifications/initialized" }),
  line({ id: 2, method: "tools/list" }),
].join("");

const ended = (child: ChildProcess) => new Promise<void>((resolve) => child.once("exit", () => resolve()));

/** Milliseconds from spawn to the first tools/list answer, as a host sees it. */
async function once(entry: string, env: NodeJS.ProcessEnv): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, [entry], { env, stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.write(HELLO);
  let text = "";
  const elapsed = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8");
      if (/"id":2[,}]/.test(text)) resolve(performance.now() - start);
    });
  });
  child.stdin.end();
  await ended(child);
  return elapsed;
}

/** Start-up of the bundled server beside a bundled minimal SDK server, alternating so that both see the same machine. */
export async function measureStartup(): Promise<{ readonly ours: number; readonly minimal: number }> {
  const folder = mkdtempSync(join(tmpdir(), "evalwright-bench-"));
  const minimal = join(folder, "minimal.mjs");
  await build({
    absWorkingDir: packageRoot,
    entryPoints: ["bench/minimal-server.ts"],
    outfile: minimal,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node22.14",
    banner: {
      js: 'import { createRequire as __r } from "node:module"; const require = __r(import.meta.url);',
    },
  });
  const env = {
    ...process.env,
    EVALWRIGHT_HOME: join(folder, "home"),
    EVALWRIGHT_HTTP_PORT: "0",
    EVALWRIGHT_GRPC_PORT: "0",
  };
  const ours: number[] = [];
  const theirs: number[] = [];
  try {
    for (let run = 0; run < RUNS; run += 1) {
      ours.push(await once(join(packageRoot, "dist/evalwright.js"), env));
      theirs.push(await once(minimal, env));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { ours: median(ours), minimal: median(theirs) };
}
