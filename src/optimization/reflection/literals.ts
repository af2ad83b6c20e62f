import { variablesOf } from "../../targets/template.ts";
import type { ComponentSpec } from "./component-spec.ts";

const KEY = /"([A-Za-z_][\w.-]{0,60})"\s*:/g;
const ADDRESS = /\bhttps?:\/\/[^\s<>"'`)\]}]{3,200}/g;
const TAG = /<(\/?)([A-Za-z][\w-]{0,40})>/g;
/** Blocks of Jinja (`{% if x %}`) and Handlebars (`{{#each x}}`). */
const BLOCK = /\{%[^%{}]{1,200}%\}|\{\{[#/^>][^{}]{1,200}\}\}/g;
/** Python's and many libraries' form of a variable: `{name}`, not doubled. */
const SINGLE = /(?<![{$])\{([A-Za-z_]\w{0,60})\}(?!\})/g;
const DOLLAR = /\$\{([A-Za-z_]\w{0,60})\}/g;

const unique = (texts: Iterable<string>): string[] => [...new Set(texts)];

/**
 * Variables of a template as they are written without white space: `{{name}}`, `{name}`, `${name}`. Of the last two
 * kinds only where the seed uses that kind: elsewhere braces are JSON or mere text.
 */
export function variablesAsWritten(text: string, seed: string): readonly string[] {
  const kinds = [
    variablesOf(text).map((name) => `{{${name}}}`),
    seed.match(SINGLE) === null ? [] : [...text.matchAll(SINGLE)].map(([whole]) => whole),
    seed.match(DOLLAR) === null ? [] : [...text.matchAll(DOLLAR)].map(([whole]) => whole),
  ];
  return unique(kinds.flat());
}

function pairedTags(text: string): string[] {
  const tags = [...text.matchAll(TAG)];
  const closed = new Set(tags.flatMap(([, slash, name = ""]) => (slash === "/" ? [name] : [])));
  const opened = tags.flatMap(([, slash, name = ""]) => (slash === "/" ? [] : [name]));
  return opened.filter((name) => closed.has(name)).flatMap((name) => [`<${name}>`, `</${name}>`]);
}

const asWord = (name: string): RegExp =>
  new RegExp(`(?<![\\w-])${name.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")}(?![\\w-])`);

/**
 * Literals of a seed on which what reads the agent's output depends: keys of JSON, paired tags, blocks of templates,
 * addresses, and those of the given tools' names that it mentions.
 */
export function detectedLiterals(seed: string, tools: readonly string[] = []): readonly string[] {
  return unique([
    ...[...seed.matchAll(KEY)].map(([, key]) => `"${key}"`),
    ...pairedTags(seed),
    ...(seed.match(BLOCK) ?? []),
    ...[...seed.matchAll(ADDRESS)].map(([address]) => address.replace(/[.,;:!?]+$/, "")),
    ...tools.filter((name) => name !== "" && asWord(name).test(seed)),
  ]);
}

/** Whether a text still holds a literal; a key of JSON may stand without its quotation marks. */
export function holdsLiteral(text: string, literal: string): boolean {
  if (text.includes(literal)) return true;
  const key = /^"([\w.-]+)"$/.exec(literal)?.[1];
  return key !== undefined && asWord(key).test(text);
}

/** Variables aside, what every version of a component must hold: declared by its author, or found in its seed. */
export function fixedLiterals({
  seed,
  preserve = [],
  detect = true,
  tools = [],
}: ComponentSpec): readonly string[] {
  return unique([...preserve, ...(detect ? detectedLiterals(seed, tools) : [])]);
}
