import { copyFile, lstat, mkdir, stat, utimes } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { UnhashedPath } from "../model/target-version.ts";
import { GitFailure, git } from "./git.ts";
import type { Repository } from "./repository.ts";
import { newTemporaryFolder, removeAbandoned, removeFolder } from "./temporary-folder.ts";

/** Larger untracked files are data more often than code. */
const MAX_UNTRACKED_BYTES = 52_428_800;
const MAX_CHANGED = 20;

export interface TreeHash {
  readonly treeHash: string;
  readonly unhashed: readonly UnhashedPath[];
  /** Some files could not be read. */
  readonly isPartial: boolean;
}

/** Takes git's tree of a working folder as it is, as often as asked. */
export interface TreeHasher extends AsyncDisposable {
  take(): Promise<TreeHash>;
  /** Which files differ between two trees that it took, the first twenty, and how many. */
  changed(
    before: string,
    after: string,
  ): Promise<{ readonly paths: readonly string[]; readonly total: number }>;
}

/**
 * Trees of all files that git does not ignore, uncommitted and untracked ones with them. They are made in an index
 * and an object folder of their own: the user's index, objects and files are only read. With `keepObjects` the objects
 * are put into the repository, so that a commit can be made of a tree.
 */
export async function openTreeHasher(
  repository: Repository,
  { keepObjects = false }: { readonly keepObjects?: boolean } = {},
): Promise<TreeHasher> {
  const { root, copy } = repository;
  const place = placeOf(repository);
  const pathOf = async (name: string) =>
    resolve(root, line(await git(root, ["rev-parse", "--git-path", name], { env: place })));
  const real = await pathOf("objects");
  await removeAbandoned("index");
  const folder = await newTemporaryFolder("index");
  const objects = join(folder, "objects");
  await mkdir(objects);
  const index = join(folder, "index");
  const env = {
    ...place,
    GIT_INDEX_FILE: index,
    ...(keepObjects
      ? {}
      : { GIT_OBJECT_DIRECTORY: objects, GIT_ALTERNATE_OBJECT_DIRECTORIES: JSON.stringify(real) }),
  };
  return {
    async take() {
      await copyIndex(await pathOf("index"), index);
      const untracked = await listUntracked(root, env);
      // Git refuses to leave out what it ignores anyway.
      const linked = (copy?.linked ?? []).filter((path) => untracked.some((found) => isAt(found, path)));
      const own = untracked.filter((found) => !linked.some((path) => isAt(found, path)));
      const unhashed = await findUnhashed(root, own);
      const excluded = [...unhashed.map(({ path }) => path.replace(/\/$/, "")), ...linked];
      const pathspecs = [":/", ...excluded.map((path) => `:(exclude,top,literal)${path}`)];
      const isPartial = await addAll(root, pathspecs, env);
      return { treeHash: line(await git(root, ["write-tree"], { env })), unhashed, isPartial };
    },
    async changed(before, after) {
      const args = ["diff-tree", "-r", "-z", "--name-only", "--no-renames", before, after];
      const paths = (await git(root, args, { env })).split("\0").filter(Boolean);
      return { paths: paths.slice(0, MAX_CHANGED), total: paths.length };
    },
    [Symbol.asyncDispose]: () => removeFolder(folder),
  };
}

/** For a copy without git, the git of what it was copied from. */
const placeOf = ({ root, copy }: Repository): Record<string, string> =>
  copy?.gitDir ? { GIT_DIR: copy.gitDir, GIT_WORK_TREE: root } : {};

const line = (output: string): string => output.replace(/\n$/, "");

/** With the user's index comes what git knows of unchanged files, so that only changed ones are read. */
async function copyIndex(from: string, to: string): Promise<void> {
  try {
    const { mtimeMs } = await stat(from);
    await copyFile(from, to);
    // An index that looks younger than it is would make git trust files changed in the same instant.
    const seconds = Math.floor(mtimeMs) / 1000;
    await utimes(to, seconds, seconds);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}

const isAt = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`);

async function listUntracked(root: string, env: Readonly<Record<string, string>>): Promise<string[]> {
  const listed = await git(root, ["ls-files", "--others", "--exclude-standard", "-z"], { env });
  return listed.split("\0").filter(Boolean);
}

/** Untracked files that are too large, and repositories inside this one. */
async function findUnhashed(root: string, untracked: readonly string[]): Promise<UnhashedPath[]> {
  const found: UnhashedPath[] = [];
  for (const path of untracked) {
    if (path.endsWith("/")) found.push({ path, bytes: null });
    else {
      const size = await lstat(join(root, path)).then(
        (stats) => stats.size,
        () => 0, // gone meanwhile
      );
      if (size > MAX_UNTRACKED_BYTES) found.push({ path, bytes: size });
    }
  }
  return found;
}

/** @returns whether some files could not be read. */
async function addAll(
  root: string,
  pathspecs: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<boolean> {
  const args = ["add", "--all", "--ignore-errors", "--pathspec-from-file=-", "--pathspec-file-nul"];
  try {
    await git(root, args, { env, input: pathspecs.join("\0") });
    return false;
  } catch (error) {
    if (error instanceof GitFailure && error.exitCode === 1) return true;
    throw error;
  }
}

/** The commit that is checked out and its tree; null without one. */
export async function headOf(
  repository: Repository,
): Promise<{ readonly commit: string; readonly tree: string } | null> {
  try {
    const args = ["rev-parse", "HEAD", "HEAD^{tree}"];
    const [commit, tree] = line(await git(repository.root, args, { env: placeOf(repository) })).split("\n");
    return commit && tree ? { commit, tree } : null;
  } catch (error) {
    if (error instanceof GitFailure) return null;
    throw error;
  }
}
