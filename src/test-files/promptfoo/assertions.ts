import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { Case } from "./cases.ts";
import type { Assertion, Check, Mappers } from "./checks.ts";
import { type ConfigPlace, fileRef, isProgram, readData } from "./config-files.ts";
import { asNumber, asObject, asText } from "./fields.ts";
import { DIFFERENCES, modelChecks } from "./model-checks.ts";
import type { Notes } from "./notes.ts";
import { programCheck } from "./program-checks.ts";
import { filledValue, transformPath } from "./templates.ts";
import { textChecks } from "./text-checks.ts";
import { toolChecks } from "./tool-checks.ts";

const MAPPERS: Mappers = { ...textChecks, ...modelChecks, ...toolChecks };

const WITHOUT: Readonly<Record<string, string>> = {
  similar: "needs embeddings",
  classifier: "needs a classifier",
  webhook: "sends answers to a server",
  "select-best": "compare_evaluations with the judge preference compares two answers",
  "max-score": "compares outputs of several providers",
  perplexity: "needs log probabilities",
  "perplexity-score": "needs log probabilities",
  ruby: "write a program for the judge command",
};

/** Types that are known, mapped or not: `contains: x` of a CSV cell is one, `note: x` is a text. */
export const ASSERTION_TYPES: ReadonlySet<string> = new Set([
  ...Object.keys(MAPPERS),
  ...Object.keys(WITHOUT),
  ...[
    "javascript",
    "python",
    "guardrails",
    "pi",
    "is-sql",
    "contains-sql",
    "is-xml",
    "contains-xml",
    "is-html",
  ],
  ...["contains-html", "gleu", "meteor", "finish-reason", "skill-used", "is-valid-function-call"],
  ...[
    "is-valid-openai-function-call",
    "is-valid-openai-tools-call",
    "trace-span-count",
    "trace-span-duration",
  ],
]);

/** Judges that can look at a part of a JSON answer. */
const WITH_FIELD = new Set([
  ...["exact_match", "contains", "regex", "string_distance", "rouge", "bleu"],
  ...["json_schema", "length", "no_refusal"],
]);

/** A check with the name that its author gave it. */
export interface NamedCheck extends Check {
  readonly metric: string | undefined;
}

interface Reading {
  readonly place: ConfigPlace;
  readonly notes: Notes;
}

/** What the assertion expects, files read and variables filled in; a text says why it cannot be had. */
async function expectedOf(
  raw: JsonObject,
  vars: JsonObject,
  { place }: Reading,
): Promise<{ value: Json | undefined } | string> {
  const given = raw["value"];
  const ref = fileRef(given);
  if (ref && isProgram(ref)) return "whose value a program gives";
  if (ref) {
    const data = await readData(place, ref.path);
    return "problem" in data ? `whose value is in ${data.problem}` : { value: data.value };
  }
  if (given === undefined) return { value: undefined };
  const value = filledValue(given, vars);
  return value === undefined
    ? "whose value needs more of Nunjucks than {{variables}} that every test has"
    : { value };
}

/** The path that the transforms of provider, test and assertion take of the output; null: they compute. */
function fieldOf(raw: JsonObject, { options }: Case): string | null {
  const paths = [options["transform"] ?? options["postprocess"], raw["transform"]].flatMap((code) =>
    code === undefined || code === null ? [] : [typeof code === "string" ? transformPath(code) : null],
  );
  if (paths.includes(null)) return null;
  const stated = paths.flatMap((path) => (path ? [path] : []));
  return stated.join(".").replaceAll(".[", "[");
}

function withField(check: Check, field: string): Check | string {
  if (field === "") return check;
  if (!WITH_FIELD.has(check.builtin)) return "of a part of the output that the judge here cannot take";
  return { ...check, params: { ...check.params, field } };
}

async function checkOf(raw: JsonObject, test: Case, reading: Reading): Promise<Check | string> {
  const full = asText(raw["type"]) ?? "";
  const negated = full.startsWith("not-");
  const type = negated ? full.slice(4) : full;
  const field = fieldOf(raw, test);
  if (field === null) return "after a transform that computes";
  if (type === "javascript" || type === "python") {
    const check = await programCheck(raw, type, reading.place);
    if (typeof check === "string") return check;
    if (field !== "") return "after a transform";
    return negated ? { ...check, stem: `not_${check.stem}`, negate: true } : check;
  }
  const mapper = Object.hasOwn(MAPPERS, type) ? MAPPERS[type] : undefined;
  if (!mapper) return WITHOUT[type] ?? "no judge here asks it";
  const expected = await expectedOf(raw, test.vars, reading);
  if (typeof expected === "string") return expected;
  const threshold = asNumber(raw["threshold"]);
  const hasContextTransform = raw["contextTransform"] !== undefined;
  const assertion: Assertion = {
    type,
    negated,
    value: expected.value,
    threshold,
    vars: test.vars,
    hasContextTransform,
  };
  const mapped = mapper(assertion);
  if ("problem" in mapped) return mapped.problem;
  const difference = DIFFERENCES[type];
  if (difference) reading.notes.add(difference);
  return withField(mapped, field);
}

/** What is said beside the assertion itself and has no place here. */
function noteFields(raw: JsonObject, { notes }: Reading): void {
  const weight = asNumber(raw["weight"]);
  if (weight !== undefined && weight !== 1) notes.add("weight of an assertion: each judge counts by itself");
  if (raw["provider"] !== undefined) notes.add("provider of an assertion: models.yaml names who judges");
  if (raw["rubricPrompt"] !== undefined) notes.add("rubricPrompt: judges have rubrics of their own");
}

const known = (type: string): string => (/^[a-z0-9:_-]{1,60}$/.test(type) ? type : "of an unknown type");

/** The checks of one test, in order. What has none is noted with its type and why. */
export async function checksOf(test: Case, reading: Reading): Promise<readonly NamedCheck[]> {
  const checks: NamedCheck[] = [];
  const take = async (raw: JsonObject, metric: string | undefined): Promise<void> => {
    const type = asText(raw["type"]) ?? "";
    if (type === "assert-set") {
      const inner = Array.isArray(raw["assert"]) ? raw["assert"].filter(isJsonObject) : [];
      if (raw["threshold"] !== undefined)
        reading.notes.add("not mapped: assert-set of which some may fail", inner.length);
      else for (const one of inner) await take(one, asText(one["metric"]) ?? asText(raw["metric"]) ?? metric);
      return;
    }
    noteFields(raw, reading);
    const check = await checkOf(raw, test, reading);
    if (typeof check === "string") reading.notes.add(`not mapped: ${known(type)} (${check})`);
    else checks.push({ ...check, metric: asText(raw["metric"]) ?? metric });
  };
  for (const raw of test.asserts) await take(raw, undefined);
  for (const name of ["prefix", "suffix"])
    if (asText(asObject(test.options)[name])) reading.notes.add(`options.${name}: put it into the prompt`);
  return checks;
}
