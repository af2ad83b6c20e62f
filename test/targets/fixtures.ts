import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import type { Json, JsonObject } from "../../src/model/json.ts";
import type { TargetRun } from "../../src/model/target-run.ts";
import { openTarget, type TargetOptions } from "../../src/targets/open.ts";
import { parseTarget } from "../../src/targets/parse.ts";
import type { OpenTarget, TargetRequest } from "../../src/targets/serve.ts";

/** A folder of its own, its real path; removed when the test ends. */
export function newFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "evalwright-targets-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  writeFiles(folder, files);
  return folder;
}

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

const IDENTITY = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];

export const git = (folder: string, ...args: string[]): string =>
  execFileSync("git", ["-C", folder, ...IDENTITY, ...args], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: folder, GIT_CONFIG_NOSYSTEM: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();

/** A repository with its files in one commit. */
export function newRepository(files: Readonly<Record<string, string>>): string {
  const folder = newFolder(files);
  makeRepositoryOf(folder);
  return folder;
}

/** Makes a folder a repository with its files in one commit. */
export function makeRepositoryOf(folder: string): void {
  git(folder, "init", "-q", "-b", "main");
  git(folder, "add", "-A");
  git(folder, "commit", "-q", "-m", "first");
}

/** What a program of a test finds in its environment: enough to start node, sh and python3. */
export const HOST: NodeJS.ProcessEnv = {
  PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"]}`,
  HOME: process.env["HOME"],
};

/** A run's request; what a test does not say is empty. */
export const request = (inputs: Json = {}, more: Partial<TargetRequest> = {}): TargetRequest => ({
  inputs,
  messages: [],
  sessionId: "session-1",
  exampleId: "example-1",
  prompts: {},
  ...more,
});

/** A target in a folder of its own, opened and closed with the test. */
export async function open(
  fields: JsonObject,
  options: Partial<TargetOptions> & { readonly files?: Readonly<Record<string, string>> } = {},
): Promise<OpenTarget & { readonly root: string }> {
  const { files = {}, ...rest } = options;
  const root = rest.root ?? newFolder(files);
  const spec = await parseTarget(JSON.stringify(fields));
  const target = await openTarget(spec, { root, allowCommands: true, host: HOST, graceMs: 300, ...rest });
  onTestFinished(() => target[Symbol.asyncDispose]());
  return { ...target, root };
}

export const never = new AbortController().signal;

/** Opens a target, runs it once and closes it. */
export async function runOnce(
  fields: JsonObject,
  asked: TargetRequest = request(),
  options: Parameters<typeof open>[1] = {},
): Promise<TargetRun & { readonly root: string }> {
  const target = await open(fields, options);
  return { ...(await target.run(asked, { signal: never })), root: target.root };
}

/** Whether a process runs; one that has ended and was not waited for does not. */
export function isAlive(pid: number): boolean {
  try {
    const state = execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
    return !state.trim().startsWith("Z");
  } catch {
    return false;
  }
}

/** Process ids that programs of a test wrote, one a line. */
export const pidsIn = (file: string): number[] => readFileSync(file, "utf8").trim().split(/\s+/).map(Number);

/** Waits until a file is there and gives its text. */
export async function textWhenThere(file: string): Promise<string> {
  while (!existsSync(file) || readFileSync(file, "utf8") === "") await sleep(10);
  return readFileSync(file, "utf8");
}
