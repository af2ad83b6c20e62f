import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";

/** What a judge wrote as its label, and the reasons that it gave for it. */
export interface Statement {
  readonly label: Json;
  readonly rationale: string;
}

interface Found {
  /** Undefined: meant as one, but not to be read. */
  readonly statement: Statement | undefined;
  readonly at: number;
  readonly end: number;
}

type Span = readonly [start: number, end: number];

const JSON_TEXT = /"(?:[^"\\]|\\[\s\S])*"/g;

/** Line breaks inside of JSON texts, which models write where JSON wants an escape. */
const escapeControls = (json: string): string =>
  json.replace(JSON_TEXT, (text) =>
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
    text.replace(/[\u0000-\u001f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`),
  );

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: Json = JSON.parse(escapeControls(text));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What an object says by its field `label`; `before` serves as its rationale if it gives none. */
export function objectStatement(value: JsonObject, before: string): Statement | undefined {
  const { label, rationale } = value;
  if (label === undefined) return undefined;
  return { label, rationale: typeof rationale === "string" ? rationale : before.trim() };
}

/** The end of the object that begins at `start`, texts inside respected; the text's end when it never ends. */
function objectEnd(text: string, start: number): number {
  let depth = 0;
  let inText = false;
  for (let i = start; i < text.length; i++) {
    const char = text[i];
    if (inText) {
      if (char === "\\") i += 1;
      else if (char === '"') inText = false;
    } else if (char === '"') inText = true;
    else if (char === "{") depth += 1;
    else if (char === "}" && --depth === 0) return i + 1;
  }
  return text.length;
}

/**
 * Objects with a label, and the spans of all that begins with a brace. Nothing inside of a span states a label by itself.
 * A span that speaks of a label and is no JSON is a statement that cannot be read: a quotation may have broken it.
 */
function objectsIn(text: string): { readonly found: readonly Found[]; readonly spans: readonly Span[] } {
  const found: Found[] = [];
  const spans: Span[] = [];
  for (let start = text.indexOf("{"); start >= 0; ) {
    const end = objectEnd(text, start);
    const span = text.slice(start, end);
    const value = parseObject(span);
    const statement = value && objectStatement(value, text.slice(0, start));
    if (statement) found.push({ statement, at: start, end });
    else if (value === undefined && /label/i.test(span)) found.push({ statement: undefined, at: start, end });
    spans.push([start, end]);
    start = text.indexOf("{", end);
  }
  return { found, spans };
}

const isInside = (at: number, spans: readonly Span[]): boolean =>
  spans.some(([start, end]) => at >= start && at < end);

const LINE = /^[ \t*_`#"'-]*(?:final )?label[ \t*_`"']*[:=][ \t*_`]*(.*)$/gim;
const AROUND = /^(?:- |[\s*_`"'])+|[\s*_`"'.]+$/g;

/** A label without the Markdown and quotation marks around it, unless they are its own. */
const bare = (text: string, isOnMenu: (text: string) => boolean): string =>
  isOnMenu(text.trim()) ? text.trim() : text.replaceAll(AROUND, "");

/** What looks like a label and belongs to no statement: the pieces of one that a quotation has broken. */
const STRAY = /label\W{0,4}[:=]/i;

/**
 * The last label that a judge states in its answer: an object with a `label`, a line `label: x`, or a last line that is
 * nothing but a label of the menu. The last one counts, whatever it says: an earlier one may be quoted from what was
 * graded. Undefined when there is none, or when what comes last cannot be read.
 */
export function lastStatement(answer: string, isOnMenu: (text: string) => boolean): Statement | undefined {
  const text = answer.trim();
  const { found, spans } = objectsIn(text);
  const stated = (label: string, at: number, end: number): Found => ({
    statement: { label: bare(label, isOnMenu), rationale: text.slice(0, at).trim() },
    at,
    end,
  });
  const lines = [...text.matchAll(LINE)].map((match) =>
    stated(match[1] ?? "", match.index, match.index + match[0].length),
  );
  const lineStart = text.lastIndexOf("\n") + 1;
  const lastLine = text.slice(lineStart);
  const alone = isOnMenu(bare(lastLine, isOnMenu)) ? [stated(lastLine, lineStart, text.length)] : [];
  const outside = [...lines, ...alone].filter(({ at }) => !isInside(at, spans));
  const [last] = [...found, ...outside].sort((a, b) => b.at - a.at);
  return last === undefined || STRAY.test(text.slice(last.end)) ? undefined : last.statement;
}
