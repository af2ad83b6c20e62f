/** Where the scan of an array's text stands: after `count` elements, the last of which ends at `end`. */
export interface SplitState {
  /** Text before the first element: `[` and white space. */
  readonly open: string;
  /** Text between any two elements; null until there are two. */
  readonly separator: string | null;
  readonly count: number;
  readonly end: number;
}

export interface SplitArray extends SplitState {
  /** Start and end of each element after the state that the scan began with: s0, e0, s1, e1, ... */
  readonly bounds: readonly number[];
  /** Text after the last element: white space, `]`, white space. */
  readonly close: string;
}

const QUOTE = 34;
const COMMA = 44;
const BACKSLASH = 92;

const isSpace = (code: number): boolean => code === 32 || code === 10 || code === 13 || code === 9;

function skipSpace(text: string, at: number): number {
  let i = at;
  while (isSpace(text.charCodeAt(i))) i++;
  return i;
}

/**
 * Finds the top-level elements of a JSON array's text, each exactly as written: open + elements joined by the
 * separator + close is the text again. Undefined when it is not an array, is broken, is empty, or its separators
 * differ. Elements are delimited, not validated. Linear; goes on from `from`, the state of a text that had the same
 * beginning.
 */
export function splitJsonArray(text: string, from?: SplitState): SplitArray | undefined {
  const first = from ? from.end : firstElement(text);
  if (first === undefined) return undefined;
  const open = from?.open ?? text.slice(0, first);
  let separator = from?.separator ?? null;
  let count = from?.count ?? 0;
  const bounds: number[] = [];
  let start = first;
  let end = first;
  if (!from) {
    end = endOfElement(text, start);
    if (end <= start) return undefined;
    bounds.push(start, end);
    count = 1;
  }
  for (;;) {
    const next = skipSpace(text, end);
    if (text.charCodeAt(next) !== COMMA) break;
    start = skipSpace(text, next + 1);
    const between = text.slice(end, start);
    if (separator !== null && between !== separator) return undefined;
    separator = between;
    end = endOfElement(text, start);
    if (end <= start) return undefined;
    bounds.push(start, end);
    count++;
  }
  const close = text.slice(end);
  return close.trim() === "]" ? { open, separator, count, end, bounds, close } : undefined;
}

function firstElement(text: string): number | undefined {
  const bracket = skipSpace(text, 0);
  if (text[bracket] !== "[") return undefined;
  const start = skipSpace(text, bracket + 1);
  return start < text.length && text[start] !== "]" ? start : undefined;
}

/** After the closing quote of a string that opens at `at`; -1 when it never closes. */
function endOfString(text: string, at: number): number {
  let quote = text.indexOf('"', at + 1);
  while (quote !== -1) {
    let slashes = 0;
    while (text.charCodeAt(quote - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return quote + 1;
    quote = text.indexOf('"', quote + 1);
  }
  return -1;
}

function endOfElement(text: string, at: number): number {
  let depth = 0;
  for (let i = at; i < text.length; ) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      i = endOfString(text, i);
      if (i === -1) return -1;
      if (depth === 0) return i;
      continue;
    }
    if (code === 91 || code === 123) depth++;
    else if (code === 93 || code === 125) {
      if (depth === 0) return i;
      if (--depth === 0) return i + 1;
    } else if (depth === 0 && (code === COMMA || isSpace(code))) return i;
    i++;
  }
  return -1;
}
