import { isJsonObject, type Json } from "../model/json.ts";

const VARIABLE = /\{\{\s*([A-Za-z_][\w-]*(?:\.[\w-]+)*)\s*\}\}/g;

/** The variables of a template, each once, in order: `name` or `inputs.order.id`. */
export const variablesOf = (template: string): string[] => [
  ...new Set([...template.matchAll(VARIABLE)].map(([, path = ""]) => path)),
];

/**
 * The value that a variable names in an example's inputs: `{{order.id}}` and `{{inputs.order.id}}` are one, and
 * `{{inputs}}` is all of them. Undefined when there is none.
 */
export function lookUp(inputs: Json, path: string): Json | undefined {
  const steps = path.split(".");
  const direct = walk(inputs, steps);
  return direct === undefined && steps[0] === "inputs" ? walk(inputs, steps.slice(1)) : direct;
}

function walk(from: Json, steps: readonly string[]): Json | undefined {
  let value: Json | undefined = from;
  for (const step of steps) {
    if (Array.isArray(value)) value = /^\d+$/.test(step) ? value[Number(step)] : undefined;
    else if (isJsonObject(value) && Object.hasOwn(value, step)) value = value[step];
    else return undefined;
  }
  return value;
}

/**
 * The template with its variables replaced: texts as they are, null by nothing, other values by their JSON. Values are
 * never read as templates. What an example lacks stays as it stands, or is what `otherwise` says.
 */
export const fillTemplate = (
  template: string,
  inputs: Json,
  otherwise: (path: string) => string | undefined = () => undefined,
): string =>
  template.replaceAll(VARIABLE, (whole, path: string) => {
    const value = lookUp(inputs, path);
    return value === undefined ? (otherwise(path) ?? whole) : textOf(value);
  });

const textOf = (value: Json): string =>
  typeof value === "string" ? value : value === null ? "" : JSON.stringify(value);
