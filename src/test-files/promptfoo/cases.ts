import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import { type CaseReading, rawCases } from "./case-files.ts";
import { fileRef, isProgram, readData } from "./config-files.ts";
import { asList, asObject, asText } from "./fields.ts";
import type { Notes } from "./notes.ts";
import { filled, isTemplate } from "./templates.ts";

/** One test: its variables filled in, and its assertions with those that every test has. */
export interface Case {
  readonly vars: JsonObject;
  readonly asserts: readonly JsonObject[];
  readonly options: JsonObject;
  readonly tags: Readonly<Record<string, string>>;
}

const MAX_CASES = 50_000;

/** A variable's value: of a file its content; undefined where a program or another format gives it. */
async function variableOf(reading: CaseReading, value: Json): Promise<Json | undefined> {
  const ref = fileRef(value);
  if (!ref) return value;
  if (isProgram(ref) || /\.(?:pdf|png|jpe?g|gif|webp|mp[34]|wav|xlsx?)$/i.test(ref.path)) return undefined;
  const data = await readData(reading.place, ref.path);
  return "problem" in data ? undefined : data.value;
}

/** Each combination of the variables that are lists. */
function combinations(vars: JsonObject): JsonObject[] {
  return Object.entries(vars).reduce<JsonObject[]>(
    (all, [name, value]) =>
      (Array.isArray(value) ? value : [value]).flatMap((one) =>
        all.slice(0, MAX_CASES).map((before) => ({ ...before, [name]: one })),
      ),
    [{}],
  );
}

/** Variables that name others are filled in; what needs more of Nunjucks stays as it stands. */
function composed(vars: JsonObject, notes: Notes): JsonObject {
  return Object.fromEntries(
    Object.entries(vars).map(([name, value]) => {
      if (typeof value !== "string" || !isTemplate(value)) return [name, value];
      const text = filled(value, vars);
      if (text === null) notes.add("variables whose Nunjucks is kept as text");
      return [name, text ?? value];
    }),
  );
}

const tagText = (value: Json): string => asText(value) ?? JSON.stringify(value);

async function casesOf(raw: JsonObject, base: JsonObject, reading: CaseReading): Promise<Case[]> {
  const { notes } = reading;
  const given =
    typeof raw["vars"] === "string"
      ? await variableOf(reading, `file://${raw["vars"].replace(/^file:\/\//, "")}`)
      : raw["vars"];
  const merged = { ...asObject(base["vars"]), ...asObject(given ?? undefined) };
  const vars: JsonObject = {};
  for (const [name, value] of Object.entries(merged)) {
    const known = await variableOf(reading, value);
    if (known === undefined) {
      notes.add("tests whose variable a program, a picture or a missing file gives");
      return [];
    }
    vars[name] = known;
  }
  const options = { ...asObject(base["options"]), ...asObject(raw["options"]) };
  const inherited = options["disableDefaultAsserts"] === true ? [] : asList(base["assert"]);
  const asserts = [...inherited, ...asList(raw["assert"])].filter(isJsonObject);
  const metadata = { ...asObject(base["metadata"]), ...asObject(raw["metadata"]) };
  const tags = Object.fromEntries([
    ...(typeof raw["description"] === "string" ? [["description", raw["description"]] as const] : []),
    ...Object.entries(metadata).map(([key, value]) => [key, tagText(value)] as const),
  ]);
  if (asNumberIn(raw, base)) notes.add("threshold of a test: each judge counts by itself");
  for (const field of ["provider", "providers", "providerOutput", "prompts"])
    if (raw[field] !== undefined) notes.add(`${field} of a test`);
  const spread = options["disableVarExpansion"] === true ? [vars] : combinations(vars);
  return spread.map((one) => ({ vars: composed(one, notes), asserts, options, tags }));
}

const asNumberIn = (raw: JsonObject, base: JsonObject): boolean =>
  typeof (raw["threshold"] ?? base["threshold"]) === "number";

/** A scenario: each of its configurations with each of its tests. */
async function scenarioCases(scenario: JsonObject, base: JsonObject, reading: CaseReading): Promise<Case[]> {
  const cases: Case[] = [];
  for (const config of await rawCases(reading, scenario["config"]))
    for (const test of await rawCases(reading, scenario["tests"])) {
      const joined = {
        ...base,
        vars: { ...asObject(base["vars"]), ...asObject(config["vars"]) },
        assert: [...asList(base["assert"]), ...asList(config["assert"])],
        metadata: { ...asObject(base["metadata"]), ...asObject(config["metadata"]) },
      };
      cases.push(...(await casesOf(test, joined, reading)));
    }
  return cases;
}

/** All tests of a configuration, those of files and scenarios included. */
export async function readCases(config: JsonObject, reading: CaseReading): Promise<readonly Case[]> {
  const stated = fileRef(config["defaultTest"]);
  const read = stated ? await readData(reading.place, stated.path) : { value: config["defaultTest"] ?? null };
  if ("problem" in read) reading.notes.add(`defaultTest in ${read.problem}`);
  const base = "problem" in read ? {} : asObject(read.value);
  const cases: Case[] = [];
  for (const raw of await rawCases(reading, config["tests"]))
    cases.push(...(await casesOf(raw, base, reading)));
  for (const scenario of asList(config["scenarios"]))
    if (isJsonObject(scenario)) cases.push(...(await scenarioCases(scenario, base, reading)));
    else reading.notes.add("scenarios in files");
  return cases;
}
