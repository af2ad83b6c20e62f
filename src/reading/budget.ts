import type { Json } from "../model/json.ts";

/** Characters of JSON that an answer may have unless its caller says otherwise. */
export const DEFAULT_BUDGET = 8_000;

/** Characters that one token is taken to cover: low, since ids and numbers tokenize badly. */
const CHARS_PER_TOKEN = 3.2;

/** The budget for `maxTokens`, in characters; at least 400 so that an answer can always say what it left out. */
export const budgetFor = (maxTokens: number | undefined): number =>
  maxTokens === undefined ? DEFAULT_BUDGET : Math.max(400, Math.floor(maxTokens * CHARS_PER_TOKEN));

/** Characters of a value's JSON text. */
export const sizeOf = (value: Json): number => JSON.stringify(value).length;

export interface Fitted<T> {
  readonly shown: readonly T[];
  readonly omitted: number;
  readonly chars: number;
}

/** The longest beginning of `items` whose JSON fits `budget`. Shown and omitted always add up to the whole. */
export function fit<T extends Json>(items: readonly T[], budget: number): Fitted<T> {
  let chars = 2;
  let count = 0;
  for (const item of items) {
    const size = sizeOf(item) + 1;
    if (chars + size > budget) break;
    chars += size;
    count += 1;
  }
  return { shown: items.slice(0, count), omitted: items.length - count, chars };
}

export interface Cut {
  readonly text: string;
  readonly omittedChars: number;
}

/** The first `max` characters (UTF-16 units, never half a surrogate pair) and how many were left out. */
export function cut(text: string, max: number): Cut {
  if (text.length <= max) return { text, omittedChars: 0 };
  const end = max > 0 && /[\uD800-\uDBFF]/.test(text[max - 1] ?? "") ? max - 1 : max;
  return { text: text.slice(0, end), omittedChars: text.length - end };
}
