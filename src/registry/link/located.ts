/** A text inside of a file's source, found. */
export interface Located {
  /** As a program that reads the file sees it. */
  readonly text: string;
  /** The source with another text in its place, all else as it was; undefined when it cannot be written so. */
  replaced(text: string): string | undefined;
}

/** Whether a source's lines all end in CR LF, and there is one. */
export const hasWindowsLines = (source: string): boolean =>
  source.includes("\r\n") && !/(?<!\r)\n/.test(source);

/** A piece written into a source, with the line ends that the source has. */
export const withLinesOf = (source: string, piece: string): string =>
  hasWindowsLines(source) ? piece.replaceAll(/\r?\n/g, "\r\n") : piece;

/**
 * Characters that no source should hold as they are: controls, line separators, the byte order mark, what steers the
 * direction of text, halves of surrogate pairs.
 */
export const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** `\u202e`, which JSON, YAML, JavaScript and Python read alike. */
export const escapeUnsafe = (text: string): string =>
  text.replaceAll(UNSAFE, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
