import { readFile, stat } from "node:fs/promises";
import { invalidInput } from "../errors.ts";
import { isJsonObject } from "../model/json.ts";
import { fieldsAt, TESTS_FORMAT, TestFile } from "./format.ts";
import { parseYaml, schemaError, type YamlText } from "./yaml-document.ts";

const MAX_FILE_BYTES = 64 << 20;

export interface ReadTests {
  readonly file: TestFile;
  readonly yaml: YamlText;
}

/**
 * The text of a file that the user named.
 * @throws AppError `invalid_input` when it is missing, no file or over 64 MiB.
 */
export async function fileText(path: string, shown: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile())
    throw invalidInput(`${shown} does not exist or is no file`, "Give the path of a YAML or JSON file.");
  if (found.size > MAX_FILE_BYTES)
    throw invalidInput(`${shown} has ${found.size} bytes`, `At most ${MAX_FILE_BYTES} are read.`);
  return readFile(path, "utf8");
}

/**
 * The tests of a text in the format of docs/test-files.md.
 * @param what how errors call it.
 * @throws AppError `invalid_input` with the line, what is wrong there and what is allowed.
 */
export async function readTests(text: string, what: string): Promise<ReadTests> {
  const yaml = await parseYaml(text, what);
  if (!isJsonObject(yaml.value) || yaml.value["evalwright"] === undefined)
    throw invalidInput(
      `${what} is no file of tests`,
      `It begins with "evalwright: ${TESTS_FORMAT}"; evalwright export-tests DATASET writes one.`,
    );
  const parsed = TestFile.safeParse(yaml.value);
  if (!parsed.success) throw schemaError(yaml, parsed.error.issues, fieldsAt);
  return { file: parsed.data, yaml };
}
