import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, extname, relative, resolve, sep } from "node:path";
import { AppError } from "../../errors.ts";
import { isJsonObject, Json } from "../../model/json.ts";
import { placeInside } from "../../targets/repository.ts";
import { parseYaml } from "../yaml-document.ts";

const MAX_FILE_BYTES = 16 << 20;
const PROGRAMS = new Set([".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".py", ".rb", ".sh"]);
const DATA = new Set([".yaml", ".yml", ".json"]);

/** Where a configuration is: what it refers to is in the same repository. */
export interface ConfigPlace {
  /** Real path of the repository. */
  readonly root: string;
  /** Real path of the configuration's folder. */
  readonly folder: string;
}

/** What a `file://` names, without the name of a function behind it. */
export interface FileRef {
  readonly path: string;
  readonly function: string | undefined;
}

export function fileRef(text: Json | undefined): FileRef | undefined {
  if (typeof text !== "string" || !text.startsWith("file://")) return undefined;
  const [, path = "", name] = /^file:\/\/(.*?)(?::([A-Za-z_$][\w$]*))?$/s.exec(text) ?? [];
  return { path, function: name };
}

export const isProgram = ({ path }: FileRef): boolean => PROGRAMS.has(extname(path).toLowerCase());

/**
 * The text of a file of the repository.
 * @returns why it cannot be read, as `problem`.
 */
export async function readPlaced(
  place: ConfigPlace,
  path: string,
): Promise<{ readonly text: string; readonly path: string } | { readonly problem: string }> {
  try {
    const real = await placeInside(place.root, resolve(place.folder, path), "file");
    const { size } = await stat(real);
    if (size > MAX_FILE_BYTES) return { problem: "a file of more than 16 MiB" };
    return { text: (await readFile(real, "utf8")).replace(/^\uFEFF/, ""), path: real };
  } catch (error) {
    if (error instanceof AppError)
      return {
        problem: error.message.includes("outside")
          ? "a file outside the repository"
          : "a file that is missing",
      };
    return { problem: "a file that cannot be read" };
  }
}

/** The value of a file of data (YAML, JSON), or the text of another. */
export async function readData(
  place: ConfigPlace,
  path: string,
): Promise<{ readonly value: Json } | { readonly problem: string }> {
  const file = await readPlaced(place, path);
  if ("problem" in file) return file;
  if (!DATA.has(extname(path).toLowerCase())) return { value: file.text.trimEnd() };
  try {
    const { value } = await parseYaml(file.text, basename(path), true);
    const data = Json.safeParse(value).data;
    return data === undefined ? { problem: "a file that is no data" } : { value: data };
  } catch {
    return { problem: "a file that is not valid YAML" };
  }
}

/** The paths that a pattern with `*` in its last part names, in order; a path without one names itself. */
export async function expandPattern(place: ConfigPlace, pattern: string): Promise<readonly string[]> {
  const name = basename(pattern);
  if (!name.includes("*") || dirname(pattern).includes("*")) return [pattern];
  const matches = new RegExp(`^${name.split("*").map(escaped).join("[^/]*")}$`);
  const names = await readdir(resolve(place.folder, dirname(pattern))).catch(() => []);
  return names
    .filter((one) => matches.test(one))
    .sort()
    .map((one) => `${dirname(pattern)}/${one}`);
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");

/** A path as judges and targets name it: from the root of the repository, with "/". */
export const fromRoot = ({ root }: ConfigPlace, path: string): string =>
  relative(root, path).split(sep).join("/");

/** The value with each `{$ref: "#/a/b"}` replaced by what it names; one that names nothing stays. */
export function withRefs(value: Json, whole: Json, depth = 0): Json {
  if (depth > 50) return value;
  if (Array.isArray(value)) return value.map((inner) => withRefs(inner, whole, depth + 1));
  if (!isJsonObject(value)) return value;
  const ref = value["$ref"];
  if (typeof ref === "string" && ref.startsWith("#/")) {
    const found = ref
      .slice(2)
      .split("/")
      .reduce<Json | undefined>((at, step) => (isJsonObject(at) ? at[step] : undefined), whole);
    if (found !== undefined) return withRefs(found, whole, depth + 1);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, withRefs(inner, whole, depth + 1)]),
  );
}
