import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject } from "../model/json.ts";
import type { WorkerTarget } from "../model/target.ts";
import { type AnswerLines, readAnswerLines } from "./answer-lines.ts";
import { type Child, type Exit, type NotStarted, startChild } from "./child.ts";
import { withBaseUrls } from "./environment.ts";
import type { Limits, Stop } from "./limits.ts";
import type { Place } from "./place.ts";
import { startClock } from "./runner.ts";

/** How a request to a worker ended. */
export type Reply =
  | { readonly type: "answer"; readonly value: JsonObject; readonly ignored: number }
  | { readonly type: "stopped"; readonly stop: Stop; readonly ignored: number }
  | { readonly type: "died"; readonly exit: Exit; readonly ignored: number };

/** A program that answers one request after the other. */
export interface WorkerProcess {
  ask(id: string, request: JsonObject, limits: Limits): Promise<Reply>;
  isAlive(): boolean;
  hasAnswered(): boolean;
  /** Milliseconds since its start. */
  age(): number;
  /** How it ended within so many milliseconds; null when it runs. */
  diesWithin(ms: number, signal: AbortSignal): Promise<Exit | null>;
  stderr(): string;
  /** Ends it with all its processes. */
  end(): Promise<void>;
  /** Lets it end by itself, as its input does, up to the grace. */
  close(graceMs: number): Promise<void>;
}

export async function startWorker(
  spec: WorkerTarget,
  place: Place,
  slot: number,
): Promise<WorkerProcess | NotStarted> {
  const { cwd, graceMs, meter } = place;
  const env = withBaseUrls(place.environment({}), meter?.ofSlot(slot));
  const child = await startChild({ command: spec.run, cwd, env, graceMs });
  if ("code" in child) return child;
  const lines = readAnswerLines(child.process.stdout, spec.maxOutputBytes);
  const age = startClock();
  let ended: Exit | null = null;
  let answered = 0;
  void child.exited.then((exit) => {
    ended = exit;
  });
  return {
    age,
    isAlive: () => ended === null,
    hasAnswered: () => answered > 0,
    stderr: child.stderr,
    end: child.end,
    async ask(id, request, limits) {
      const reply = await ask(child, lines, { id, request }, limits);
      if (reply.type === "answer") answered += 1;
      return reply;
    },
    async diesWithin(ms, signal) {
      await waitForExit(child, ms, signal);
      return ended;
    },
    async close(grace) {
      child.process.stdin.end();
      await waitForExit(child, grace);
      await child.end();
    },
  };
}

async function ask(
  child: Child,
  lines: AnswerLines,
  { id, request }: { readonly id: string; readonly request: JsonObject },
  limits: Limits,
): Promise<Reply> {
  const answered = lines
    .expect(id, () => limits.stop("too_large"))
    .then((value) => ({ type: "answer", value }) as const);
  child.process.stdin.write(lineOf({ id, ...request }));
  const first = await Promise.race([
    answered,
    limits.stopped.then((stop) => ({ type: "stopped", stop: stop ?? "aborted" }) as const),
    child.exited.then((exit) => ({ type: "died", exit }) as const),
  ]);
  if (first.type === "answer") return { ...first, ignored: lines.takeIgnored() };
  await child.end();
  // What it wrote before it died has been read by now.
  const last = first.type === "died" ? await Promise.race([answered, Promise.resolve(first)]) : first;
  return { ...last, ignored: lines.takeIgnored() };
}

/** JSON in one line also for readers that end lines at U+0085, U+2028 and U+2029 (Node's readline, Python's splitlines). */
const lineOf = (value: JsonObject): string =>
  `${JSON.stringify(value).replace(/[\u0085\u2028\u2029]/g, (end) => `\\u${end.charCodeAt(0).toString(16).padStart(4, "0")}`)}\n`;

async function waitForExit(child: Child, ms: number, signal?: AbortSignal): Promise<void> {
  const enough = new AbortController();
  const signals = signal ? [signal, enough.signal] : [enough.signal];
  const time = sleep(ms, undefined, { signal: AbortSignal.any(signals) }).catch(() => undefined);
  await Promise.race([child.exited, time]);
  enough.abort();
}
