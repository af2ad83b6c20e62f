import { tellError } from "./tell-error.ts";

/**
 * For commands whose exit code 1 says something of what was measured.
 * @returns what `run` returns; 2 after an error, which is told: nothing was measured, so nothing can be said.
 */
export async function unmeasuredOnError(run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (thrown) {
    tellError(thrown);
    return 2;
  }
}
