import { z } from "zod";
import { invalidInput } from "../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import type { AnswerSchema } from "./llm.ts";

type Check = (value: Json) => boolean;

const checks = new WeakMap<JsonObject, Check>();

/**
 * Decides whether a value is what the caller asked for: by the caller's own `accepts`, else by the schema as zod reads
 * it (`z.fromJSONSchema`; a schema object is read once).
 * @throws AppError `invalid_input` for a schema with keywords that zod does not know: give `accepts`
 */
export function answerCheck({ schema, accepts }: AnswerSchema): Check {
  if (accepts) return accepts;
  const known = checks.get(schema);
  if (known) return known;
  let parser: z.ZodType;
  try {
    parser = z.fromJSONSchema(schema);
  } catch {
    throw invalidInput(
      "The answer's JSON schema uses a keyword that cannot be checked",
      "Leave out if/then/else, dependent* and unknown types.",
    );
  }
  const check: Check = (value) => parser.safeParse(value).success;
  checks.set(schema, check);
  return check;
}

/** Whether a provider can hold a model to it: every object is closed and requires all its properties (OpenAI's strict mode). */
export function isStrictSchema(schema: Json): boolean {
  if (Array.isArray(schema)) return schema.every(isStrictSchema);
  if (!isJsonObject(schema)) return true;
  const { properties, required } = schema;
  if (isJsonObject(properties)) {
    const needed = Array.isArray(required) ? required : [];
    if (schema["additionalProperties"] !== false) return false;
    if (!Object.keys(properties).every((name) => needed.includes(name))) return false;
    if (!Object.values(properties).every(isStrictSchema)) return false;
  } else if (schema["type"] === "object") return false;
  return ["items", "anyOf", "$defs", "definitions"].every((keyword) => {
    const inner = schema[keyword];
    if (inner === undefined) return true;
    return isStrictSchema(isJsonObject(inner) && keyword !== "items" ? Object.values(inner) : inner);
  });
}

/** Longest text in which an object is looked for; verdicts are far shorter. */
const MAX_CHARS = 200_000;
/** Most objects that are tried, from the end. */
const MAX_TRIES = 50;

/**
 * The last value in a model's text that will do: the whole text, else a fenced block, else the last balanced object.
 * Undefined when there is none. What a reasoning model wrote inside <think> is not looked at.
 */
export function findJson(text: string, check: Check): Json | undefined {
  const whole = acceptable(text, check);
  if (whole !== undefined) return whole;
  const answer = text.slice(-MAX_CHARS).replace(/^[\s\S]*<\/think>/, "");
  const candidates = [...objectsIn(answer), ...fencedIn(answer)].slice(-MAX_TRIES).reverse();
  for (const candidate of candidates) {
    const value = acceptable(candidate, check);
    if (value !== undefined) return value;
  }
  return undefined;
}

function acceptable(text: string, check: Check): Json | undefined {
  try {
    const value: Json = JSON.parse(text);
    return check(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What stands between fences, without the language's name. */
const fencedIn = (text: string): string[] =>
  text
    .split("```")
    .filter((_, index) => index % 2 === 1)
    .map((block) => block.replace(/^[a-zA-Z]{1,10}(?=\s)/, ""));

/**
 * Balanced outermost objects, in order: a scan that knows strings, started anew one place further where one never
 * closes. Such starts are few or the text is no answer.
 */
function objectsIn(text: string): string[] {
  const found: string[] = [];
  let restarts = 0;
  for (let start = text.indexOf("{"); start >= 0 && restarts < MAX_TRIES; ) {
    const end = closing(text, start);
    if (end < 0) restarts += 1;
    else found.push(text.slice(start, end + 1));
    start = text.indexOf("{", end < 0 ? start + 1 : end + 1);
  }
  return found;
}

function closing(text: string, start: number): number {
  let depth = 0;
  let quoted = false;
  for (let at = start; at < text.length; at += 1) {
    const char = text[at];
    if (quoted) {
      if (char === "\\") at += 1;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === "{") depth += 1;
    else if (char === "}") {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return -1;
}
