import type { Json } from "../../model/json.ts";

const MAX_DEPTH = 200;

interface Cut {
  /** The text up to here ends with a whole value. */
  readonly end: number;
  readonly depth: number;
}

/**
 * Reads what is readable of a JSON text that was cut at its end, as attribute length limits do: the longest
 * beginning that ends with a whole value, with its open containers closed; a text value that was cut keeps its
 * beginning. Null when nothing can be read or the text is not the beginning of JSON. Linear in the text's length.
 */
export function parsePartialJson(text: string): Json {
  const closers: string[] = [];
  const expectsKey: boolean[] = [];
  let safe: Cut | null = null;
  let at = 0;
  while (at < text.length) {
    const char = text[at];
    if (char === '"') {
      const isKey = expectsKey.at(-1) === true;
      const end = endOfString(text, at);
      if (end === null) return isKey ? closeAt(text, safe, closers) : closeString(text, closers);
      at = end;
      if (isKey) expectsKey[expectsKey.length - 1] = false;
      else safe = { end: at, depth: closers.length };
      continue;
    }
    if (char === "{" || char === "[") {
      if (closers.length >= MAX_DEPTH) return null;
      closers.push(char === "{" ? "}" : "]");
      expectsKey.push(char === "{");
      safe = { end: at + 1, depth: closers.length };
    } else if (char === "}" || char === "]") {
      if (closers.pop() !== char) return null;
      expectsKey.pop();
      safe = { end: at + 1, depth: closers.length };
    } else if (char === ",") {
      safe = { end: at, depth: closers.length };
      if (closers.at(-1) === "}") expectsKey[expectsKey.length - 1] = true;
    }
    at += 1;
  }
  return closeAt(text, safe, closers);
}

/** Position after the closing quote, or null when the string does not end. */
function endOfString(text: string, start: number): number | null {
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote === -1) return null;
    let slashes = 0;
    while (text[quote - 1 - slashes] === "\\") slashes += 1;
    if (slashes % 2 === 0) return quote + 1;
    at = quote + 1;
  }
}

function closeString(text: string, closers: readonly string[]): Json {
  // An escape that was cut in half cannot be closed.
  const half = /(?<!\\)(?:\\\\)*(\\(?:u[0-9a-fA-F]{0,3})?)$/.exec(text.slice(-64));
  const whole = half?.[1] ? text.slice(0, -half[1].length) : text;
  return parseOrNull(`${whole}"${closers.toReversed().join("")}`);
}

function closeAt(text: string, safe: Cut | null, closers: readonly string[]): Json {
  if (!safe) return null;
  return parseOrNull(text.slice(0, safe.end) + closers.slice(0, safe.depth).toReversed().join(""));
}

function parseOrNull(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
