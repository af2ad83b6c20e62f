import { realpath } from "node:fs/promises";
import { dirname } from "node:path";
import { AppError, invalidInput } from "../../errors.ts";
import { resolveJudge } from "../../judges/resolve.ts";
import { isJsonObject, Json, type JsonObject } from "../../model/json.ts";
import { JudgeSpec } from "../../model/judge.ts";
import { findRepository } from "../../targets/repository.ts";
import { TESTS_FORMAT } from "../format.ts";
import { parseYaml } from "../yaml-document.ts";
import { yamlText } from "../yaml-writer.ts";
import { ASSERTION_TYPES, checksOf } from "./assertions.ts";
import { type Case, readCases } from "./cases.ts";
import { withRefs } from "./config-files.ts";
import { judgesOf } from "./judges.ts";
import { createNotes, type Note, type Notes } from "./notes.ts";
import { type PromptTargetFile, promptTargets } from "./prompts.ts";

/** A promptfoo configuration in our own words. */
export interface Converted {
  /** Text of a test file. */
  readonly text: string;
  readonly notes: readonly Note[];
  /** What may be written as target files. */
  readonly targets: readonly PromptTargetFile[];
}

const OF_PROMPTFOO = ["tests", "scenarios", "prompts", "providers", "targets", "defaultTest"];

/** Fields that say how promptfoo runs or shows, not what is tested. */
const ELSEWHERE = new Set([
  ...["description", "tests", "scenarios", "prompts", "providers", "targets", "defaultTest", "$schema"],
  ...["outputPath", "sharing", "commandLineOptions", "writeLatestResults", "assertionTemplates", "tags"],
]);

export const isPromptfoo = (value: unknown): boolean =>
  isJsonObject(value) && OF_PROMPTFOO.some((field) => Object.hasOwn(value, field));

const HEAD = [
  "Tests for Evalwright: evalwright eval FILE --target agent.yaml",
  "Converted from a promptfoo configuration; edit it as you like.",
];

const testOf = ({ vars, tags }: Case, expectations: JsonObject): JsonObject => ({
  inputs: vars,
  ...(Object.keys(expectations).length > 0 ? { expectations } : {}),
  ...(Object.keys(tags).length > 0 ? { tags } : {}),
});

/** The judges without those whose parameters their built-in refuses, such as a schema that is none. */
async function usable(judges: readonly JsonObject[], root: string, notes: Notes): Promise<JsonObject[]> {
  const kept: JsonObject[] = [];
  for (const judge of judges) {
    const spec = JudgeSpec.parse(judge);
    try {
      await resolveJudge(spec, { repositoryRoot: root, defaultModel: null, models: null });
      kept.push(judge);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      notes.add(`not mapped: judge ${spec.name} (${error.message.slice(0, 200)})`);
    }
  }
  return kept;
}

async function readConfig(text: string, what: string): Promise<JsonObject> {
  const yaml = await parseYaml(text, what, true);
  const value = Json.safeParse(yaml.value).data;
  if (value === undefined || !isJsonObject(value))
    throw invalidInput(`${what} holds what JSON cannot say`, "Infinity and NaN are no values here.");
  const whole = withRefs(value, value);
  return isJsonObject(whole) ? whole : {};
}

/**
 * A promptfoo configuration (promptfooconfig.yaml) as a test file: its tests with their variables, and their assertions
 * as judges. What has no counterpart is counted in the notes. Files that it refers to are read where they lie in its
 * repository; no program is run.
 * @param path absolute.
 * @param what how errors call it.
 * @param name of the dataset.
 * @throws AppError `invalid_input` when it is not readable or holds no test.
 */
export async function convertPromptfoo(
  text: string,
  path: string,
  what: string,
  name: string,
): Promise<Converted> {
  const config = await readConfig(text, what);
  const notes = createNotes();
  const folder = await realpath(dirname(path));
  const place = { root: (await findRepository(folder)).root, folder };
  for (const field of Object.keys(config))
    if (!ELSEWHERE.has(field)) notes.add(`field ${field.replaceAll(/[^\w$-]/g, "").slice(0, 40)}`);
  const cases = await readCases(config, { place, notes, types: ASSERTION_TYPES });
  if (cases.length === 0)
    throw invalidInput(
      `${what} holds no test that can be read here`,
      `Not read: ${
        notes
          .list()
          .map(({ what: one, count }) => `${count} × ${one}`)
          .join("; ") || "tests is empty"
      }.`,
    );
  const checks = [];
  for (const test of cases) checks.push(await checksOf(test, { place, notes }));
  const { judges: wanted, expectations } = judgesOf(checks, notes);
  const judges = await usable(wanted, place.root, notes);
  const targets = await promptTargets(config, place, notes);
  const description = config["description"];
  const file = {
    evalwright: TESTS_FORMAT,
    name,
    ...(typeof description === "string" && description !== ""
      ? { description: description.slice(0, 500) }
      : {}),
    ...(judges.length > 0 ? { judges: [...judges] } : {}),
    tests: cases.map((test, i) => testOf(test, expectations[i] ?? {})),
  };
  return {
    text: await yamlText(file, { head: HEAD, spaced: ["judges", "tests"] }),
    notes: notes.list(),
    targets,
  };
}
