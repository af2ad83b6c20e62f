import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "../model/target.ts";
import { MARKER } from "./process-table.ts";
import { endTree, newMarker, type Tree, treeOf } from "./process-tree.ts";
import { createTail } from "./tail.ts";

const STDERR_TAIL_BYTES = 2_048;
/** How long the last output may take to arrive after all processes have ended. */
const DRAIN_MS = 1_000;

export interface ChildOptions {
  readonly command: Command;
  readonly cwd: string;
  /** All of it: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds between asking processes to end and forcing them. */
  readonly graceMs: number;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Child {
  readonly process: ChildProcessWithoutNullStreams;
  /** How the first process ended, whatever became of those that it started. */
  readonly exited: Promise<Exit>;
  /** The last 2 kB that it wrote to stderr. */
  stderr(): string;
  /**
   * Ends whatever runs of it, asked first, forced after the grace. Then no more output comes.
   * Resolves when all processes are gone and what they wrote has been read.
   */
  end(): Promise<void>;
}

/** Why a process could not be started: the system's code. */
export interface NotStarted {
  readonly code: string;
}

/**
 * Starts a program as the first of a process group of its own, and follows every process that it starts. A program
 * that does not exist, is not executable or finds no room is told as `NotStarted`.
 */
export async function startChild(options: ChildOptions): Promise<Child | NotStarted> {
  const marker = newMarker();
  const started = await launch(options, { ...options.env, [MARKER]: marker });
  if ("code" in started) return started;
  const child = started.process;
  const tree = treeOf(marker, child.pid ?? 0);
  const tail = createTail(STDERR_TAIL_BYTES);
  child.stderr.on("data", tail.add);
  // A program may end, or close its input, without having read it.
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on("error", () => undefined);
  const exited = new Promise<Exit>((resolve) =>
    child.once("exit", (code, signal) => resolve({ code, signal })),
  );
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let ending: Promise<void> | undefined;
  return {
    process: child,
    exited,
    stderr: tail.text,
    end() {
      ending ??= endChild(child, tree, options.graceMs, closed);
      return ending;
    },
  };
}

async function endChild(
  child: ChildProcessWithoutNullStreams,
  tree: Tree,
  graceMs: number,
  closed: Promise<void>,
): Promise<void> {
  await endTree(tree, graceMs);
  child.stdin.destroy();
  const giveUp = new AbortController();
  await Promise.race([closed, sleep(DRAIN_MS, undefined, { signal: giveUp.signal }).catch(() => undefined)]);
  giveUp.abort();
  // Whoever still holds the other end escaped us; we stop listening.
  child.stdout.destroy();
  child.stderr.destroy();
}

function launch(
  { command, cwd }: ChildOptions,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly process: ChildProcessWithoutNullStreams } | NotStarted> {
  const [program = "", ...args] = typeof command === "string" ? [command] : command;
  return new Promise((resolve) => {
    const fail = (error: unknown) => resolve({ code: codeOf(error) });
    try {
      const child = spawn(program, args, {
        cwd,
        env,
        shell: typeof command === "string",
        detached: true,
        stdio: ["pipe", "pipe", "pipe"],
        windowsHide: true,
      });
      child.once("error", fail);
      child.once("spawn", () => {
        child.off("error", fail);
        child.on("error", () => undefined); // a signal that came too late
        resolve({ process: child });
      });
    } catch (error) {
      fail(error);
    }
  });
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "UNKNOWN";
