import { type AppError, invalidInput } from "../../errors.ts";
import { readJavaScriptString, writeJavaScriptString } from "./javascript-string.ts";
import { type Located, withLinesOf } from "./located.ts";
import { readPythonString, writePythonString } from "./python-string.ts";
import { scanJavaScript } from "./scan-javascript.ts";
import { scanPython } from "./scan-python.ts";
import { bodyOf, type ProgramToken, textOfToken, UnreadableProgram } from "./token.ts";

interface Language {
  scan(source: string): ProgramToken[];
  /** Whether the word at `index` begins a statement of the outermost level that gives it its value. */
  declares(words: readonly string[], tokens: readonly ProgramToken[], index: number): boolean;
  /** Whether the expression ends before the token at `index`. */
  ends(words: readonly string[], tokens: readonly ProgramToken[], index: number): boolean;
  read(source: string, token: ProgramToken): string | undefined;
  write(text: string, token: ProgramToken): string;
}

const javascript: Language = {
  scan: scanJavaScript,
  declares: (words, tokens, index) =>
    tokens[index]?.depth === 0 && /^(?:const|let|var)$/.test(words[index - 1] ?? ""),
  ends(words, tokens, index) {
    const next = tokens[index];
    if (!next || /^[;,]$/.test(words[index] ?? "")) return true;
    if (/^(?:as|satisfies)$/.test(words[index] ?? "")) return true;
    return next.first && next.kind === "word" && !/^(?:in|instanceof)$/.test(words[index] ?? "");
  },
  read: (source, token) =>
    token.interpolated ? undefined : readJavaScriptString(bodyOf(source, token), token.quote),
  write: (text, token) => writeJavaScriptString(text, token.quote),
};

const python: Language = {
  scan: scanPython,
  declares: (_, tokens, index) => tokens[index]?.depth === 0 && tokens[index]?.first === true,
  ends: (words, tokens, index) =>
    tokens[index] === undefined || tokens[index]?.first === true || words[index] === ";",
  read: (source, token) => readPythonString(bodyOf(source, token), token.prefix),
  write: (text, token) => writePythonString(text, token.prefix, token.quote),
};

const LANGUAGES = { javascript, python } as const;

const ASSIGNS = /^(?:[-+*/%&|^@]|\*\*|\/\/|<<|>>|>>>|&&|\|\||\?\?)?=$/;
const LONGEST_TYPE = 60;

/** Past a type (`: string`, `: Final[str]`): the index of what follows the name. */
function pastType(words: readonly string[], tokens: readonly ProgramToken[], index: number): number {
  if (words[index] !== ":") return index;
  for (let next = index + 1; next < tokens.length && next < index + LONGEST_TYPE; next += 1) {
    if (tokens[next]?.depth === 0 && ASSIGNS.test(words[next] ?? "")) return next;
    if (words[next] === ";") break;
  }
  return index;
}

const refused = (symbol: string, why: string, hint: string): AppError =>
  invalidInput(`The constant ${symbol.slice(0, 80)} cannot be used as a prompt: ${why}`, hint);

const PLAIN = "It must be one plain string or template literal, given once at the outermost level.";

/** The one literal that gives a name its value. */
function literalOf(source: string, symbol: string, language: Language): ProgramToken {
  const tokens = language.scan(source);
  const words = tokens.map((token) => (token.kind === "string" ? '""' : textOfToken(source, token)));
  const given = words.flatMap((word, index) => {
    if (word !== symbol || tokens[index]?.kind !== "word" || words[index - 1] === ".") return [];
    const sign = pastType(words, tokens, index + 1);
    return ASSIGNS.test(words[sign] ?? "") ? [{ index, sign }] : [];
  });
  const [only] = given;
  if (!only) throw refused(symbol, "the file gives no such name a value", PLAIN);
  if (given.length > 1) throw refused(symbol, `the file gives it a value ${given.length} times`, PLAIN);
  if (words[only.sign] !== "=" || !language.declares(words, tokens, only.index))
    throw refused(symbol, "it is not declared at the outermost level", PLAIN);
  const wrapped = language === python && words[only.sign + 1] === "(" && words[only.sign + 3] === ")";
  const at = only.sign + (wrapped ? 2 : 1);
  const literal = tokens[at];
  if (literal?.kind !== "string") throw refused(symbol, "its value is no string", PLAIN);
  if (literal.interpolated || /[ft]/i.test(literal.prefix))
    throw refused(
      symbol,
      "values are put into it where it stands",
      "Write {{variables}} instead, and fill them in later.",
    );
  if (!language.ends(words, tokens, at + (wrapped ? 2 : 1)))
    throw refused(symbol, "the string is part of a larger expression", PLAIN);
  return literal;
}

function locate(source: string, symbol: string, language: Language): { token: ProgramToken; text: string } {
  try {
    const token = literalOf(source, symbol, language);
    const text = language.read(source, token);
    if (text === undefined)
      throw refused(symbol, "it is of bytes or has an escape that cannot be read", PLAIN);
    return { token, text };
  } catch (error) {
    if (!(error instanceof UnreadableProgram)) throw error;
    throw invalidInput(
      "The linked program cannot be read to its end",
      "A string or template in it does not end.",
    );
  }
}

/**
 * The text of a constant of a program: `NAME = "..."` at the outermost level of Python, `const NAME = ...` (let, var,
 * with or without a type) of JavaScript or TypeScript.
 * @throws AppError `invalid_input` when it is not one plain literal, or not the only one.
 */
export function programFile(source: string, symbol: string, name: "javascript" | "python"): Located {
  const language = LANGUAGES[name];
  const { token, text } = locate(source, symbol, language);
  return {
    text,
    replaced(next) {
      const piece = withLinesOf(source, language.write(next, token));
      const written = source.slice(0, token.start) + piece + source.slice(token.end);
      return locate(written, symbol, language).text === next ? written : undefined;
    },
  };
}
