import type { TargetRef } from "../model/evaluation.ts";
import type { TargetSpec } from "../model/target.ts";
import type { TargetVersion } from "../model/target-version.ts";
import { loadTarget } from "../targets/load.ts";
import type { Repository } from "../targets/repository.ts";
import { openTargetAt } from "../targets/target-copy.ts";
import { targetVersion, versionDifferences } from "../targets/version.ts";

/** The code of a target: the working folder, or a temporary copy of another commit. */
export interface Code extends AsyncDisposable {
  readonly spec: TargetSpec;
  /** Of the target file, relative to the root. */
  readonly path: string;
  readonly root: string;
  /** Where the target file was read: another commit may not have it. */
  readonly specFrom: "commit" | "working folder";
  /** Variables without which linked dependencies would load the repository's code in place of the copy's. */
  readonly environment: Readonly<Record<string, string>>;
  version(): Promise<TargetVersion>;
}

/** @throws AppError `invalid_input` for a file or commit that is not there. */
export async function openCode(repository: Repository, path: string, gitRef: string | null): Promise<Code> {
  if (gitRef === null) {
    const loaded = await loadTarget(path, repository);
    return {
      ...loaded,
      root: repository.root,
      specFrom: "working folder",
      environment: {},
      version: () => targetVersion(loaded.spec, repository),
      [Symbol.asyncDispose]: async () => undefined,
    };
  }
  const copy = await openTargetAt(repository, path, gitRef);
  return {
    spec: copy.spec,
    path: copy.path,
    root: copy.repository.root,
    specFrom: copy.specFrom,
    environment: copy.environment,
    version: () => targetVersion(copy.spec, copy.repository),
    [Symbol.asyncDispose]: () => copy[Symbol.asyncDispose](),
  };
}

type Pinned = Pick<TargetRef, "configHash" | "environmentHash" | "treeHash" | "commit" | "dirty">;

export const pinned = ({ configHash, environmentHash, treeHash, commit, dirty }: TargetVersion): Pinned => ({
  configHash,
  environmentHash,
  treeHash,
  commit,
  dirty,
});

/** In what a target differs from when its evaluation began; files that cannot be hashed cannot be seen to differ. */
export function differsFrom(version: TargetVersion, before: Pinned): string[] {
  const differences = versionDifferences(version, { ...version, ...before });
  return version.treeHash === null && before.treeHash === null
    ? differences.filter((what) => what !== "files")
    : differences;
}
