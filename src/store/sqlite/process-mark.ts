import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** Process ids count within one of these: the machine and, on Linux, its namespace of processes (a container's own). */
const place = `${hostname()} ${linkOf("/proc/self/ns/pid")}`;

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

/** This process, as a job's row names who runs it. */
export const ownMark = (): string => `${place} ${process.pid}`;

/**
 * Whether the process of a mark has ended for certain: it was one of this place, and there is none of that number now,
 * or one that nobody has waited for. A number that was given out anew counts as running.
 */
export function hasEnded(mark: string | null): boolean {
  if (mark === null || !mark.startsWith(`${place} `)) return false;
  const pid = Number(mark.slice(place.length + 1));
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
  return process.platform === "linux" && isZombie(pid);
}

function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name in parentheses may hold anything, parentheses too.
    return stat[stat.lastIndexOf(")") + 2] === "Z";
  } catch {
    return false;
  }
}
