import { isJsonObject, type Json } from "../model/json.ts";

const MAX_DEPTH = 40;
const PLAIN = /^[^\s{}[\]"',:](?:[^{}[\]"',\n]*[^\s{}[\]"',:])?$/;
const LITERAL = /^(?:true|false|null|[-+]?\d[\d.]*(?:e[-+]?\d+)?)$/i;

const word = (text: string): string =>
  PLAIN.test(text) && !LITERAL.test(text) && !text.includes(": ") ? text : `'${text}'`;

function write(value: Json, depth: number, out: string[]): void {
  const put = (text: string) => out.push(text);
  if (typeof value === "string") put(word(value));
  else if (typeof value !== "object" || value === null) put(String(value));
  else if (depth >= MAX_DEPTH) put("…");
  else if (Array.isArray(value)) {
    put("[");
    value.forEach((inner, i) => {
      if (i > 0) put(", ");
      write(inner, depth + 1, out);
    });
    put("]");
  } else {
    put("{");
    Object.entries(value).forEach(([key, inner], i) => {
      put(`${i > 0 ? ", " : ""}${word(key)}: `);
      write(inner, depth + 1, out);
    });
    put("}");
  }
}

/** Characters up to which JSON is parsed to be written shorter. */
const MAX_PARSED = 200_000;

/**
 * JSON without the quotation marks that its reader can do without, which inside JSON would each take two
 * characters: `{id: 7QX, paid: true, zip: '92125'}`. Texts that read as something else keep (single) marks.
 */
export function looseJson(value: Json): string {
  const out: string[] = [];
  write(value, 0, out);
  return out.join("");
}

/** `looseJson` of a text that is JSON of an object or list, the text of one that is JSON of a text; else as it is. */
export function looseText(text: string): string {
  if (text.length > MAX_PARSED || !/^\s*[[{"]/.test(text)) return text;
  try {
    const parsed: Json = JSON.parse(text);
    if (typeof parsed === "string") return parsed;
    return isJsonObject(parsed) || Array.isArray(parsed) ? looseJson(parsed) : text;
  } catch {
    return text;
  }
}
