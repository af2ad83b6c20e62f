import type { FieldRef } from "../model/filter.ts";
import { nearMatch } from "../near-match.ts";
import type { Field, FieldLevel } from "./field-types.ts";
import { FIELDS } from "./fields.ts";
import { filterError, quoted } from "./filter-error.ts";
import { fieldNames } from "./filter-help.ts";
import type { Token } from "./lexer.ts";

export interface ResolvedField {
  readonly field: Field;
  readonly ref: FieldRef;
}

const MAX_KEY = 200;

const byName = new Map<string, readonly Field[]>();
for (const field of FIELDS)
  for (const name of [field.name, ...(field.aliases ?? [])])
    byName.set(name, [...(byName.get(name) ?? []), field]);

interface Split {
  readonly fields: readonly Field[];
  readonly key: string | undefined;
}

/** `session.tag.a.b` is the family `session.tag` with key `a.b`. */
function split(token: Token): Split | undefined {
  const name = token.text.toLowerCase();
  const exact = byName.get(name);
  if (token.type === "keyed")
    return exact?.some((field) => field.family) ? { fields: exact, key: token.key } : undefined;
  if (exact) return { fields: exact, key: undefined };
  for (let dot = name.lastIndexOf("."); dot > 0; dot = name.lastIndexOf(".", dot - 1)) {
    const family = byName.get(name.slice(0, dot));
    if (family?.some((field) => field.family)) return { fields: family, key: token.text.slice(dot + 1) };
  }
  return undefined;
}

function unknownField(token: Token, level: FieldLevel): Error {
  const word = token.text.toLowerCase();
  const colon = word.indexOf(":");
  const name = colon > 0 ? word.slice(0, colon) : word;
  const here = [...byName].filter(([, fields]) => fields.some((field) => field.levels.includes(level)));
  const near = nearMatch(
    name,
    here.map(([known]) => known),
  );
  const field = here.find(([known]) => known === near)?.[1].find((known) => known.levels.includes(level));
  const meant = field
    ? `Did you mean ${field.name}? Example: ${field.example}. `
    : 'To search all text: text ~ "refund". ';
  return filterError(
    token.at,
    `unknown field ${quoted(token.text)}`,
    `${meant}Fields ${level === "span" ? "of spans" : `of ${level}s`}: ${fieldNames(level).join(", ")}.`,
  );
}

function wrongLevel(token: Token, field: Field, level: FieldLevel): Error {
  const message =
    level === "span" ? `${field.name} is no field of a span` : `${field.name} is a field of spans`;
  const hint =
    level === "span"
      ? `Write it outside: span(...) AND ${field.example}`
      : `Put it inside span(...). Example: span(${field.example})`;
  return filterError(token.at, message, hint);
}

/** The catalogue's field that a token names at a level. Throws `invalid_input` with what is there. */
export function resolveField(token: Token, level: FieldLevel): ResolvedField {
  const found = split(token);
  const known = found?.fields[0];
  if (!found || !known) throw unknownField(token, level);
  const field = found.fields.find((candidate) => candidate.levels.includes(level));
  if (!field) throw wrongLevel(token, known, level);
  if (!field.family) return { field, ref: field.standsFor ?? { name: field.name } };
  if (!found.key || found.key.length > MAX_KEY)
    throw filterError(
      token.at,
      `${field.name} needs a key of at most ${MAX_KEY} characters after a dot`,
      `Odd keys go in quotes: ${field.name}."my key". Example: ${field.example}`,
    );
  return { field, ref: { name: field.name, key: found.key } };
}
