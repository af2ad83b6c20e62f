import { basename, dirname, extname, resolve } from "node:path";
import { isJsonObject } from "../model/json.ts";
import type { Converted } from "./promptfoo/convert.ts";
import { fileText, type ReadTests, readTests } from "./read.ts";
import { parseYaml } from "./yaml-document.ts";

export interface LoadedTests extends ReadTests {
  /** The dataset's name: the file's own, else made of the name of the file. */
  readonly name: string;
  readonly text: string;
  /** Where it was written for promptfoo: what of it has no counterpart here, and its prompts as targets. */
  readonly converted: Converted | undefined;
}

const OURS = /^(?:\s*\{\s*)?"?evalwright"?\s*:/m;

/** Of a promptfooconfig.yaml, which all are called so, the folder's name. */
function nameFrom(path: string): string {
  const own = basename(path, extname(path));
  const name = (own === "promptfooconfig" ? basename(dirname(path)) : own)
    .toLowerCase()
    .replaceAll(/[^a-z0-9_.-]+/g, "-")
    .replaceAll(/^[^a-z0-9]+|-+$/g, "")
    .slice(0, 80);
  return name === "" ? "tests" : name;
}

/** The text of a file in our own format, and what was converted into it. */
async function converted(text: string, path: string, what: string) {
  if (OURS.test(text)) return { text, from: undefined };
  const { value } = await parseYaml(text, what, true);
  if (!isJsonObject(value) || value["evalwright"] !== undefined) return { text, from: undefined };
  const { convertPromptfoo, isPromptfoo } = await import("./promptfoo/convert.ts");
  if (!isPromptfoo(value)) return { text, from: undefined };
  const from = await convertPromptfoo(text, path, what, nameFrom(path));
  return { text: from.text, from };
}

/**
 * The tests of a file, in our own format or promptfoo's; which one it is shows in its content.
 * @param path absolute, or relative to `folder`.
 * @throws AppError `invalid_input` with the line, what is wrong there and what is allowed.
 */
export async function loadTests(path: string, folder: string): Promise<LoadedTests> {
  const what = path.slice(-200);
  const absolute = resolve(folder, path);
  const { text, from } = await converted(await fileText(absolute, what), absolute, what);
  const read = await readTests(text, from ? `${what} as a test file` : what);
  return { ...read, name: read.file.name ?? nameFrom(absolute), text, converted: from };
}
