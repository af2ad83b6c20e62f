import { dirname, extname, join } from "node:path";
import type { JsonObject } from "../../model/json.ts";
import type { Check } from "./checks.ts";
import { type ConfigPlace, fileRef, fromRoot, isProgram, readPlaced } from "./config-files.ts";
import { asNumber, asText, slug } from "./fields.ts";

const ADAPTERS: Readonly<Record<string, string>> = {
  javascript: "promptfoo_assert.mjs",
  python: "promptfoo_assert.py",
};

/** A function in a file of the repository, run by an adapter that lies beside it or beside the configuration. */
export async function programCheck(
  raw: JsonObject,
  type: string,
  place: ConfigPlace,
): Promise<Check | string> {
  const value = asText(raw["value"]) ?? "";
  const ref =
    fileRef(value) ?? (/\.(?:[cm]?[jt]s|py)(?::\w+)?$/.test(value) ? fileRef(`file://${value}`) : undefined);
  if (!ref || !isProgram(ref)) return "written in the configuration: put it into a file of the repository";
  const adapter = ADAPTERS[type] ?? "";
  const file = await readPlaced(place, ref.path);
  if ("problem" in file) return `in ${file.problem}`;
  for (const folder of [dirname(file.path), place.folder]) {
    const found = await readPlaced(place, join(folder, adapter));
    if ("problem" in found) continue;
    const name = ref.function === undefined ? {} : { function: ref.function };
    return {
      stem:
        slug(
          `${ref.path.split("/").at(-1)?.replace(extname(ref.path), "") ?? type}${ref.function ? `_${ref.function}` : ""}`,
        ) || type,
      builtin: "command",
      params: {
        program: fromRoot(place, found.path),
        settings: {
          file: fromRoot(place, file.path),
          ...name,
          ...(raw["config"] === undefined ? {} : { config: raw["config"] }),
        },
      },
      ...(asNumber(raw["threshold"]) === undefined ? {} : { threshold: asNumber(raw["threshold"]) ?? 0 }),
    };
  }
  return `in a file: copy examples/judges/${adapter} of Evalwright beside the configuration, and repeat`;
}
