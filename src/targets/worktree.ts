import { basename, dirname, join } from "node:path";
import { AppError, invalidInput } from "../errors.ts";
import { GitFailure, git, tryGit } from "./git.ts";
import type { Repository } from "./repository.ts";
import { isAbandoned, newTemporaryFolder, removeFolder } from "./temporary-folder.ts";

const TREE = "tree";

export interface Worktree extends AsyncDisposable {
  /** Real path. */
  readonly root: string;
  readonly commit: string;
}

/**
 * Another commit of the repository in a temporary worktree, gone when it is disposed of. The user's own worktrees, branches and files are left alone; worktrees that killed processes of ours left are removed.
 * @param ref whatever git takes for a commit: a branch, a tag, `HEAD~1`, a hash.
 * @throws AppError `invalid_input` when there is no git or no such commit, `unavailable` when git cannot check it out.
 */
export async function openWorktree(repository: Repository, ref: string): Promise<Worktree> {
  const commit = await resolveCommit(repository, ref);
  const { root: repositoryRoot } = repository;
  await removeAbandonedWorktrees(repositoryRoot);
  const folder = await newTemporaryFolder("worktree");
  const root = join(folder, TREE);
  const remove = async () => {
    await tryGit(repositoryRoot, "worktree", "remove", "--force", root);
    await removeFolder(folder);
  };
  try {
    await git(repositoryRoot, ["worktree", "add", "--quiet", "--detach", root, commit]);
    return { root, commit, [Symbol.asyncDispose]: remove };
  } catch (cause) {
    await remove();
    if (!(cause instanceof GitFailure)) throw cause;
    throw new AppError("unavailable", "Git could not check the commit out", {
      hint: "Try `git worktree add` with it; objects of partial and shallow clones are not fetched.",
      cause,
    });
  }
}

/** @throws AppError `invalid_input`. */
async function resolveCommit(repository: Repository, ref: string): Promise<string> {
  if (!repository.git) {
    throw invalidInput("gitRef needs a git repository", "Run without it, or `git init` and commit first.");
  }
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`];
  const commit = await tryGit(repository.root, ...args);
  if (commit) return commit;
  throw invalidInput(
    `Git knows no commit ${JSON.stringify(ref.slice(0, 80))} here`,
    "Name a branch, a tag, HEAD~1 or a hash of this repository.",
  );
}

async function removeAbandonedWorktrees(root: string): Promise<void> {
  const listed = (await tryGit(root, "worktree", "list", "--porcelain")) ?? "";
  const folders = listed.split("\n").flatMap((line) => {
    const path = line.startsWith("worktree ") ? line.slice("worktree ".length) : "";
    return basename(path) === TREE && isAbandoned(basename(dirname(path)), "worktree") ? [dirname(path)] : [];
  });
  for (const folder of folders) {
    await tryGit(root, "worktree", "remove", "--force", "--force", join(folder, TREE));
    await removeFolder(folder);
  }
}
