import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";

/** A program of another project, in a folder of the bench's own: the product does not depend on it. */
export interface Promptfoo {
  readonly version: string;
  readonly entry: string;
}

const FOLDER = join(tmpdir(), "evalwright-bench-promptfoo");
const Manifest = z.object({ version: z.string(), bin: z.record(z.string(), z.string()) });

/** Installs promptfoo with npm where it is not there yet; why not, when that fails. */
export function findPromptfoo(): Promptfoo | string {
  const home = join(FOLDER, "node_modules/promptfoo");
  try {
    if (!existsSync(join(home, "package.json"))) {
      mkdirSync(FOLDER, { recursive: true });
      writeFileSync(join(FOLDER, "package.json"), '{"private": true}\n');
      const flags = ["--no-audit", "--no-fund", "--no-save", "--loglevel=error"];
      execFileSync("npm", ["install", ...flags, "promptfoo"], { cwd: FOLDER, stdio: ["ignore", 2, 2] });
    }
    const { version, bin } = Manifest.parse(JSON.parse(readFileSync(join(home, "package.json"), "utf8")));
    const entry = bin["promptfoo"];
    return entry === undefined ? "its package names no program" : { version, entry: join(home, entry) };
  } catch (error) {
    return `npm could not install it: ${error instanceof Error ? error.message.split("\n")[0] : "unknown"}`;
  }
}

interface Work {
  readonly url: string;
  readonly messages: readonly string[];
  readonly criteria: readonly string[];
}

/** The same work as a configuration of promptfoo: an echo for the agent, each criterion asked of the model. */
export function promptfooConfig({ url, messages, criteria }: Work): string {
  const provider = {
    id: "openai:chat:scripted",
    config: { apiBaseUrl: url, apiKey: "none", temperature: 0 },
  };
  return JSON.stringify({
    prompts: ["{{message}}"],
    providers: ["echo"],
    defaultTest: {
      options: { provider },
      assert: criteria.map((value) => ({ type: "llm-rubric", value })),
    },
    tests: messages.map((message) => ({ vars: { message } })),
  });
}

/** Nothing of it goes elsewhere, and it may not answer from its cache. */
export const promptfooEnv = (folder: string): NodeJS.ProcessEnv => ({
  PATH: process.env["PATH"],
  HOME: folder,
  PROMPTFOO_CONFIG_DIR: join(folder, "promptfoo"),
  PROMPTFOO_DISABLE_TELEMETRY: "1",
  PROMPTFOO_DISABLE_UPDATE: "1",
  PROMPTFOO_DISABLE_REMOTE_GENERATION: "1",
  PROMPTFOO_DISABLE_SHARING: "1",
  PROMPTFOO_CACHE_ENABLED: "false",
  // It judges as many answers at once as `--max-concurrency` says; each asks one thing at a time.
  PROMPTFOO_ASSERTIONS_MAX_CONCURRENCY: "1",
});
