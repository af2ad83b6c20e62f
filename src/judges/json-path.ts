import { isJsonObject, type Json } from "../model/json.ts";

const STEP = /^(?:\.?([^.[\]]+)|\[(\d+)\])/;

/** `order.items[0].sku` as its steps; undefined when it is none. */
export function parsePath(path: string): readonly string[] | undefined {
  const steps: string[] = [];
  let rest = path;
  while (rest !== "") {
    const match = STEP.exec(rest);
    const step = match?.[1] ?? match?.[2];
    if (match === null || step === undefined || (steps.length === 0 && rest.startsWith(".")))
      return undefined;
    steps.push(step);
    rest = rest.slice(match[0].length);
  }
  return steps.length === 0 ? undefined : steps;
}

/** What is at the end of the steps, undefined when there is nothing. */
export function valueAt(value: Json, steps: readonly string[]): Json | undefined {
  let here: Json | undefined = value;
  for (const step of steps) {
    if (Array.isArray(here)) here = /^\d+$/.test(step) ? here[Number(step)] : undefined;
    else if (isJsonObject(here) && Object.hasOwn(here, step)) here = here[step];
    else return undefined;
    if (here === undefined) return undefined;
  }
  return here;
}

const FENCE = /^\s*```[\w-]*[^\S\n]*\n([\s\S]*?)\n?\s*```\s*$/;

/** The text inside of a Markdown code fence when the whole text is one, else the text. */
export const unfenced = (text: string): string => FENCE.exec(text)?.[1] ?? text;

/** Where the object or list that begins at `start` ends; undefined when nothing closes it. */
function endOf(text: string, start: number): number | undefined {
  let depth = 0;
  let isText = false;
  for (let at = start; at < text.length; at += 1) {
    const character = text[at];
    if (isText) {
      if (character === "\\") at += 1;
      else if (character === '"') isText = false;
    } else if (character === '"') isText = true;
    else if (character === "{" || character === "[") depth += 1;
    else if (character === "}" || character === "]") {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return undefined;
}

/** Each outermost JSON object or list that stands somewhere in a text. Quadratic in texts of braces that nothing closes. */
export function jsonValuesIn(text: string): readonly Json[] {
  const values: Json[] = [];
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] !== "{" && text[at] !== "[") continue;
    const end = endOf(text, at);
    const value = end === undefined ? undefined : parsedJson(text.slice(at, end));
    if (end === undefined || value === undefined) continue;
    values.push(value);
    at = end - 1;
  }
  return values;
}

/** A text as the JSON that it is; undefined when it is none. */
export function parsedJson(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
