import { execFile } from "node:child_process";

/** Git could not do it, or is not there. `stderr` may hold names of files: it is never shown. */
export class GitFailure extends Error {
  readonly exitCode: number | null;
  readonly stdout: string;

  constructor(exitCode: number | null, stdout: string, cause: unknown) {
    super("git failed", { cause });
    this.exitCode = exitCode;
    this.stdout = stdout;
  }
}

const TIMEOUT_MS = 120_000;
const MAX_OUTPUT_BYTES = 268_435_456;

/** No hook runs, no watcher starts, names come as they are. */
const SETTINGS = ["core.hooksPath=/dev/null", "core.fsmonitor=false", "core.quotePath=false"].flatMap(
  (setting) => ["-c", setting],
);

/**
 * Without what a surrounding git (a hook, an alias) has set for itself; nothing is downloaded, nothing asked, and the
 * user's index is not refreshed on the side.
 */
function environment(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_"));
  return {
    ...Object.fromEntries(kept),
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_LAZY_FETCH: "1",
    GIT_LFS_SKIP_SMUDGE: "1",
    LC_ALL: "C",
    ...extra,
  };
}

/**
 * Runs git in a folder and gives its stdout.
 * @throws GitFailure when it ends with another code than 0, takes over two minutes, or is not installed.
 */
export function git(
  folder: string,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      "git",
      ["-C", folder, ...SETTINGS, ...args],
      {
        env: environment(options.env ?? {}),
        timeout: TIMEOUT_MS,
        maxBuffer: MAX_OUTPUT_BYTES,
        windowsHide: true,
      },
      (error, stdout) => {
        if (!error) resolve(stdout);
        else reject(new GitFailure(typeof error.code === "number" ? error.code : null, stdout, error));
      },
    );
    child.stdin?.on("error", () => undefined); // it may end without reading
    child.stdin?.end(options.input ?? "");
  });
}

/** The same, null where git fails: no repository, no commit, no git. */
export async function tryGit(folder: string, ...args: string[]): Promise<string | null> {
  try {
    return (await git(folder, args)).replace(/\n$/, "");
  } catch (error) {
    if (error instanceof GitFailure) return null;
    throw error;
  }
}
