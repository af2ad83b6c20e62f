import { type ProgramToken, UnreadableProgram } from "./token.ts";

const SPACE = /[\s\ufeff]+/y;
const COMMENT = /\/\/[^\n\r\u2028\u2029]*|\/\*[\s\S]*?\*\//y;
const WORD = /[\p{ID_Continue}$\u200c\u200d]+/uy;
const STRING = /'(?:[^'\\\n\r]|\\(?:\r\n|[\s\S]))*'|"(?:[^"\\\n\r]|\\(?:\r\n|[\s\S]))*"/y;
const REGEX = /\/(?![*/])(?:[^/\\[\n\r]|\\[^\n\r]|\[(?:[^\]\\\n\r]|\\[^\n\r])*\])+\/[a-z]*/y;
const MARK = /=>|={1,3}|!={1,2}|[<>]=|\+\+|--|(?:\*\*|<<|>>>?|&&|\|\||\?\?|[-+*/%&|^])=|\?\.|[\s\S]/y;

/** After these a slash begins a regular expression and no division. */
const BEFORE_REGEX = new Set(
  "return typeof case in of delete void throw new instanceof else do await yield".split(" "),
);

const MOST_NESTED = 200;

/** The text that a sticky pattern finds at a place; undefined when it does not. */
function at(pattern: RegExp, source: string, index: number): string | undefined {
  pattern.lastIndex = index;
  return pattern.exec(source)?.[0];
}

/**
 * Tokens of JavaScript, TypeScript or JSX. An apostrophe that begins no string (text of JSX) is a mark.
 * @throws UnreadableProgram for a template that does not end.
 */
export function scanJavaScript(source: string): ProgramToken[] {
  const hashbang = /^#![^\n\r]*/.exec(source)?.[0].length ?? 0;
  return scanCode(source, hashbang, source.length, 0).tokens;
}

function scanCode(
  source: string,
  from: number,
  to: number,
  nested: number,
): { tokens: ProgramToken[]; end: number } {
  if (nested > MOST_NESTED) throw new UnreadableProgram();
  const tokens: ProgramToken[] = [];
  let depth = 0;
  let first = true;
  let index = from;
  while (index < to) {
    const blank = at(SPACE, source, index) ?? at(COMMENT, source, index);
    if (blank !== undefined) {
      first ||= /[\n\r]/.test(blank);
      index += blank.length;
      continue;
    }
    const char = source[index] ?? "";
    if (nested > 0 && char === "}" && depth === 0) return { tokens, end: index };
    if (/[)\]}]/.test(char)) depth -= 1;
    const token = nextToken(source, index, { depth, first, nested, before: tokens.at(-1) });
    tokens.push(token);
    if (/[([{]/.test(char) && token.kind === "mark") depth += 1;
    first = false;
    index = token.end;
  }
  if (nested > 0) throw new UnreadableProgram();
  return { tokens, end: index };
}

interface Where {
  readonly depth: number;
  readonly first: boolean;
  readonly nested: number;
  readonly before: ProgramToken | undefined;
}

function nextToken(source: string, start: number, where: Where): ProgramToken {
  const { depth, first } = where;
  const plain = { start, depth, first, prefix: "", quote: "", interpolated: false };
  const word = at(WORD, source, start);
  if (word !== undefined) return { ...plain, kind: "word", end: start + word.length };
  const text = at(STRING, source, start);
  if (text !== undefined) return { ...plain, kind: "string", end: start + text.length, quote: text[0] ?? "" };
  if (source[start] === "`")
    return { ...plain, kind: "string", quote: "`", ...templateFrom(source, start, where.nested) };
  const regex = mayBeRegex(source, where.before) ? at(REGEX, source, start) : undefined;
  const mark = regex ?? at(MARK, source, start) ?? " ";
  return { ...plain, kind: "mark", end: start + mark.length };
}

function mayBeRegex(source: string, before: ProgramToken | undefined): boolean {
  if (!before) return true;
  const text = source.slice(before.start, before.end);
  return before.kind === "word"
    ? BEFORE_REGEX.has(text)
    : before.kind === "mark" && !/^(?:[)\]}]|\+\+|--)$/.test(text);
}

function templateFrom(source: string, start: number, nested: number): { end: number; interpolated: boolean } {
  let interpolated = false;
  for (let index = start + 1; index < source.length; index += 1) {
    const char = source[index];
    if (char === "`") return { end: index + 1, interpolated };
    if (char === "\\") index += 1;
    else if (char === "$" && source[index + 1] === "{") {
      interpolated = true;
      index = scanCode(source, index + 2, source.length, nested + 1).end;
    }
  }
  throw new UnreadableProgram();
}
