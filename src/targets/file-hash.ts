import { createHash } from "node:crypto";
import { lstat, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { hashOf } from "../canonical.ts";
import { walkFiles } from "./walk-files.ts";

const MAX_FILES = 5_000;
const MAX_BYTES = 209_715_200;

/** SHA-256 by path. */
export type FileHashes = ReadonlyMap<string, string>;

/** The files of a folder without git by content; null when there are over 5,000 or over 200 MiB. */
export async function hashFiles(root: string, skip: readonly string[]): Promise<FileHashes | null> {
  const hashes = new Map<string, string>();
  let bytes = 0;
  for await (const path of walkFiles(root, skip)) {
    const stats = await lstat(join(root, path)).catch(() => null);
    if (!stats) continue; // gone meanwhile
    bytes += stats.size;
    if (hashes.size >= MAX_FILES || bytes > MAX_BYTES) return null;
    const content = stats.isSymbolicLink()
      ? await readlink(join(root, path))
      : await readFile(join(root, path));
    hashes.set(path, createHash("sha256").update(content).digest("hex"));
  }
  return hashes;
}

export const hashOfFiles = (files: FileHashes): string => hashOf(Object.fromEntries(files));

/** Paths that are in only one of two folders, or differ. */
export const changedFiles = (before: FileHashes, after: FileHashes): string[] =>
  [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.get(path) !== after.get(path))
    .sort();
