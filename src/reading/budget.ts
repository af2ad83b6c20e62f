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

/** The least that a read can answer in: its ids, its counts of what is left out and the way to get it. */
export const LEAST_BUDGET = 700;

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

/**
 * Characters that one UTF-16 unit takes inside a JSON string, as JSON.stringify writes it (a lone surrogate is
 * counted as the escape that it becomes, a paired one never as more than it takes).
 */
function unitCost(text: string, index: number): number {
  const code = text.charCodeAt(index);
  if (code === 0x22 || code === 0x5c) return 2;
  if (code < 0x20) return code === 8 || code === 9 || code === 10 || code === 12 || code === 13 ? 2 : 6;
  return code >= 0xd800 && code <= 0xdfff ? 6 : 1;
}

/** The longest beginning of `text` that takes at most `max` characters inside a JSON string. */
export function cutToCost(text: string, max: number): Cut {
  if (text.length * 6 <= max) return { text, omittedChars: 0 };
  let cost = 0;
  let end = 0;
  while (end < text.length) {
    cost += unitCost(text, end);
    if (cost > max) break;
    end += 1;
  }
  return cut(text, end);
}

/** The longest end of `text` that takes at most `max` characters inside a JSON string. */
export function cutStartToCost(text: string, max: number): Cut {
  let cost = 0;
  let start = text.length;
  while (start > 0) {
    cost += unitCost(text, start - 1);
    if (cost > max) break;
    start -= 1;
  }
  if (start > 0 && start < text.length && /[\uDC00-\uDFFF]/.test(text[start] ?? "")) start += 1;
  return { text: text.slice(start), omittedChars: start };
}

/** Characters that `text` takes inside a JSON string, without its quotation marks. */
export const costOf = (text: string): number => JSON.stringify(text).length - 2;
