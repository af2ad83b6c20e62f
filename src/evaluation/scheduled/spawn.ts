import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { JudgeSchedule } from "../../model/judge-schedule.ts";
import { entryUrl } from "../../runtime.ts";

export interface JudgingProcess {
  /** Starts it unless it runs. */
  start(): void;
  /** Lets what is under way be finished, within seconds. */
  close(): Promise<void>;
}

const CLOSE_MS = 12_000;
const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 300_000;

/**
 * The process that judges what comes in: apart from the one that receives, so that a judge that is slow, away or broken
 * never keeps a trace waiting. It ends with this process; one that breaks is started again, with growing pauses.
 * @param given instead of that project's own schedule.
 */
export function judgingProcess(
  location: string,
  given?: { readonly projectId: string; readonly schedule: JudgeSchedule; readonly sinceUs: number },
): JudgingProcess {
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isClosing = false;
  let waitMs = FIRST_WAIT_MS;

  const start = (): void => {
    if (child || timer || isClosing) return;
    const args = [fileURLToPath(entryUrl("judging-child")), location];
    const started = spawn(process.execPath, given ? [...args, JSON.stringify(given)] : args, {
      stdio: ["pipe", "ignore", "inherit"],
      windowsHide: true,
    });
    child = started;
    started.on("error", () => undefined); // the exit follows, or there was never a process
    started.stdin.on("error", () => undefined);
    started.once("close", (code) => {
      child = undefined;
      // 0: no project has a schedule any more.
      if (code === 0 || isClosing) return;
      process.stderr.write(
        `judging: its process ended unexpectedly; it is started again in ${waitMs / 1_000} s\n`,
      );
      timer = setTimeout(() => {
        timer = undefined;
        start();
      }, waitMs);
      waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
    });
  };
  return {
    start,
    async close() {
      isClosing = true;
      clearTimeout(timer);
      const running = child;
      if (!running) return;
      const closed = once(running, "close");
      running.stdin?.end();
      const kill = setTimeout(() => running.kill("SIGKILL"), CLOSE_MS);
      await closed;
      clearTimeout(kill);
    },
  };
}
