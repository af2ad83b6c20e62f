import { hashOf } from "../canonical.ts";
import type { Json } from "../model/json.ts";
import type { TargetSpec } from "../model/target.ts";
import type { TargetVersion } from "../model/target-version.ts";
import { configuredVariables } from "./environment.ts";
import { changedFiles, type FileHashes, hashFiles, hashOfFiles } from "./file-hash.ts";
import type { Repository } from "./repository.ts";
import { headOf, openTreeHasher, type TreeHasher } from "./tree-hash.ts";

/** Their values are no part of how an agent behaves, and no hash of them is kept. */
const SECRET = /key|token|secret|passw|credential|auth|cookie/i;
const MAX_CHANGED = 20;

export interface VersionOptions {
  /** Environment to pick from; default that of this process. */
  readonly host?: NodeJS.ProcessEnv | undefined;
}

/** Files that changed: the first twenty, sorted, and how many. Paths are text of the repository. */
export interface Changed {
  readonly paths: readonly string[];
  readonly total: number;
}

/** A target's version before a run, ready to be taken again after it. */
export interface VersionWatch extends AsyncDisposable {
  readonly before: TargetVersion;
  after(): Promise<{ readonly version: TargetVersion; readonly changed: Changed }>;
}

/** How the files are hashed: by git, by content, or not at all. */
interface Files {
  take(): Promise<Pick<TargetVersion, "commit" | "treeHash" | "treeKind" | "dirty" | "unhashed" | "note">>;
  changed(before: string | null, after: string | null): Promise<Changed>;
  close(): Promise<void>;
}

/**
 * A target's version now.
 * @throws AppError `invalid_input` when its envFile is not there.
 */
export async function targetVersion(
  spec: TargetSpec,
  repository: Repository,
  options: VersionOptions = {},
): Promise<TargetVersion> {
  await using watch = await watchVersion(spec, repository, options);
  return watch.before;
}

/**
 * The same, kept to be compared with the version after a run, so that a change in between is noticed and named.
 * @throws AppError `invalid_input` when its envFile is not there.
 */
export async function watchVersion(
  spec: TargetSpec,
  repository: Repository,
  options: VersionOptions = {},
): Promise<VersionWatch> {
  const files = await filesOf(spec, repository);
  const take = async (): Promise<TargetVersion> => ({
    configHash: configHash(spec),
    environmentHash: await environmentHash(spec, repository.root, options.host ?? process.env),
    ...(await files.take()),
  });
  try {
    const before = await take();
    return {
      before,
      async after() {
        const version = await take();
        return { version, changed: await files.changed(before.treeHash, version.treeHash) };
      },
      [Symbol.asyncDispose]: files.close,
    };
  } catch (error) {
    await files.close();
    throw error;
  }
}

/** In what two versions differ; unknown files count as different. Nothing: their runs are of one agent. */
export function versionDifferences(
  a: TargetVersion,
  b: TargetVersion,
): ("configuration" | "environment" | "files")[] {
  return [
    ...(a.configHash === b.configHash ? [] : (["configuration"] as const)),
    ...(a.environmentHash === b.environmentHash ? [] : (["environment"] as const)),
    ...(a.treeHash === b.treeHash && a.treeKind !== "unknown" ? [] : (["files"] as const)),
  ];
}

/** The name is for display. */
function configHash({ name: _, ...spec }: TargetSpec): string {
  const plain: Json = JSON.parse(JSON.stringify(spec));
  return hashOf(plain);
}

async function environmentHash(
  spec: TargetSpec,
  root: string,
  host: NodeJS.ProcessEnv,
): Promise<string | null> {
  if (spec.kind === "prompt" || spec.kind === "recorded") return null;
  const { variables } = await configuredVariables(spec, root, host);
  const open = Object.entries(variables).filter(([name]) => !SECRET.test(name));
  return open.length === 0 ? null : hashOf(Object.fromEntries(open));
}

async function filesOf(spec: TargetSpec, repository: Repository): Promise<Files> {
  if (spec.kind === "prompt" || spec.kind === "recorded") return NO_FILES;
  return repository.git ? gitFiles(repository) : plainFiles(repository.root, spec.link);
}

const NO_CHANGE: Changed = { paths: [], total: 0 };

const NO_FILES: Files = {
  take: () =>
    Promise.resolve({
      commit: null,
      treeHash: null,
      treeKind: "none",
      dirty: false,
      unhashed: [],
      note: null,
    }),
  changed: () => Promise.resolve(NO_CHANGE),
  close: () => Promise.resolve(),
};

async function gitFiles(repository: Repository): Promise<Files> {
  const hasher: TreeHasher = await openTreeHasher(repository);
  return {
    async take() {
      const { treeHash, unhashed, isPartial } = await hasher.take();
      const head = await headOf(repository);
      return {
        commit: head?.commit ?? null,
        treeHash,
        treeKind: "git",
        dirty: head?.tree !== treeHash || unhashed.length > 0,
        unhashed: [...unhashed],
        note: isPartial ? "Some files could not be read and are not in the tree." : null,
      };
    },
    changed: async (before, after) =>
      before === null || after === null ? NO_CHANGE : hasher.changed(before, after),
    close: async () => hasher[Symbol.asyncDispose](),
  };
}

function plainFiles(root: string, link: readonly string[]): Files {
  const taken: (FileHashes | null)[] = [];
  return {
    async take() {
      const files = await hashFiles(root, link);
      taken.push(files);
      return {
        commit: null,
        treeHash: files && hashOfFiles(files),
        treeKind: files ? "content" : "unknown",
        dirty: true,
        unhashed: [],
        note: files
          ? "There is no git here: the files are hashed by content."
          : "There is no git here, and over 5,000 files or 200 MiB: what changes is not noticed. Use git.",
      };
    },
    async changed() {
      const [before, after] = [taken[0], taken.at(-1)];
      if (!before || !after) return NO_CHANGE;
      const paths = changedFiles(before, after);
      return { paths: paths.slice(0, MAX_CHANGED), total: paths.length };
    },
    close: () => Promise.resolve(),
  };
}
