import { basename, extname, resolve } from "node:path";
import { fileText, type ReadTests, readTests } from "./read.ts";

export interface LoadedTests extends ReadTests {
  /** The dataset's name: the file's own, else made of the name of the file. */
  readonly name: string;
}

function nameFrom(path: string): string {
  const name = basename(path, extname(path))
    .toLowerCase()
    .replaceAll(/[^a-z0-9_.-]+/g, "-")
    .replaceAll(/^[^a-z0-9]+|-+$/g, "")
    .slice(0, 80);
  return name === "" ? "tests" : name;
}

/**
 * The tests of a file.
 * @param path absolute, or relative to `folder`.
 * @throws AppError `invalid_input` with the line, what is wrong there and what is allowed.
 */
export async function loadTests(path: string, folder: string): Promise<LoadedTests> {
  const what = path.slice(-200);
  const read = await readTests(await fileText(resolve(folder, path), what), what);
  return { ...read, name: read.file.name ?? nameFrom(path) };
}
