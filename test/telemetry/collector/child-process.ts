import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import { z } from "zod";

const Status = z.object({
  state: z.string(),
  httpUrl: z.string().nullable(),
  grpcUrl: z.string().nullable(),
  detail: z.string(),
});
type Status = z.infer<typeof Status>;

export interface CollectorProcess {
  status(): Status;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

/** A store file in a new folder, removed when the test ends. */
export function temporaryStore(): string {
  const folder = mkdtempSync(join(tmpdir(), "evalwright-collector-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "evalwright.db");
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** Starts a real collector process and waits for its first status. */
export async function startProcess(
  store: string,
  httpPort: number,
  grpcPort: number,
): Promise<CollectorProcess> {
  const script = new URL("./child.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, store, String(httpPort), String(grpcPort)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  let latest: Status = { state: "starting", httpUrl: null, grpcUrl: null, detail: "" };
  await new Promise<void>((resolve, reject) => {
    readLines(child, (status) => {
      latest = status;
      resolve();
    });
    child.once("exit", () => reject(new Error("the collector process ended before it started")));
  });
  return {
    status: () => latest,
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

function readLines(child: ChildProcess, onStatus: (status: Status) => void): void {
  if (!child.stdout) throw new Error("the child has no stdout");
  createInterface({ input: child.stdout }).on("line", (line) => onStatus(Status.parse(JSON.parse(line))));
}
