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

/** A text as the JSON that it is; undefined when it is none. */
export function parsedJson(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
