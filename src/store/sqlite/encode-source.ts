import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { SpanSource } from "../../model/span.ts";
import { splitJsonArray } from "../../model/split-json-array.ts";
import { since, type TextList, textListsOf } from "../../model/text-list.ts";
import { type EncodeMemory, findBeginning, type KnownChain, rememberList } from "./encode-memory.ts";
import type { RefEncoder } from "./encode-refs.ts";
import type { SpanEncoding } from "./encode-span.ts";
import { jsonText, TOO_DEEP } from "./json-text.ts";
import type { Ref } from "./wire.ts";

/** Longer strings are stored apart, once by content. */
const LARGE_CHARS = 1024;

export interface EncodedSource {
  /** JSON {attributes, events, links} for span_source.data; null when all three are empty. */
  readonly text: string | null;
  readonly chains: readonly Ref[];
  readonly whole: boolean;
}

/**
 * What the source said, with its large strings stored apart: such a string is
 * `{"$chain": n, "$join": [open, separator, close]}`, where chain n holds the elements of a JSON array exactly as
 * written (or the whole string as its one element). A value that itself has the key `$chain` is `{"$value": it}`.
 */
export function encodeSource(
  source: SpanSource,
  { projectId, refs, memory }: SpanEncoding,
  scopeKey: string,
): EncodedSource {
  const { events, links } = source;
  if (isEmpty(source.attributes) && events.length === 0 && links.length === 0)
    return { text: null, chains: [], whole: true };
  const chains: Ref[] = [];
  const known = memory.project(projectId).chainsOfLists;
  const replace = (text: string, name: string, list: TextList | undefined): JsonObject => {
    const { chain, join } = list
      ? { chain: chainOfList(list, refs, known), join: ["[", list.separator ?? "", "]"] }
      : chainOf(text, `${scopeKey}\0${name}`, refs, memory);
    chains.push(refs.chainRef(chain));
    return { $chain: chains.length - 1, $join: join };
  };
  const data = {
    attributes: replaceLarge(source.attributes, replace),
    events: events.map((event) => ({ ...event, attributes: replaceLarge(event.attributes, replace) })),
    links,
  };
  const json = jsonText(data);
  if (json.whole) return { text: json.text, chains, whole: true };
  const shallow = {
    attributes: withoutDeep(data.attributes),
    events: data.events.map((event) => ({ ...event, attributes: withoutDeep(event.attributes) })),
    links,
  };
  return { text: jsonText(shallow).text, chains, whole: false };
}

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;

const isReserved = (value: Json): boolean =>
  isJsonObject(value) && (Object.hasOwn(value, "$chain") || Object.hasOwn(value, "$value"));

function replaceLarge(
  attributes: Readonly<Record<string, Json>>,
  replace: (text: string, name: string, list: TextList | undefined) => JsonObject,
): Readonly<Record<string, Json>> {
  const names = Object.keys(attributes);
  if (!names.some((name) => isReplaced(attributes[name] ?? null))) return attributes;
  const lists = textListsOf(attributes);
  return Object.fromEntries(
    names.map((name): [string, Json] => {
      const value = attributes[name] ?? null;
      if (!isReplaced(value)) return [name, value];
      if (typeof value !== "string") return [name, { $value: value }];
      const list = lists?.get(name);
      // A lone surrogate has no UTF-8; JSON can escape it, so such a string stays where it is.
      return [name, list || value.isWellFormed() ? replace(value, name, list) : value];
    }),
  );
}

const isReplaced = (value: Json): boolean =>
  typeof value === "string" ? value.length > LARGE_CHARS : isReserved(value);

/** Lists share the chain of what they have in common. */
function chainOfList(list: TextList, refs: RefEncoder, known: WeakMap<TextList, KnownChain>): KnownChain {
  const { base, added } = since(list, (ancestor) => known.has(ancestor));
  let chain = (base && known.get(base)) ?? null;
  for (const next of added) {
    for (const element of next.added) chain = refs.extend(chain, refs.content(element));
    if (chain) known.set(next, chain);
  }
  if (!chain) throw new Error("a list has an element");
  return chain;
}

function chainOf(
  text: string,
  key: string,
  refs: RefEncoder,
  memory: EncodeMemory,
): { chain: KnownChain; join: string[] } {
  const entries = memory.sourceLists.get(key);
  const known = findBeginning(entries, text);
  const goingOn = known && splitJsonArray(text, known.state);
  const split = goingOn ?? splitJsonArray(text);
  if (!split) return { chain: refs.extend(null, refs.content(text)), join: ["", "", ""] };
  let chain = goingOn && known ? known.chain : null;
  for (let i = 0; i < split.bounds.length; i += 2)
    chain = refs.extend(chain, refs.content(text.slice(split.bounds[i], split.bounds[i + 1])));
  if (!chain) throw new Error("a split array has an element");
  const { open, separator, count, end, close } = split;
  const added = { body: text.slice(0, end), chars: end, chain, state: { open, separator, count, end } };
  memory.sourceLists.set(key, rememberList(entries, added, goingOn ? known : undefined));
  return { chain, join: [open, separator ?? "", close] };
}

const withoutDeep = (attributes: Readonly<Record<string, Json>>): Readonly<Record<string, Json>> =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, jsonText(value).whole ? value : TOO_DEEP]),
  );
