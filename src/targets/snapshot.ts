import { constants } from "node:fs";
import { copyFile, lstat, mkdir, readlink, symlink } from "node:fs/promises";
import { dirname, isAbsolute, join, relative } from "node:path";
import { invalidInput } from "../errors.ts";
import { git } from "./git.ts";
import { linkShared, type Shared } from "./link.ts";
import { isInside, type Repository } from "./repository.ts";
import { newTemporaryFolder, removeAbandoned, removeFolder } from "./temporary-folder.ts";
import { walkFiles } from "./walk-files.ts";

const MAX_BYTES = 2_147_483_648;
const AT_ONCE = 32;

export interface Snapshot extends AsyncDisposable, Shared {
  /** The copy: its root is the one for `openTarget`. */
  readonly repository: Repository;
  readonly files: number;
  readonly bytes: number;
  /** Repositories inside this one, sockets and the like: not copied. Relative paths. */
  readonly skipped: readonly string[];
}

/**
 * The working folder as it is now, in a temporary folder: tracked files and untracked ones that git does not ignore,
 * with the dependencies that the repository has (a target's `link` and envFile). What is edited afterwards does not reach it.
 * @throws AppError `invalid_input` over 2 GiB.
 */
export async function takeSnapshot(repository: Repository, link: readonly string[]): Promise<Snapshot> {
  await removeAbandoned("snapshot");
  const root = await newTemporaryFolder("snapshot");
  const remove = () => removeFolder(root);
  try {
    const where = { root: repository.root, copy: root };
    const copied = await copyAll(where, await listFiles(repository, link));
    const shared = await linkShared(where, link);
    const gitDir = repository.git ? await gitDirOf(repository.root) : null;
    const copy = { root, git: repository.git, copy: { linked: shared.linked, gitDir } };
    return { ...shared, ...copied, repository: copy, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

const gitDirOf = async (root: string): Promise<string> =>
  (await git(root, ["rev-parse", "--absolute-git-dir"])).replace(/\n$/, "");

async function listFiles({ root, git: hasGit }: Repository, link: readonly string[]): Promise<string[]> {
  if (!hasGit) {
    const paths: string[] = [];
    for await (const path of walkFiles(root, link)) paths.push(path);
    return paths;
  }
  const listed = await git(root, ["ls-files", "--cached", "--others", "--exclude-standard", "-z"]);
  return [...new Set(listed.split("\0").filter(Boolean))];
}

interface Where {
  readonly root: string;
  readonly copy: string;
}

type Copied = Pick<Snapshot, "files" | "bytes" | "skipped">;

async function copyAll(where: Where, paths: readonly string[]): Promise<Copied> {
  const skipped: string[] = [];
  let files = 0;
  let bytes = 0;
  const queue = paths.values();
  const copyNext = async (): Promise<void> => {
    for (const path of queue) {
      const size = await copyOne(where, path);
      if (size === "gone") continue;
      if (size === "skipped") skipped.push(path);
      else {
        files += 1;
        bytes += size;
      }
      if (bytes > MAX_BYTES) throw tooLarge();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, copyNext));
  return { files, bytes, skipped: skipped.sort() };
}

const tooLarge = () =>
  invalidInput(
    "The working folder holds over 2 GiB of files that git does not ignore",
    "Add data to .gitignore, and to the target's `link` when the agent needs it.",
  );

/** @returns bytes of a file; `gone` when it was deleted; `skipped` for what is neither file nor link. */
async function copyOne({ root, copy }: Where, path: string): Promise<number | "gone" | "skipped"> {
  const from = join(root, path);
  const to = join(copy, path);
  const stats = await lstat(from).catch(() => null);
  if (!stats) return "gone";
  if (!stats.isFile() && !stats.isSymbolicLink()) return "skipped";
  await mkdir(dirname(to), { recursive: true });
  if (stats.isFile()) {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    return stats.size;
  }
  const target = await readlink(from);
  // An absolute link into the repository would show what is edited afterwards.
  await symlink(
    isAbsolute(target) && isInside(target, root) ? join(copy, relative(root, target)) : target,
    to,
  );
  return 0;
}
