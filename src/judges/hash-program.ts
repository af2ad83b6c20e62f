import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { invalidInput } from "../errors.ts";
import { placeInside } from "../targets/repository.ts";

const MAX_BYTES = 5_000_000;

/**
 * SHA-256 (hex) of a program that a judge names by its path in the repository. What the program itself loads is not
 * in it.
 * @throws AppError `invalid_input` when it is no file of the repository, symbolic links followed.
 */
export async function hashProgram(root: string | null, program: string): Promise<string> {
  if (root === null)
    throw invalidInput(
      "A command judge needs a repository, and none is known here",
      "Start Evalwright in the repository that holds the program.",
    );
  const path = await placeInside(root, program, "judge's program");
  const file = await stat(path);
  if (!file.isFile()) throw invalidInput(`"${program}" is no file`, "Name the program itself.");
  if (file.size > MAX_BYTES)
    throw invalidInput(`"${program}" is larger than 5 MB`, "Name a small script that starts it.");
  return createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
}
