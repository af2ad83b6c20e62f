import { escapeUnsafe } from "./located.ts";

const ESCAPE = /\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|0\d|[\s\S]))/g;
const SIMPLE: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", v: "\v" };

/** What the body of a string or template literal says; undefined for escapes that say nothing sure. */
export function readJavaScriptString(body: string, quote: string): string | undefined {
  let sound = true;
  const lines = quote === "`" ? body.replaceAll(/\r\n?/g, "\n") : body;
  const text = lines.replaceAll(ESCAPE, (whole, point?: string, unit?: string, byte?: string, char = "") => {
    const code = point ?? unit ?? byte;
    if (code !== undefined) {
      const value = Number.parseInt(code, 16);
      sound &&= value <= 0x10ffff;
      return value <= 0x10ffff ? String.fromCodePoint(value) : whole;
    }
    if (/^(?:\r\n|[\n\r\u2028\u2029])$/.test(char)) return "";
    // \1 and \01 are octals of old; \u and \x without their digits are errors.
    if (/^(?:[1-9ux]|0\d)$/.test(char)) sound = false;
    return char === "0" ? "\0" : (SIMPLE[char] ?? char);
  });
  return sound ? text : undefined;
}

/** A literal for a text: with the quotes that it had, or as a template where it has lines. */
export function writeJavaScriptString(text: string, quote: string): string {
  const slashed = text.replaceAll("\\", "\\\\").replaceAll("\r", "\\r");
  if (quote === "`" || text.includes("\n")) {
    return `\`${escapeUnsafe(slashed.replaceAll("`", "\\`").replaceAll("${", "\\${"))}\``;
  }
  return `${quote}${escapeUnsafe(slashed.replaceAll(quote, `\\${quote}`).replaceAll("\t", "\\t"))}${quote}`;
}
