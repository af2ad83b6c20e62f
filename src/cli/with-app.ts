import { contextFor } from "../app/app.ts";
import { type OpenOptions, openApp } from "../app/open.ts";
import type { Context } from "../context.ts";
import { tellError } from "./tell-error.ts";

/** What a command that no client waits for has of a call. */
const IDLE = { signal: new AbortController().signal, progress: () => undefined };

type Options = Pick<OpenOptions, "use"> & { readonly project?: string | undefined };

/** Runs a command over the user's store, which is closed after it. */
export async function withApp<Result>(
  { project, use }: Options,
  run: (context: Context) => Promise<Result>,
): Promise<Result> {
  const app = await openApp({ project, use, quiet: true });
  try {
    return await run(await contextFor(app, undefined, IDLE));
  } finally {
    await app.store[Symbol.asyncDispose]();
  }
}

/**
 * The same for commands whose exit code 1 says something of what was measured.
 * @returns what `run` returns; 2 after an error, which is told: nothing was measured, so nothing can be said.
 */
export async function measure(options: Options, run: (context: Context) => Promise<number>): Promise<number> {
  try {
    return await withApp({ ...options, use: "work" }, run);
  } catch (thrown) {
    tellError(thrown);
    return 2;
  }
}
