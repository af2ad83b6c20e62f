import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describeFailure, inspectPath } from "./open-file.ts";

export type Found =
  | { readonly kind: "file"; readonly path: string; readonly bytes: number; readonly modifiedUs: number }
  | { readonly kind: "problem"; readonly path: string; readonly problem: string }
  | { readonly kind: "hidden"; readonly path: string };

const MAX_DEPTH = 40;

/** Files at and under the paths, sorted by name within each folder. Links within folders are not followed. */
export async function* walk(paths: readonly string[]): AsyncGenerator<Found> {
  for (const path of paths) {
    const found = await inspectPath(path);
    if (found.kind === "folder") yield* walkFolder(path, 0);
    else yield { ...found, path };
  }
}

async function* walkFolder(folder: string, depth: number): AsyncGenerator<Found> {
  if (depth > MAX_DEPTH) {
    yield { kind: "problem", path: folder, problem: "nested more than 40 folders deep" };
    return;
  }
  let entries: { name: string; isDirectory(): boolean; isFile(): boolean }[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    yield { kind: "problem", path: folder, problem: describeFailure(cause) };
    return;
  }
  entries.sort((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith(".")) yield { kind: "hidden", path };
    else if (entry.isDirectory()) yield* walkFolder(path, depth + 1);
    else if (entry.isFile()) {
      const found = await inspectPath(path);
      if (found.kind !== "folder") yield { ...found, path };
    } else yield { kind: "problem", path, problem: "a link, socket, pipe or device within a folder" };
  }
}
