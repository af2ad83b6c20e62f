import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { listProcesses, type ProcessEntry, readEntry } from "./process-table.ts";

const LOOK_EVERY_MS = 20;
/** Longest that processes which fork faster than they are found are chased. */
const CHASE_MS = 5_000;

const ownStart = (): number => readEntry(process.pid)?.startTicks ?? 0;

/** One started process and all that it starts. */
export interface Tree {
  /** Value of the marker variable in its environment. */
  readonly marker: string;
  /** Its process id, which is its group's and its session's too. */
  readonly leader: number;
  /** Clock ticks at which it started; 0 where unknown. */
  readonly since: number;
}

/** A marker for one started process: who owns it, by process id and start so that a reused id is not taken for it. */
export const newMarker = (): string => `${process.pid}.${ownStart()}.${randomUUID()}`;

export const treeOf = (marker: string, leader: number): Tree => ({
  marker,
  leader,
  since: readEntry(leader)?.startTicks ?? 0,
});

/**
 * All processes of a tree that run: those that carry its marker, those of its group or
 * session, and those whose parent is one of them. Only what has left
 * these, dropped the environment and lost its parent is not found.
 */
export async function findTree({ marker, leader, since }: Tree): Promise<ProcessEntry[]> {
  const processes = (await listProcesses()).filter((entry) => entry.startTicks >= since);
  const isOurs = (entry: ProcessEntry) =>
    entry.groupId === leader || entry.sessionId === leader || entry.marker() === marker;
  const found = new Map(processes.filter(isOurs).map((entry) => [entry.pid, entry]));
  for (let before = -1; before < found.size; ) {
    before = found.size;
    for (const entry of processes) if (found.has(entry.parentPid)) found.set(entry.pid, entry);
  }
  found.delete(process.pid);
  return [...found.values()];
}

/**
 * Ends all processes of a tree: asked first (SIGTERM), forced when they have not gone after `graceMs`. Resolves when
 * none is left; `graceMs` 0 forces at once.
 */
export async function endTree(tree: Tree, graceMs: number): Promise<void> {
  let left = await findTree(tree);
  if (left.length === 0) return;
  const until = Date.now() + graceMs;
  if (graceMs > 0) signalAll(left, "SIGTERM");
  while (left.length > 0 && Date.now() < until) {
    await sleep(LOOK_EVERY_MS);
    left = await findTree(tree);
  }
  for (const chased = Date.now() + CHASE_MS; left.length > 0 && Date.now() < chased; ) {
    signalAll(left, "SIGKILL");
    await sleep(LOOK_EVERY_MS);
    left = await findTree(tree);
  }
}

function signalAll(processes: readonly ProcessEntry[], signal: NodeJS.Signals): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended meanwhile.
    }
  }
}

/**
 * Ends what earlier processes of ours left running when they were killed: their marker names an owner that is no
 * more. Linux only, where an owner can be told from a later process with its id.
 * @returns how many processes were found.
 */
export async function endOrphans(): Promise<number> {
  if (process.platform !== "linux") return 0;
  const orphans = (await listProcesses()).filter((entry) => {
    const [pid, start] = entry.marker()?.split(".").map(Number) ?? [];
    return pid !== undefined && pid !== process.pid && readEntry(pid)?.startTicks !== start;
  });
  signalAll(orphans, "SIGKILL");
  return orphans.length;
}
