import { type Token, tokenize } from "./lexer.ts";

export interface TokenReader {
  /** The token `ahead` places on, without taking it; after the last one, the end. */
  peek(ahead?: number): Token;
  next(): Token;
}

/** True for a keyword in any case. */
export const isWord = (token: Token, keyword: string): boolean =>
  token.type === "word" && token.text.toLowerCase() === keyword;

export function openTokens(text: string): TokenReader {
  const tokens = tokenize(text);
  const end: Token = { type: "end", text: "", at: text.length, end: text.length };
  let index = 0;
  return {
    peek: (ahead = 0) => tokens[index + ahead] ?? end,
    next: () => {
      const token = tokens[index] ?? end;
      index += 1;
      return token;
    },
  };
}
