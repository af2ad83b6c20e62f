import { realpath } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { invalidInput } from "../errors.ts";
import { tryGit } from "./git.ts";

/** Where target files and what they name must be. */
export interface Repository {
  /** Real path: git's top level, or the folder itself where there is no git. */
  readonly root: string;
  readonly git: boolean;
  /** What it is when it is a copy that was made for targets. */
  readonly copy?: CopyFacts | undefined;
}

export interface CopyFacts {
  /** Paths that it shares with the repository that it was copied from, and so are no part of it. */
  readonly linked: readonly string[];
  /** Real path of that repository's git folder, where the copy has none of its own. */
  readonly gitDir: string | null;
}

/**
 * The repository that a folder belongs to.
 * @throws AppError `invalid_input` when the folder does not exist.
 */
export async function findRepository(folder: string): Promise<Repository> {
  const place = await realpath(folder).catch(() => {
    throw invalidInput("The folder of the project does not exist", "Start from a folder that exists.");
  });
  const top = await tryGit(place, "rev-parse", "--show-toplevel");
  return top ? { root: await realpath(top), git: true } : { root: place, git: false };
}

/** Whether a real path is a folder or lies below it. */
export function isInside(path: string, folder: string): boolean {
  const between = relative(folder, path);
  return between === "" || !(between === ".." || between.startsWith(`..${sep}`) || isAbsolute(between));
}

/**
 * The real path of something that a target names, relative to the root.
 * @param what how the error calls it.
 * @param hint what the error says to do when it does not exist.
 * @throws AppError `invalid_input` when it does not exist or, symbolic links followed, is outside.
 */
export async function placeInside(
  root: string,
  path: string,
  what: string,
  hint = "Paths are relative to the root of the repository.",
): Promise<string> {
  const real = await realpath(resolve(root, path)).catch(() => {
    throw invalidInput(`The ${what} "${path.slice(0, 200)}" does not exist`, hint);
  });
  if (!isInside(real, await realpath(root))) {
    throw invalidInput(
      `The ${what} "${path.slice(0, 200)}" is outside the repository`,
      "Symbolic links are followed; move it inside.",
    );
  }
  return real;
}
