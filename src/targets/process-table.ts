import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Every process that we start for a target carries it, and all that those start inherit it. */
export const MARKER = "EVALWRIGHT_TARGET_RUN";

export interface ProcessEntry {
  readonly pid: number;
  readonly parentPid: number;
  readonly groupId: number;
  /** 0 where it is not known. */
  readonly sessionId: number;
  /** Clock ticks since the machine started; 0 where unknown. */
  readonly startTicks: number;
  /** Value of the marker variable in its environment, null without one. Read only when asked for. */
  marker(): string | null;
}

/** The processes that run now, ended ones that nobody has waited for left out. */
export const listProcesses = (): Promise<ProcessEntry[]> =>
  process.platform === "linux" ? Promise.resolve(fromProc()) : fromPs();

function fromProc(): ProcessEntry[] {
  const entries: ProcessEntry[] = [];
  for (const name of readdirSync("/proc")) {
    const entry = /^\d+$/.test(name) ? readEntry(Number(name)) : null;
    if (entry) entries.push(entry);
  }
  return entries;
}

/** One process of Linux; null when it has ended or cannot be read. */
export function readEntry(pid: number): ProcessEntry | null {
  const stat = readProc(pid, "stat");
  // The name in parentheses may hold anything, parentheses and spaces too.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (!fields || fields[0] === "Z" || fields[0] === "X") return null;
  return {
    pid,
    parentPid: Number(fields[1]),
    groupId: Number(fields[2]),
    sessionId: Number(fields[3]),
    startTicks: Number(fields[19]),
    marker: () => markerIn(readProc(pid, "environ") ?? ""),
  };
}

function readProc(pid: number, file: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return null; // ended meanwhile, or another user's
  }
}

const markerIn = (environment: string): string | null =>
  new RegExp(`(?:^|[\\0 ])${MARKER}=([\\w.-]+)`).exec(environment)?.[1] ?? null;

/** Elsewhere `ps` tells it, the environment after the command. */
function fromPs(): Promise<ProcessEntry[]> {
  const flags = process.platform === "darwin" ? "axEww" : "axeww";
  return new Promise((resolve) => {
    execFile(
      "ps",
      [flags, "-o", "pid=,ppid=,pgid=,stat=,command="],
      { maxBuffer: 67_108_864, env: { PATH: process.env["PATH"], LC_ALL: "C" } },
      (error, stdout) => resolve(error ? [] : readPs(stdout)),
    );
  });
}

/** Reads the table that `ps -o pid=,ppid=,pgid=,stat=,command=` prints. */
export function readPs(table: string): ProcessEntry[] {
  return table.split("\n").flatMap((line) => {
    const [, pid, parentPid, groupId, state, rest = ""] =
      /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s?(.*)$/.exec(line) ?? [];
    if (pid === undefined || state?.startsWith("Z")) return [];
    return [
      {
        pid: Number(pid),
        parentPid: Number(parentPid),
        groupId: Number(groupId),
        sessionId: 0,
        startTicks: 0,
        marker: () => markerIn(rest),
      },
    ];
  });
}
