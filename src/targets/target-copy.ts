import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { TargetSpec } from "../model/target.ts";
import { linkShared, type Shared } from "./link.ts";
import { type LoadedTarget, loadTarget } from "./load.ts";
import type { Repository } from "./repository.ts";
import { type Snapshot, takeSnapshot } from "./snapshot.ts";
import { openWorktree } from "./worktree.ts";

/** A target in a copy of the repository, gone when it is disposed of. */
export interface TargetCopy extends LoadedTarget, Shared, AsyncDisposable {
  /** The copy: its root is the one for `openTarget`, and `environment` is its `shared`. */
  readonly repository: Repository;
}

/**
 * A target at another commit, in a temporary worktree.
 * @param path of the target file, relative to the root of the repository.
 * @throws AppError `invalid_input` when there is no such commit, or the file is neither there nor here.
 */
export async function openTargetAt(
  repository: Repository,
  path: string,
  ref: string,
): Promise<TargetCopy & { readonly commit: string; readonly specFrom: "commit" | "working folder" }> {
  const worktree = await openWorktree(repository, ref);
  const { root, commit } = worktree;
  try {
    const isThere = await stat(join(root, path)).then(
      () => true,
      () => false,
    );
    const loaded = await loadTarget(path, isThere ? { root, git: true } : repository);
    const shared = await linkShared({ root: repository.root, copy: root }, sharedBy(loaded.spec));
    const specFrom = isThere ? "commit" : "working folder";
    return {
      ...loaded,
      ...shared,
      repository: { root, git: true, copy: { linked: shared.linked, gitDir: null } },
      commit,
      specFrom,
      [Symbol.asyncDispose]: () => worktree[Symbol.asyncDispose](),
    };
  } catch (error) {
    await worktree[Symbol.asyncDispose]();
    throw error;
  }
}

/** A target in a copy of the working folder as it is now: see `takeSnapshot`. */
export async function snapshotTarget(
  repository: Repository,
  path: string,
): Promise<TargetCopy & Pick<Snapshot, "files" | "bytes" | "skipped">> {
  const loaded = await loadTarget(path, repository);
  return { ...loaded, ...(await takeSnapshot(repository, sharedBy(loaded.spec))) };
}

function sharedBy(spec: TargetSpec): string[] {
  if (spec.kind === "prompt" || spec.kind === "recorded") return [];
  return [...spec.link, ...(spec.envFile === undefined ? [] : [spec.envFile])];
}
