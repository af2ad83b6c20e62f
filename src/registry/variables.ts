import { invalidInput } from "../errors.ts";
import { isJsonObject, type Json } from "../model/json.ts";
import { type PromptContent, PromptVariable, type VariableType } from "../model/prompt.ts";
import { variablesOf } from "../targets/template.ts";

type Template = PromptContent["template"];
type Variables = PromptContent["variables"];

const MOST_VARIABLES = 200;

const partsOf = (template: Template): string[] =>
  typeof template === "string" ? [template] : template.map(({ content }) => content);

/** UTF-16 units of a template, of all its messages. */
export const charsOf = (template: Template): number =>
  partsOf(template).reduce((sum, text) => sum + text.length, 0);

/** The names that a template uses, each once, in order: of `{{order.id}}` it is `order`. */
export const namesIn = (template: Template): string[] => [
  ...new Set(
    partsOf(template).flatMap((text) => variablesOf(text).map((path) => path.split(".", 1)[0] ?? path)),
  ),
];

const quoted = (names: readonly string[]): string =>
  names
    .slice(0, 5)
    .map((name) => JSON.stringify(name.slice(0, 60)))
    .join(", ");

const isOf: Readonly<Record<VariableType, (value: Json) => boolean>> = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === "boolean",
  array: Array.isArray,
  object: isJsonObject,
  any: () => true,
};

/**
 * Every variable of a template with its declaration: the one given, else the earlier version's, else any value,
 * required. What is declared and not used stays declared: the application may know why.
 * @throws AppError `invalid_input` for a default of another type, a name that no template can use, or too many.
 */
export function completeVariables(
  template: Template,
  declared: Readonly<Record<string, PromptVariable>> | undefined,
  earlier: Variables,
): Variables {
  const used = namesIn(template);
  const given =
    declared ??
    Object.fromEntries(used.flatMap((name) => (Object.hasOwn(earlier, name) ? [[name, earlier[name]]] : [])));
  const odd = Object.keys(given).filter((name) => !/^[A-Za-z_][\w-]*$/.test(name));
  if (odd.length > 0)
    throw invalidInput(
      `No template can use a variable named ${quoted(odd)}`,
      "Names have letters, digits, _ and -, a letter or _ first.",
    );
  const names = [...new Set([...used, ...Object.keys(given)])];
  if (names.length > MOST_VARIABLES)
    throw invalidInput(`The template has more than ${MOST_VARIABLES} variables`);
  return Object.fromEntries(
    names.map((name) => {
      const variable = PromptVariable.parse(given[name] ?? {});
      if (variable.default !== undefined && !isOf[variable.type](variable.default))
        throw invalidInput(`The default of "${name}" is no ${variable.type}`);
      return [name, variable];
    }),
  );
}

/**
 * The values that a template is filled with: those given, else defaults; what is not required may have none.
 * @throws AppError `invalid_input` that names what is missing, unknown or of another type.
 */
export function checkValues(
  variables: Variables,
  given: Readonly<Record<string, Json>>,
): Record<string, Json> {
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(variables, name));
  const known = `Variables: ${Object.keys(variables).slice(0, 20).join(", ") || "none"}.`;
  if (unknown.length > 0) throw invalidInput(`The prompt has no variable ${quoted(unknown)}`, known);
  const wrong = Object.entries(variables).filter(
    ([name, { type }]) => Object.hasOwn(given, name) && !isOf[type](given[name] ?? null),
  );
  if (wrong.length > 0)
    throw invalidInput(
      wrong
        .slice(0, 5)
        .map(([name, { type }]) => `"${name}" must be of type ${type}`)
        .join("; "),
    );
  const missing = Object.entries(variables).filter(
    ([name, variable]) => !Object.hasOwn(given, name) && variable.default === undefined && variable.required,
  );
  if (missing.length > 0)
    throw invalidInput(`Values are missing: ${quoted(missing.map(([name]) => name))}`, known);
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, variable]) => {
      const value = Object.hasOwn(given, name) ? given[name] : variable.default;
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
