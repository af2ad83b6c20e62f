import type { Context } from "../context.ts";
import { parseFilter } from "../filter/parse-filter.ts";
import type { Filter, FilterValue } from "../model/filter.ts";
import { promptAlias } from "../model/prompt.ts";
import { listAliases } from "./aliases.ts";

type Accepting = Pick<Context, "store" | "project" | "now">;

type Comparison = Extract<Filter, { readonly type: "compare" }>;

/** The alias that a value names, if it can be one. */
function aliasIn(value: FilterValue): { readonly name: string; readonly alias: string } | undefined {
  if (typeof value !== "string") return undefined;
  const at = value.lastIndexOf("@");
  const alias = value.slice(at + 1);
  return at > 0 && promptAlias.safeParse(alias).success ? { name: value.slice(0, at), alias } : undefined;
}

/** `support@production` is the version where the alias stands now, or a span that said just that. */
async function meanings(context: Accepting, value: FilterValue): Promise<FilterValue[]> {
  const named = aliasIn(value);
  if (!named) return [value];
  const found = (await listAliases(context, named.name)).find(({ alias }) => alias === named.alias);
  return found ? [`${named.name}@${found.version}`, value] : [value];
}

async function resolveComparison(context: Accepting, filter: Comparison): Promise<Filter> {
  const { field, op, values } = filter;
  if (field.name !== "prompt" || (op !== "=" && op !== "!=" && op !== "in")) return filter;
  const all = (await Promise.all(values.map((value) => meanings(context, value)))).flat();
  if (all.length === values.length) return filter;
  if (op !== "!=") return { ...filter, op: "in", values: all };
  return { type: "and", terms: all.map((value): Filter => ({ ...filter, values: [value] })) };
}

async function resolve(context: Accepting, filter: Filter): Promise<Filter> {
  switch (filter.type) {
    case "compare":
      return resolveComparison(context, filter);
    case "not":
      return { ...filter, term: await resolve(context, filter.term) };
    case "and":
    case "or":
      return { ...filter, terms: await Promise.all(filter.terms.map((term) => resolve(context, term))) };
    default:
      return filter;
  }
}

/**
 * A filter as users write it, with what changes resolved once: times, and the versions where aliases of prompts stand.
 * @throws AppError `invalid_input` for a filter that does not parse.
 */
export const acceptFilter = (context: Accepting, text: string, level: "trace" | "session"): Promise<Filter> =>
  resolve(context, parseFilter(text, { nowUs: context.now(), level }));
