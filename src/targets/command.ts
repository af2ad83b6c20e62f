import { unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CommandTarget } from "../model/target.ts";
import type { TargetInput } from "../model/target-run.ts";
import { type Child, type Exit, type NotStarted, startChild } from "./child.ts";
import { exampleVariables, withBaseUrls } from "./environment.ts";
import { type Limits, type Stop, startLimits } from "./limits.ts";
import { type Answer, readOutput } from "./output.ts";
import type { Place } from "./place.ts";
import { type Attempt, failedAttempt, type Runner, startClock } from "./runner.ts";

/** The system has no room for a process just now. */
const BUSY = new Set(["EAGAIN", "ENOMEM", "EMFILE", "ENFILE"]);

/** One process for each run: the input as JSON on its stdin, the answer on its stdout until it ends. */
export function commandRunner(spec: CommandTarget, place: Place): Runner {
  let runs = 0;
  async function attempt(input: TargetInput, _slot: number, signal: AbortSignal): Promise<Attempt> {
    runs += 1;
    const prompts = join(place.temporary, `prompts-${runs}.json`);
    await writeFile(prompts, JSON.stringify(input.prompts), { mode: 0o600 });
    try {
      return await runOnce(spec, place, input, prompts, signal);
    } finally {
      await unlink(prompts).catch(() => undefined);
    }
  }
  return { check: () => undefined, attempt, close: () => Promise.resolve() };
}

async function runOnce(
  spec: CommandTarget,
  place: Place,
  input: TargetInput,
  prompts: string,
  signal: AbortSignal,
): Promise<Attempt> {
  const limits = startLimits(spec.timeoutMs, signal);
  const elapsed = startClock();
  const child = await startChild({
    command: spec.run,
    cwd: place.cwd,
    env: {
      ...withBaseUrls(place.environment(exampleVariables(input)), input.baseUrls),
      TRACEPARENT: input.traceparent,
      EVALWRIGHT_PROMPTS: prompts,
    },
    graceMs: place.graceMs,
  });
  if ("code" in child) {
    limits.clear();
    return notStarted(child);
  }
  const stdout = collect(child, spec.maxOutputBytes, limits);
  child.process.stdin.end(`${JSON.stringify(input)}\n`);
  const stop = await Promise.race([limits.stopped, child.exited.then(() => null)]);
  const durationMs = elapsed();
  await child.end();
  limits.clear();
  const late = stop ?? (stdout.isOver() ? "too_large" : null);
  if (late === "aborted") throw signal.reason;
  if (late) return stoppedAttempt(late, spec, child, durationMs);
  return finished(readOutput(stdout.bytes()), await child.exited, child, durationMs);
}

export const notStarted = ({ code }: NotStarted): Attempt =>
  failedAttempt("infrastructure", `the program could not be started (${code})`, { again: BUSY.has(code) });

export function stoppedAttempt(
  stop: Exclude<Stop, "aborted">,
  limits: { readonly timeoutMs: number; readonly maxOutputBytes: number },
  child: Pick<Child, "stderr">,
  durationMs: number,
): Attempt {
  const reason =
    stop === "timeout"
      ? `it did not end within ${limits.timeoutMs} ms`
      : `it wrote more than ${limits.maxOutputBytes} bytes`;
  return failedAttempt(stop, reason, { error: child.stderr() || null, durationMs });
}

/** An answer of the contract counts whatever the exit code is; without one the code decides. */
function finished(answer: Answer, { code, signal }: Exit, child: Child, durationMs: number): Attempt {
  const { isContract, ...read } = answer;
  const error = answer.error ?? (child.stderr() || null);
  const attempt = { ...read, exitCode: code, durationMs };
  if (code !== 0 && !isContract) {
    return signal === null
      ? { ...attempt, status: "error", reason: `it ended with exit code ${code}`, error }
      : { ...attempt, status: "crashed", reason: `it was ended by ${signal}`, error };
  }
  return answer.status === "ok" ? { ...attempt, error: null } : { ...attempt, error };
}

/** Keeps stdout up to the limit; one byte more ends the run. */
function collect(child: Child, maxBytes: number, limits: Limits): { bytes(): Uint8Array; isOver(): boolean } {
  const chunks: Buffer[] = [];
  let size = 0;
  const { stdout } = child.process;
  stdout.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
    else {
      chunks.length = 0;
      stdout.destroy();
      limits.stop("too_large");
    }
  });
  return { bytes: () => Buffer.concat(chunks), isOver: () => size > maxBytes };
}
