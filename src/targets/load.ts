import { readFile, stat } from "node:fs/promises";
import { relative, sep } from "node:path";
import { invalidInput } from "../errors.ts";
import type { TargetSpec } from "../model/target.ts";
import { parseTarget } from "./parse.ts";
import { placeInside, type Repository } from "./repository.ts";

const MAX_FILE_BYTES = 1_048_576;

const MISSING =
  "Paths are relative to the root of the repository; the resource evalwright://guide/target-file says how to write one.";

export interface LoadedTarget {
  readonly spec: TargetSpec;
  /** Of the file, relative to the root of the repository, with "/". */
  readonly path: string;
}

/**
 * Reads a target file. Its real path must be inside the repository: whatever executes is under the user's version
 * control, never handed in.
 * @param path absolute, or relative to the root of the repository.
 * @throws AppError `invalid_input`: not there, outside, no file, over 1 MiB, or not valid.
 */
export async function loadTarget(path: string, repository: Repository): Promise<LoadedTarget> {
  const real = await placeInside(repository.root, path, "target file", MISSING);
  const { size, isFile } = await stat(real).then((s) => ({ size: s.size, isFile: s.isFile() }));
  if (!isFile) throw invalidInput("The target is not a file", "Name a JSON or YAML file of the repository.");
  if (size > MAX_FILE_BYTES) {
    throw invalidInput(`The target file has ${size} bytes`, `At most ${MAX_FILE_BYTES} are read.`);
  }
  const spec = await parseTarget(await readFile(real, "utf8"));
  return { spec, path: relative(repository.root, real).split(sep).join("/") };
}
