import vm from "node:vm";

const sandbox: { work: (() => void) | null } = { work: null };
let script: { readonly run: (timeoutMs: number) => void } | undefined;

function prepared() {
  if (script) return script;
  const context = vm.createContext(sandbox, { codeGeneration: { strings: false, wasm: false } });
  const call = new vm.Script("work()");
  script = { run: (timeout) => call.runInContext(context, { timeout }) };
  return script;
}

const isTimeout = (error: unknown): boolean =>
  typeof error === "object" &&
  error !== null &&
  "code" in error &&
  error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";

/** Work that was stopped because it took longer than it may. */
export class TimeLimitError extends Error {
  constructor(limitMs: number) {
    super(`took longer than ${limitMs} ms`);
    this.name = "TimeLimitError";
  }
}

/**
 * The result of `work`, which is stopped when it runs for longer than `limitMs` milliseconds, wherever it then is:
 * V8 looks for termination in loops and while a regular expression backtracks. Only what `work` does before it
 * returns is limited, not what a promise of it does later.
 * @throws TimeLimitError
 */
export function withinMs<T>(limitMs: number, work: () => T): T {
  const results: { readonly value: T }[] = [];
  const { run } = prepared();
  sandbox.work = () => {
    results.push({ value: work() });
  };
  try {
    run(limitMs);
  } catch (error) {
    throw isTimeout(error) ? new TimeLimitError(limitMs) : error;
  } finally {
    sandbox.work = null;
  }
  const [done] = results;
  if (!done) throw new TimeLimitError(limitMs);
  return done.value;
}
