import { readFile } from "node:fs/promises";
import type { Plugin } from "esbuild";

/** Of a file of zod: what is written there, and what stands for it in the bundle. */
interface Change {
  readonly file: string;
  readonly written: RegExp;
  readonly instead: string;
}

const ADD_ISSUE: Omit<Change, "file"> = {
  written: /payload\.addIssue = (\(issue\) => \{[\s\S]*?\n {8}\});/,
  instead: "Object.assign(payload, { addIssue: $1 });",
};

/** Own and enumerable as zod's, by accessors that all results share. */
const FAILURE = `const HELD = Symbol("held");
const LAZY = {
  enumerable: true,
  configurable: true,
  get() {
    const held = this[HELD];
    if (held.issues) {
      held.error ??= new held.Err(held.issues.map((iss) => util.finalizeIssue(iss, held.ctx, core.config())));
      held.issues = held.ctx = undefined;
    }
    return held.error;
  },
  set(error) {
    this[HELD] = { error };
  },
};
function failure(Err, issues, ctx) {
  const result = { success: false };
  Object.defineProperty(result, HELD, { value: { Err, issues, ctx, error: undefined }, writable: true });
  return Object.defineProperty(result, "error", LAZY);
}`;

const CHANGES: readonly Change[] = [
  { file: "classic/schemas.js", ...ADD_ISSUE },
  { file: "core/api.js", ...ADD_ISSUE },
  {
    file: "core/parse.js",
    written: /function failure\(Err, issues, ctx\) \{\n {4}let error;\n {4}return \{[\s\S]*?\n {4}\};\n\}/,
    instead: FAILURE,
  },
];

/**
 * zod 4.6 sets a function on each payload that a transformation or refinement sees, and answers each failed safeParse
 * with accessors of its own. V8 keeps such a function, and all that it closes over, until the old generation is
 * collected. The SDK checks each answer of a tool by a transformation and tells requests from answers by safeParse, so
 * that a tenth of all that the server allocated outlived its call and the young generation grew to 96 MB.
 */
export const zodPayloads: Plugin = {
  name: "zod-payloads",
  setup(build) {
    build.onLoad({ filter: /[\\/]zod[\\/]v4[\\/](?:classic|core)[\\/]\w+\.js$/ }, async ({ path }) => {
      const change = CHANGES.find(({ file }) => path.replaceAll("\\", "/").endsWith(`/zod/v4/${file}`));
      if (!change) return undefined;
      const source = await readFile(path, "utf8");
      // Only memory is lost: no reason not to build.
      if (!change.written.test(source)) {
        const text = `zod/v4/${change.file} is written differently now: see what of scripts/zod-payloads.ts is needed`;
        return { contents: source, loader: "js", warnings: [{ text }] };
      }
      return { contents: source.replace(change.written, change.instead), loader: "js" };
    });
  },
};
