import type { ErrorObject, ValidateFunction } from "ajv";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import { canonicalJson } from "../../canonical.ts";
import { invalidInput } from "../../errors.ts";
import { isJsonObject, Json, type JsonObject } from "../../model/json.ts";
import { codeJudge, decided, unscored } from "../code-judge.ts";
import { jsonValuesIn, parsedJson, unfenced } from "../json-path.ts";
import { expectedValue, judgedValue, subjectParams } from "../subject.ts";
import { withinMs } from "../time-limit.ts";

const LIMIT_MS = 5_000;
const SHOWN_ERRORS = 3;
const OLD_DRAFT = /json-schema\.org\/draft-0[4-7]/;

const KEPT_SCHEMAS = 50;
const compiled = new LRUCache<string, ValidateFunction>({ max: KEPT_SCHEMAS });

/**
 * The schema's check, by Ajv in strict mode: a misspelt keyword or format is an error, not a rule that holds always.
 * JSON Schema 2020-12 unless `$schema` names draft 7 or older.
 * @throws Error that says what is wrong with the schema.
 */
export async function compileSchema(schema: JsonObject): Promise<ValidateFunction> {
  const key = canonicalJson(schema);
  const known = compiled.get(key);
  if (known) return known;
  // Their default exports alone: a bundle has no others of CommonJS packages that are loaded late.
  const [{ default: newer }, { default: older }, { default: formats }] = await Promise.all([
    import("ajv/dist/2020.js"),
    import("ajv"),
    import("ajv-formats"),
  ]);
  const options = {
    allErrors: true,
    strict: true,
    strictTypes: false,
    strictTuples: false,
    // Properties that are required and described elsewhere, or not at all, are ordinary.
    strictRequired: false,
  } as const;
  const draft = schema["$schema"];
  const ajv =
    typeof draft === "string" && OLD_DRAFT.test(draft) ? new older.Ajv(options) : new newer.Ajv2020(options);
  formats.default(ajv);
  const { $schema: _, ...rest } = schema;
  const check = withinMs(LIMIT_MS, () => ajv.compile(rest));
  compiled.set(key, check);
  return check;
}

async function checkSchema(schema: JsonObject): Promise<void> {
  try {
    await compileSchema(schema);
  } catch (error) {
    const why = error instanceof Error ? error.message.slice(0, 300) : "it does not compile";
    throw invalidInput(
      `"schema" is no JSON Schema that can be used: ${why}`,
      "Correct the schema; references may only point into it.",
    );
  }
}

const describe = (error: ErrorObject): string =>
  `${error.instancePath === "" ? "the output" : error.instancePath} ${error.message ?? error.keyword}`;

/** 1 when the output is JSON that the schema allows. */
export const jsonSchema = codeJudge({
  name: "json_schema",
  summary: "The output is JSON that a JSON Schema allows.",
  revision: 1,
  level: "trace",
  needs: ["output"],
  goal: "higher",
  bounded: true,
  threshold: 1,
  params: z.strictObject({
    ...subjectParams,
    /** Instead of the example's own expectation. */
    schema: z.record(z.string(), Json).optional(),
    /** Which expectation of the example holds the schema. */
    expectation: z.string().min(1).max(80).default("schema"),
    allowFence: z.boolean().default(false),
    /** JSON somewhere in the text that the schema allows, an object or a list, is enough. */
    anywhere: z.boolean().optional(),
  }),
  otherNames: {
    deepeval: "JsonCorrectnessMetric",
    promptfoo: "is-json with a schema, contains-json with a schema",
    autoevals: "ValidJSON with a schema",
  },
  async prepare({ schema }) {
    if (schema) await checkSchema(schema);
    return null;
  },
  async judge(item, params) {
    const schema = expectedValue(item, { expected: params.schema, expectation: params.expectation });
    if (!isJsonObject(schema))
      return unscored("expectation_missing", `no JSON Schema in expectation "${params.expectation}"`);
    const check = await compileSchema(schema);
    const { output } = item;
    if (params.anywhere && params.field === undefined && typeof output === "string") {
      const values = withinMs(LIMIT_MS, () => jsonValuesIn(output));
      const allowed = withinMs(LIMIT_MS, () => values.filter((value) => check(value)));
      return decided(allowed.length > 0, `${allowed.length} of ${values.length} JSON values are allowed`);
    }
    const found = judgedValue(item, params.field);
    const value =
      params.field === undefined && typeof found === "string"
        ? parsedJson(params.allowFence ? unfenced(found) : found)
        : found;
    if (value === undefined)
      return decided(
        false,
        params.field === undefined ? "does not parse as JSON" : `no field ${params.field}`,
      );
    const isAllowed = withinMs(LIMIT_MS, () => check(value));
    const errors = (check.errors ?? []).slice(0, SHOWN_ERRORS).map(describe);
    const more = (check.errors?.length ?? 0) - errors.length;
    return decided(
      isAllowed,
      isAllowed ? "allowed by the schema" : `${errors.join("; ")}${more > 0 ? `; ${more} more` : ""}`,
    );
  },
});
