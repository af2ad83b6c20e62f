import { escapeUnsafe, UNSAFE } from "./located.ts";

const ESCAPE = /\\(?:U([0-9a-fA-F]{8})|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([0-7]{1,3})|([\s\S]))/g;
const SIMPLE: Readonly<Record<string, string>> = {
  "\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** What the body of a string says; undefined for bytes, f-strings and escapes that say nothing sure. */
export function readPythonString(body: string, prefix: string): string | undefined {
  if (/[bft]/i.test(prefix)) return undefined;
  const lines = body.replaceAll(/\r\n?/g, "\n");
  if (/r/i.test(prefix)) return lines;
  let sound = true;
  const text = lines.replaceAll(
    ESCAPE,
    (whole, long?: string, unit?: string, byte?: string, octal?: string, char = "") => {
      const hex = long ?? unit ?? byte;
      if (hex !== undefined || octal !== undefined) {
        const value = hex === undefined ? Number.parseInt(octal ?? "0", 8) : Number.parseInt(hex, 16);
        sound &&= value <= 0x10ffff;
        return value <= 0x10ffff ? String.fromCodePoint(value) : whole;
      }
      // \N{NAME} needs Unicode's names; \u, \U and \x without their digits are errors.
      if (/^[NUux]$/.test(char)) sound = false;
      return SIMPLE[char] ?? whole;
    },
  );
  return sound ? text : undefined;
}

/** A literal for a text: with the quotes that it had, or three of them where it has lines. */
export function writePythonString(text: string, prefix: string, quote: string): string {
  const mark = quote[0] ?? '"';
  const quotes = quote.length === 3 || !text.includes("\n") ? quote : mark.repeat(3);
  const isRaw = /r/i.test(prefix);
  if (
    isRaw &&
    text.search(UNSAFE) < 0 &&
    !text.includes(quotes) &&
    !text.endsWith("\\") &&
    !text.endsWith(mark)
  )
    return `${prefix}${quotes}${text}${quotes}`;
  const slashed = text.replaceAll("\\", "\\\\").replaceAll("\r", "\\r");
  const body =
    quotes.length === 3
      ? slashed
          .replaceAll(quotes, `\\${mark}`.repeat(3))
          .replace(mark === '"' ? /(?<!\\)((?:\\\\)*)"$/ : /(?<!\\)((?:\\\\)*)'$/, `$1\\${mark}`)
      : slashed.replaceAll(mark, `\\${mark}`).replaceAll("\t", "\\t");
  return `${prefix.replace(/r/i, "")}${quotes}${escapeUnsafe(body)}${quotes}`;
}
