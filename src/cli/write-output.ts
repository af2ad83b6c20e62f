import { access, constants, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { AppError, invalidInput } from "../errors.ts";

const WHY: Readonly<Record<string, string>> = {
  ENOENT: "its folder does not exist",
  ENOTDIR: "what should be its folder is a file",
  EISDIR: "it is a folder",
  EACCES: "no permission to write there",
  EPERM: "no permission to write there",
  EROFS: "that place is read-only",
  ENOSPC: "the disk is full",
};

function cannotWrite(path: string, cause: unknown): AppError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return new AppError(
    "invalid_input",
    `${path.slice(0, 200)} cannot be written: ${WHY[code] ?? "the system refused"}`,
    {
      hint: "Name a file in a folder that exists and that you may write to.",
      cause,
    },
  );
}

/**
 * Writes a file that the user named.
 * @throws AppError `invalid_input` that says why it cannot be written.
 */
export async function writeOutput(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
}

/**
 * The same, before work whose result would be lost: the files themselves are not touched.
 * @throws AppError `invalid_input` for the first that could not be written.
 */
export async function checkOutputs(paths: readonly (string | undefined)[]): Promise<void> {
  for (const path of paths) {
    if (path === undefined) continue;
    const found = await stat(path).catch(() => null);
    if (found?.isDirectory()) throw invalidInput(`${path.slice(0, 200)} cannot be written: it is a folder`);
    await access(found ? path : dirname(path), constants.W_OK).catch((cause: unknown) => {
      throw cannotWrite(path, cause);
    });
  }
}
