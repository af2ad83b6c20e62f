import type { JsonObject } from "./json.ts";

/**
 * The text `[element, element, ...]` of a JSON array of objects, as the list that it goes on from and what it adds.
 * Agents send their whole history with each call: one list is shared by all texts that begin with it, so that what
 * was worked out for it (redaction, messages, hashes) is worked out once. Elements are delimited, not validated.
 */
export interface TextList {
  /** Null: it begins with nothing known. */
  readonly parent: TextList | null;
  /** All but the closing bracket; a rope that nobody should need to flatten. */
  readonly body: string;
  /** What `body` has after the parent's, with the separator in front. */
  readonly tail: string;
  /** Elements in `tail`, exactly as written. */
  readonly added: readonly string[];
  /** Elements of the whole list. */
  readonly count: number;
  /** `,` or `, `; null until there are two elements. */
  readonly separator: string | null;
}

/**
 * By attributes object and name. An object that was changed is another one, of which nothing is known, so that what
 * was worked out for a list can never be taken for a text that differs from it.
 */
const known = new WeakMap<JsonObject, Map<string, TextList>>();

/** The attributes whose text is that of a known list. */
export const textListsOf = (attributes: JsonObject): ReadonlyMap<string, TextList> | undefined =>
  known.get(attributes);

/** Sets an attribute to the text of a list. */
export function setTextList(attributes: JsonObject, name: string, list: TextList): void {
  attributes[name] = `${list.body}]`;
  const lists = known.get(attributes);
  if (lists) lists.set(name, list);
  else known.set(attributes, new Map([[name, list]]));
}

/** Says that an attribute has been set to something else. */
export const forgetTextList = (attributes: JsonObject, name: string): void => {
  known.get(attributes)?.delete(name);
};

/** From the nearest list of which `isKnown` holds (left out) down to `list`; `base` is null when there is none. */
export function since(
  list: TextList,
  isKnown: (ancestor: TextList) => boolean,
): { readonly base: TextList | null; readonly added: readonly TextList[] } {
  const added: TextList[] = [];
  let base: TextList | null = list;
  for (; base && !isKnown(base); base = base.parent) added.push(base);
  return { base, added: added.reverse() };
}
