/** One token of a program, as much as finding a constant needs. */
export interface ProgramToken {
  readonly kind: "word" | "string" | "mark";
  readonly start: number;
  readonly end: number;
  /** Brackets that are open before it. */
  readonly depth: number;
  /** The first of its line (Python: of its statement). */
  readonly first: boolean;
  /** A string's prefix, such as Python's r or f; else "". */
  readonly prefix: string;
  /** A string's delimiter; "" for others. */
  readonly quote: string;
  /** A template with `${...}` in it. */
  readonly interpolated: boolean;
}

/** Ends the reading of a program that cannot be read to its end. */
export class UnreadableProgram extends Error {}

export const textOfToken = (source: string, token: ProgramToken | undefined): string =>
  token ? source.slice(token.start, token.end) : "";

/** What is between a string's quotes, as it stands in the source. */
export const bodyOf = (source: string, { start, end, prefix, quote }: ProgramToken): string =>
  source.slice(start + prefix.length + quote.length, end - quote.length);
