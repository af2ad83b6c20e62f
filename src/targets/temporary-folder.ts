import { mkdtemp, readdir, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readEntry } from "./process-table.ts";

type Kind = "run" | "index" | "worktree" | "snapshot";

/** The folder's name says whose it is, so that what a killed process left can be told from what is in use. */
const NAME = /^evalwright-(run|index|worktree|snapshot)-(\d+)\.(\d+)-\w+$/;

const startOf = (pid: number): number => readEntry(pid)?.startTicks ?? 0;

/** An empty folder of this process outside every repository; its real path. */
export const newTemporaryFolder = async (kind: Kind): Promise<string> =>
  mkdtemp(join(await realpath(tmpdir()), `evalwright-${kind}-${process.pid}.${startOf(process.pid)}-`));

export const removeFolder = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 });

/** Whether a folder's name says that it belonged to a process of ours that is no more. */
export function isAbandoned(name: string, kind: Kind): boolean {
  const [, of, pid, start] = NAME.exec(name) ?? [];
  return of === kind && !isRunning(Number(pid), Number(start));
}

function isRunning(pid: number, start: number): boolean {
  if (process.platform === "linux") return startOf(pid) === start;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Removes the folders of one kind that killed processes of ours left. */
export async function removeAbandoned(kind: Exclude<Kind, "worktree">): Promise<void> {
  const place = await realpath(tmpdir());
  const abandoned = (await readdir(place)).filter((name) => isAbandoned(name, kind));
  // Another user's folder of this name cannot be removed, and need not.
  await Promise.all(abandoned.map((name) => removeFolder(join(place, name)).catch(() => undefined)));
}
