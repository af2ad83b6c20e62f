import { type Child, startChild } from "../targets/child.ts";
import { configuredVariables, targetEnvironment } from "../targets/environment.ts";
import { type Limits, startLimits } from "../targets/limits.ts";
import type { CodeJudgeTools } from "./definition.ts";
import { JudgeFailure } from "./judge-failure.ts";

type RunCommand = NonNullable<CodeJudgeTools["runCommand"]>;
type CommandLimits = Parameters<RunCommand>[2];

const GRACE_MS = 2_000;

export interface ProgramPlace {
  /** The repository's root: the working directory of programs. */
  readonly root: string;
  /** Environment from which programs get the minimum and what their judge lists. */
  readonly host: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

async function environmentFor({ root, host }: ProgramPlace, names: readonly string[]) {
  const { variables, missing } = await configuredVariables({ env: [...names] }, root, host);
  if (missing.length > 0)
    throw new JudgeFailure(`the program needs environment variables that are not set: ${missing.join(", ")}`);
  return targetEnvironment({ host, configured: variables, collector: null, resource: {}, shared: {} });
}

/** Keeps stdout up to the limit; a byte more stops the program. */
function collect(child: Child, maxBytes: number, limits: Limits) {
  const chunks: Buffer[] = [];
  let size = 0;
  child.process.stdout.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
    else limits.stop("too_large");
  });
  return { text: () => Buffer.concat(chunks).toString("utf8"), isOver: () => size > maxBytes };
}

async function run(
  place: ProgramPlace,
  argv: readonly string[],
  stdin: string,
  { timeoutMs, maxOutputBytes, env: names }: CommandLimits,
): ReturnType<RunCommand> {
  const env = await environmentFor(place, names);
  const limits = startLimits(timeoutMs, place.signal);
  try {
    const child = await startChild({ command: [...argv], cwd: place.root, env, graceMs: GRACE_MS });
    if ("code" in child) throw new JudgeFailure(`the program could not be started (${child.code})`);
    const stdout = collect(child, maxOutputBytes, limits);
    child.process.stdin.end(stdin);
    const stop = await Promise.race([limits.stopped, child.exited.then(() => null)]);
    await child.end();
    if (stop === "aborted") throw place.signal.reason;
    if (stop === "timeout")
      throw new JudgeFailure(`the program did not end within ${timeoutMs} ms`, child.stderr());
    if (stdout.isOver()) throw new JudgeFailure(`the program wrote more than ${maxOutputBytes} bytes`);
    const { code } = await child.exited;
    return { exitCode: code, stdout: stdout.text(), stderrTail: child.stderr() };
  } finally {
    limits.clear();
  }
}

/**
 * Runs the programs of `command` judges: in the repository's root, with a minimal environment, and with every process
 * that they start ended after the answer, at a limit, or when the signal is aborted.
 */
export const programRunner =
  (place: ProgramPlace): RunCommand =>
  (argv, stdin, limits) =>
    run(place, argv, stdin, limits);
