import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** What programs make for themselves, and the history. */
const GENERATED = new Set([
  ".git",
  "node_modules",
  ".venv",
  "venv",
  "__pycache__",
  ".mypy_cache",
  ".pytest_cache",
  ".ruff_cache",
]);

/**
 * The files and symbolic links below a folder, relative, with "/", in no order; for folders without git. Folders of
 * dependencies and caches are left out.
 */
export async function* walkFiles(root: string, skip: readonly string[], below = ""): AsyncGenerator<string> {
  for (const entry of await readdir(join(root, below), { withFileTypes: true })) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isFile() || entry.isSymbolicLink()) yield path;
    else if (entry.isDirectory() && !GENERATED.has(entry.name) && !skip.includes(path))
      yield* walkFiles(root, skip, path);
  }
}
