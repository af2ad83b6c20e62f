import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { promisify } from "node:util";
import { invalidInput } from "./errors.ts";
import { Project } from "./model/project.ts";

const run = promisify(execFile);

const shortHash = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 8);

const slugOf = (text: string): string => {
  const slug = text
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z0-9]+|-+$/g, "")
    .slice(0, 60);
  return slug === "" ? "project" : slug;
};

async function git(folder: string, ...args: string[]): Promise<string | null> {
  try {
    const { stdout } = await run("git", ["-C", folder, ...args], { timeout: 3_000, windowsHide: true });
    return stdout.trim() || null;
  } catch {
    return null; // not a repository, no origin, or no git: each only means that the next rule decides
  }
}

/** `git@host:a/b.git`, `ssh://git@host/a/b` and `https://user:key@host/a/b.git/` are one origin: `host/a/b`. */
export function normalizeOrigin(url: string): string {
  const scp = /^(?:[^@/]+@)?([^:/]+):(?!\/\/)(.+)$/.exec(url);
  const plain = scp ? `${scp[1]}/${scp[2]}` : url.replace(/^[a-z+]+:\/\//i, "").replace(/^[^@/]*@/, "");
  return plain
    .replace(/:\d+\//, "/")
    .replace(/\/+$/, "")
    .replace(/\.git$/, "")
    .toLowerCase();
}

/**
 * The project of a folder: the configured name (EVALWRIGHT_PROJECT or `--project`), else from the repository's
 * origin URL, else from the real path of git's common folder (so worktrees share one project), else from the
 * folder itself. Two folders with the same name do not share a project.
 * @throws AppError `invalid_input` when the configured name has no legal form.
 */
export async function resolveProject(folder: string, configured: string | undefined): Promise<Project> {
  if (configured) {
    const parsed = Project.safeParse({ id: configured, slug: configured });
    if (!parsed.success) {
      throw invalidInput(
        "The configured project name is not usable",
        "Allowed: lower-case letters, digits, '.', '_' and '-', at most 80, a letter or digit first.",
      );
    }
    return parsed.data;
  }
  const origin = await git(folder, "remote", "get-url", "origin");
  if (origin) {
    const normalized = normalizeOrigin(origin);
    const slug = slugOf(basename(normalized));
    return { id: `${slug}-${shortHash(normalized)}`, slug };
  }
  const common = await git(folder, "rev-parse", "--git-common-dir");
  const place = realpathSync(common ? resolve(folder, common) : folder);
  const named = basename(place) === ".git" ? dirname(place) : place;
  const slug = slugOf(basename(named));
  return { id: `${slug}-${shortHash(place)}`, slug };
}

/** Where the host says that the user works: CLAUDE_PROJECT_DIR, else the current folder. */
export const workingFolder = (env: NodeJS.ProcessEnv = process.env): string =>
  env["CLAUDE_PROJECT_DIR"] || process.cwd();
