import { setTimeout as sleep } from "node:timers/promises";
import type { WorkerTarget } from "../model/target.ts";
import type { TargetInput } from "../model/target-run.ts";
import type { Exit } from "./child.ts";
import { notStarted } from "./command.ts";
import { type Limits, startLimits } from "./limits.ts";
import { readAnswer, withIgnoredLines } from "./output.ts";
import type { Place } from "./place.ts";
import { type Attempt, failedAttempt, type Runner, startClock } from "./runner.ts";
import { startWorker, type WorkerProcess } from "./worker-process.ts";

/** A worker that lived longer before it died did not die of its start. */
const MAX_START_MS = 10_000;
const START_TRIES = 3;
const BACK_OFF_MS = 100;

/**
 * Programs that stay: each request is a line `{"id", ...input}` on stdin, each answer a line `{"id", ...output}` on
 * stdout. Each place for concurrent runs has a process of its own, started when it is first needed, so that an answer
 * never waits for another's and the turns of a conversation meet the same memory. One that died, or had to be ended,
 * is replaced at the next request. The prompts are in each request; there is no file of them.
 */
export function workerRunner(spec: WorkerTarget, place: Place): Runner {
  const workers = new Map<number, WorkerProcess>();
  let requests = 0;

  async function attempt(input: TargetInput, slot: number, signal: AbortSignal): Promise<Attempt> {
    const limits = startLimits(spec.timeoutMs, signal);
    const elapsed = startClock();
    try {
      const known = workers.get(slot);
      if (known && !known.isAlive()) await known.end(); // what it left running
      const worker = known?.isAlive() ? known : await startWorker(spec, place, slot);
      if ("code" in worker) return notStarted(worker);
      workers.set(slot, worker);
      return await ask(worker, input, slot, limits, elapsed, signal);
    } finally {
      limits.clear();
    }
  }

  async function ask(
    worker: WorkerProcess,
    input: TargetInput,
    slot: number,
    limits: Limits,
    elapsed: () => number,
    signal: AbortSignal,
  ): Promise<Attempt> {
    requests += 1;
    const reply = await worker.ask(String(requests), input, limits);
    const ignored = { lines: reply.ignored, fields: [] };
    const seen = { durationMs: elapsed(), error: worker.stderr() || null, ignored };
    if (reply.type === "answer") {
      const { isContract: _, ...read } = withIgnoredLines(readAnswer(reply.value), reply.ignored);
      return { ...read, durationMs: seen.durationMs, exitCode: null };
    }
    workers.delete(slot);
    if (reply.type === "died") {
      const crash = failedAttempt("crashed", `it ${endOf(reply.exit)} before it answered`, seen);
      // One that ends well between two requests may do so just when it is sent the second.
      if (worker.hasAnswered()) return { ...crash, again: reply.exit.code === 0 };
      return (worker.age() > MAX_START_MS ? null : await tryStart(slot, worker.age(), signal)) ?? crash;
    }
    if (reply.stop === "aborted") throw signal.reason;
    return reply.stop === "timeout"
      ? failedAttempt("timeout", `it did not answer within ${spec.timeoutMs} ms`, seen)
      : failedAttempt("too_large", `it wrote more than ${spec.maxOutputBytes} bytes`, seen);
  }

  /**
   * Tells a worker that died of a request from one that dies of its start: a new one, which is asked nothing, is
   * watched for twice as long as the other lived.
   * @returns null when the new one lives, and then it is the slot's; else what the run came to.
   */
  async function tryStart(slot: number, livedMs: number, signal: AbortSignal): Promise<Attempt | null> {
    let last: Attempt | null = null;
    for (let tries = 0; tries < START_TRIES; tries += 1) {
      if (tries > 0) await sleep(BACK_OFF_MS * 2 ** tries, undefined, { signal });
      const worker = await startWorker(spec, place, slot);
      if ("code" in worker) return notStarted(worker);
      const exit = await worker.diesWithin(2 * livedMs + 250, signal);
      if (exit === null && !signal.aborted) {
        workers.set(slot, worker);
        return last && { ...last, again: true };
      }
      await worker.end();
      signal.throwIfAborted();
      const reason = `it ${exit ? endOf(exit) : "ended"} before it was asked anything, ${tries + 1} times in a row`;
      last = failedAttempt("infrastructure", reason, { error: worker.stderr() || null });
    }
    return last;
  }

  return {
    check: () => undefined,
    attempt,
    async close() {
      await Promise.all([...workers.values()].map((worker) => worker.close(place.graceMs)));
      workers.clear();
    },
  };
}

const endOf = ({ code, signal }: Exit): string =>
  signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
