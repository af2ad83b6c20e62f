import { type ProgramToken, UnreadableProgram } from "./token.ts";

const SPACE = /[ \t\f\ufeff]+|\\(?:\r\n|[\n\r])/y;
const LINE_END = /(?:#[^\n\r]*)?(?:\r\n|[\n\r])|#[^\n\r]*$/y;
const PREFIX = /(?:[rR][bBfFtT]?|[bBfFtT][rR]?|[uU])?(?="|')/y;
const LONG_QUOTE = /"""|'''/y;
const SHORT = /"(?:[^"\\\n\r]|\\(?:\r\n|[\s\S]))*"|'(?:[^'\\\n\r]|\\(?:\r\n|[\s\S]))*'/y;
const WORD = /[\p{ID_Continue}]+/uy;
const MARK = /[=!<>]=|:=|->|(?:\*\*|\/\/|<<|>>|[-+*/%&|^@])=|[\s\S]/y;

function at(pattern: RegExp, source: string, index: number): string | undefined {
  pattern.lastIndex = index;
  return pattern.exec(source)?.[0];
}

/**
 * Tokens of Python; `first` is the first of a logical line.
 * @throws UnreadableProgram for a triple-quoted string that does not end.
 */
export function scanPython(source: string): ProgramToken[] {
  const tokens: ProgramToken[] = [];
  let depth = 0;
  let first = true;
  let index = 0;
  while (index < source.length) {
    const lineEnd = at(LINE_END, source, index);
    if (lineEnd !== undefined && lineEnd !== "") {
      first ||= depth === 0;
      index += lineEnd.length;
      continue;
    }
    const space = at(SPACE, source, index);
    if (space !== undefined) {
      index += space.length;
      continue;
    }
    const char = source[index] ?? "";
    if (/[)\]}]/.test(char)) depth = Math.max(0, depth - 1);
    const token = nextToken(source, index, depth, first);
    tokens.push(token);
    if (/[([{]/.test(char) && token.kind === "mark") depth += 1;
    first = char === ";" && depth === 0;
    index = token.end;
  }
  return tokens;
}

function nextToken(source: string, start: number, depth: number, first: boolean): ProgramToken {
  const plain = { start, depth, first, prefix: "", quote: "", interpolated: false };
  const prefix = at(PREFIX, source, start);
  if (prefix !== undefined) {
    const from = start + prefix.length;
    const long = at(LONG_QUOTE, source, from);
    if (long !== undefined)
      return { ...plain, kind: "string", prefix, quote: long, end: endOfLong(source, from, long) };
    const short = at(SHORT, source, from);
    if (short !== undefined)
      return { ...plain, kind: "string", prefix, quote: short[0] ?? "", end: from + short.length };
  }
  const word = at(WORD, source, start);
  if (word !== undefined) return { ...plain, kind: "word", end: start + word.length };
  return { ...plain, kind: "mark", end: start + (at(MARK, source, start) ?? " ").length };
}

/** A backslash keeps the quote after it from ending the string, in raw strings too. */
function endOfLong(source: string, from: number, quote: string): number {
  for (let index = from + 3; index < source.length; index += 1) {
    if (source[index] === "\\") index += 1;
    else if (source.startsWith(quote, index)) return index + 3;
  }
  throw new UnreadableProgram();
}
