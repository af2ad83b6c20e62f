import { z } from "zod";

/** A file that is not in a tree's hash: too large to hash, or a repository of its own. */
export const UnhashedPath = z.object({ path: z.string(), bytes: z.number().int().nullable() });
export type UnhashedPath = z.infer<typeof UnhashedPath>;

/** What fixes how an agent behaves, as far as it can be seen from outside. */
export const TargetVersion = z.object({
  /** SHA-256 of the target's specification. */
  configHash: z.string(),
  /** SHA-256 of the variables that it asks for, keys and passwords left out; null when it asks for none. */
  environmentHash: z.string().nullable(),
  /** The commit that is checked out; null without git or without a commit. */
  commit: z.string().nullable(),
  /** Of all files, uncommitted and untracked ones with them; null for `none` and `unknown`. */
  treeHash: z.string().nullable(),
  /** `git`: git's tree. `content`: our hash of the files, without git. `none`: no files have a part in it. */
  treeKind: z.enum(["git", "content", "none", "unknown"]),
  /** The files are not those of the commit. */
  dirty: z.boolean(),
  /** Paths are text of the repository: show them as untrusted. */
  unhashed: z.array(UnhashedPath),
  /** What the hashes do not say, in words of ours; null when there is nothing to say. */
  note: z.string().nullable(),
});
export type TargetVersion = z.infer<typeof TargetVersion>;
