import { AppError, invalidInput } from "../errors.ts";
import { GitFailure, git } from "./git.ts";
import type { Repository } from "./repository.ts";
import { headOf, openTreeHasher } from "./tree-hash.ts";

const REFS = "refs/evalwright";
/** A commit needs an author; nobody's name is borrowed. */
const AUTHOR = {
  GIT_AUTHOR_NAME: "Evalwright",
  GIT_AUTHOR_EMAIL: "evalwright@localhost",
  GIT_COMMITTER_NAME: "Evalwright",
  GIT_COMMITTER_EMAIL: "evalwright@localhost",
};

/**
 * The working tree as it is now, uncommitted and untracked files included, as a commit under refs/evalwright/NAME: branches,
 * index and files stay as they are. What is edited afterwards does not reach it.
 * @returns the commit's hash.
 * @throws AppError `invalid_input` where there is no git or no commit yet, `unavailable` when git cannot do it.
 */
export async function commitWorkingTree(
  repository: Repository,
  name: string,
  message: string,
): Promise<string> {
  if (!repository.git)
    throw invalidInput("Candidates of code need a git repository", "`git init` and commit first.");
  const head = await headOf(repository);
  if (!head) throw invalidInput("The repository has no commit yet", "Commit once first.");
  const { root } = repository;
  try {
    await using hasher = await openTreeHasher(repository, { keepObjects: true });
    const { treeHash } = await hasher.take();
    const args = ["commit-tree", treeHash, "-p", head.commit, "-m", message];
    const commit = (await git(root, args, { env: AUTHOR })).trim();
    await git(root, ["update-ref", `${REFS}/${name}`, commit]);
    return commit;
  } catch (cause) {
    if (!(cause instanceof GitFailure)) throw cause;
    throw new AppError("unavailable", "Git could not keep the working tree", {
      hint: "Try `git status`; the repository must be writable.",
      cause,
    });
  }
}

/** What one commit has changed of another, as a patch that `git apply` takes. */
export const patchBetween = (repository: Repository, from: string, to: string): Promise<string> =>
  git(repository.root, ["diff", "--binary", "--no-color", "--no-ext-diff", from, to]);

/** `there`: it has been applied already. */
export type PatchState = "fits" | "there" | "conflicts";

async function checks(root: string, args: readonly string[], patch: string): Promise<boolean> {
  try {
    await git(root, ["apply", "--check", ...args, "-"], { input: patch });
    return true;
  } catch (error) {
    if (error instanceof GitFailure) return false;
    throw error;
  }
}

/** Whether a patch can be applied to the working tree, or (`reverse`) taken back from it. */
export async function patchState({ root }: Repository, patch: string, reverse: boolean): Promise<PatchState> {
  const [way, back] = reverse ? [["--reverse"], []] : [[], ["--reverse"]];
  if (await checks(root, way ?? [], patch)) return "fits";
  return (await checks(root, back ?? [], patch)) ? "there" : "conflicts";
}

/** Applies a patch to the working tree; all of it or nothing. @throws GitFailure when it does not fit. */
export async function applyPatch({ root }: Repository, patch: string, reverse: boolean): Promise<void> {
  await git(root, ["apply", "--whitespace=nowarn", ...(reverse ? ["--reverse"] : []), "-"], { input: patch });
}
