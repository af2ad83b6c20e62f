import type { Json, JsonObject } from "../../model/json.ts";
import { fillTemplate } from "../../targets/template.ts";

const MAX_PASSES = 5;
const TEMPLATE = /\{\{|\{%|\{#/;

/** Whether a text has something that Nunjucks would work on. */
export const isTemplate = (text: string): boolean => TEMPLATE.test(text);

/**
 * The text with `{{name}}` and `{{name.field}}` filled in, again where a value holds some itself; null when it needs
 * more of Nunjucks, or a variable that is not there.
 */
export function filled(text: string, vars: JsonObject): string | null {
  let now = text;
  for (let pass = 0; pass < MAX_PASSES && isTemplate(now); pass += 1) now = fillTemplate(now, vars);
  return isTemplate(now) ? null : now;
}

/** The same for each text inside of a value. */
export function filledValue(value: Json, vars: JsonObject): Json | undefined {
  if (typeof value === "string") return filled(value, vars) ?? undefined;
  if (Array.isArray(value)) {
    const items = value.map((inner) => filledValue(inner, vars));
    const known = items.flatMap((item) => (item === undefined ? [] : [item]));
    return known.length === items.length ? known : undefined;
  }
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(([key, inner]) => [key, filledValue(inner, vars)] as const);
  const known = fields.flatMap(([key, inner]) => (inner === undefined ? [] : [[key, inner] as const]));
  return known.length === fields.length ? Object.fromEntries(known) : undefined;
}

const PATH =
  /^(?:\(?\s*(?:typeof\s+output\s*===?\s*['"]string['"]\s*\?\s*)?JSON\.parse\(output\)(?:\s*:\s*output)?\)?|output)((?:\??\.[A-Za-z_$][\w$]*|\[\d+\]|\[['"][\w$-]+['"]\])*)$/;

/**
 * The part of the output that a transform takes, as a path of ours: `output.a.b`, `JSON.parse(output).items[0]`. Empty:
 * all of it. Null: it computes something else.
 */
export function transformPath(code: string): string | null {
  const trimmed = code.trim().replace(/;$/, "");
  if (trimmed === "output" || trimmed === "output.trim()") return "";
  const [, path] = PATH.exec(trimmed) ?? [];
  if (path === undefined || /\.(?:trim|length|toLowerCase|toUpperCase)$/.test(path)) return null;
  return path
    .replaceAll(/\[['"]([\w$-]+)['"]\]/g, ".$1")
    .replaceAll("?.", ".")
    .replace(/^\./, "");
}
