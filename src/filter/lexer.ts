import { filterError } from "./filter-error.ts";

export type Token =
  | { readonly type: "word"; readonly text: string; readonly at: number; readonly end: number }
  /** A name whose key is quoted: `tag."my key"`. */
  | {
      readonly type: "keyed";
      readonly text: string;
      readonly key: string;
      readonly at: number;
      readonly end: number;
    }
  | { readonly type: "string"; readonly text: string; readonly at: number; readonly end: number }
  | { readonly type: "operator"; readonly text: string; readonly at: number; readonly end: number }
  | { readonly type: "(" | ")" | ","; readonly text: string; readonly at: number; readonly end: number }
  | { readonly type: "end"; readonly text: string; readonly at: number; readonly end: number };

const WORD = /[^\s()=!<>~,"']+/y;
const OPERATOR = /[=!<>~]+/y;
const SPACE = /\s+/y;

const OPERATORS: ReadonlySet<string> = new Set(["=", "!=", "<", "<=", ">", ">=", "~"]);

/** What people write out of habit from other languages, and what it is called here. */
const HABITS: ReadonlyMap<string, string> = new Map([
  ["==", "="],
  ["===", "="],
  ["<>", "!="],
  ["!==", "!="],
  ["=~", "~"],
  ["=>", ">="],
  ["=<", "<="],
  ["~=", "~"],
]);

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["b", "\b"],
  ["f", "\f"],
  ["/", "/"],
  ["\\", "\\"],
  ['"', '"'],
  ["'", "'"],
]);

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function readEscape(text: string, at: number): { char: string; end: number } {
  const code = text[at + 1] ?? "";
  const simple = ESCAPES.get(code);
  if (simple !== undefined) return { char: simple, end: at + 2 };
  const hex = text.slice(at + 2, at + 6);
  if (code === "u" && /^[0-9a-fA-F]{4}$/.test(hex))
    return { char: String.fromCharCode(Number.parseInt(hex, 16)), end: at + 6 };
  throw filterError(
    at,
    "a backslash in quotes must be one of \\\" \\' \\\\ \\n \\t \\r or \\u and four hex digits",
    'Write a backslash itself as \\\\, e.g. name = "a\\\\b".',
  );
}

function readString(text: string, at: number): { value: string; end: number } {
  const quote = text[at];
  let value = "";
  let index = at + 1;
  while (index < text.length) {
    const char = text[index];
    if (char === quote) return { value, end: index + 1 };
    if (char === "\\") {
      const escaped = readEscape(text, index);
      value += escaped.char;
      index = escaped.end;
    } else {
      value += char;
      index += 1;
    }
  }
  throw filterError(at, "this quote is never closed", 'Close it, e.g. name = "checkout".');
}

function readOperator(text: string, at: number): Token {
  const found = match(OPERATOR, text, at) ?? "";
  if (OPERATORS.has(found)) return { type: "operator", text: found, at, end: at + found.length };
  const meant = HABITS.get(found);
  const instead = found.startsWith("!")
    ? "Write NOT before the condition, e.g. NOT status = error."
    : "The comparisons are = != < <= > >= ~, in (...), is null and is not null.";
  throw filterError(
    at,
    `no comparison is written ${JSON.stringify(found.slice(0, 10))}`,
    meant ? `Write ${meant} in its place.` : instead,
  );
}

function readToken(text: string, at: number): Token {
  const char = text[at];
  if (char === "(" || char === ")" || char === ",") return { type: char, text: char, at, end: at + 1 };
  if (char === '"' || char === "'") {
    const { value, end } = readString(text, at);
    return { type: "string", text: value, at, end };
  }
  const word = match(WORD, text, at);
  if (word === undefined) return readOperator(text, at);
  const end = at + word.length;
  const next = text[end];
  if (word.endsWith(".") && (next === '"' || next === "'")) {
    const key = readString(text, end);
    return { type: "keyed", text: word.slice(0, -1), key: key.value, at, end: key.end };
  }
  return { type: "word", text: word, at, end };
}

/** Splits a filter into tokens; the last is always `end`. Throws `invalid_input` with the position. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at += match(SPACE, text, at)?.length ?? 0;
    if (at >= text.length) break;
    const token = readToken(text, at);
    tokens.push(token);
    at = token.end;
  }
  tokens.push({ type: "end", text: "", at: text.length, end: text.length });
  return tokens;
}
