export interface Cleaned {
  readonly text: string;
  /** UTF-16 units removed or replaced; line breaks made alike are not counted. */
  readonly removed: number;
}

/**
 * Anything that {@link cleanText} might change: controls, characters without a shape of their own (zero-width,
 * bidirectional, tags, variation selectors, soft hyphens, fillers), line separators, private use, planes without any
 * character, noncharacters and lone surrogates.
 */
const SUSPICIOUS =
  /(?![\n\t])[\p{Cc}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2028\u2029\uFFF9-\uFFFB\u{40000}-\u{EFFFF}]/u;

/** Escape sequences of ECMA-48 terminals: CSI, strings (OSC, DCS, SOS, PM, APC) up to their end, two-character ones. */
const ESCAPES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)|\x1b[ -/]*[0-~]/g;

const LINE_BREAKS = /\r\n?|[\u0085\u2028\u2029]/g;

/** Scripts in which a joiner or non-joiner changes how letters are written. */
const JOINING =
  "Arabic|Syriac|Mandaic|Nko|Mongolian|Devanagari|Bengali|Gurmukhi|Gujarati|Oriya|Tamil|Telugu|Kannada|Malayalam|Sinhala|Khmer|Myanmar|Tibetan|Javanese|Balinese";
const anyOf = (scripts: string): string =>
  `[${scripts
    .split("|")
    .map((script) => `\\p{Script=${script}}`)
    .join("")}]`;
const RIGHT_TO_LEFT = anyOf("Arabic|Hebrew|Syriac|Thaana|Nko|Adlam|Mandaic|Samaritan");

const REMOVED = String.raw`(?![\n\t])[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\uFFF9-\uFFFB]`;

/** Invisible characters in the places where ordinary text needs them; each keeps the neighbours that justify it. */
const NEEDED = [
  // The three flags that tag sequences make: England, Scotland, Wales.
  String.raw`\u{1F3F4}\u{E0067}\u{E0062}(?:\u{E0065}\u{E006E}\u{E0067}|\u{E0073}\u{E0063}\u{E0074}|\u{E0077}\u{E006C}\u{E0073})\u{E007F}`,
  // Joined emoji, and the choice between emoji and text.
  String.raw`(?<=\p{Extended_Pictographic}\uFE0F?|\p{Emoji_Modifier})\u200D(?=\p{Extended_Pictographic})`,
  String.raw`(?<=\p{Extended_Pictographic})[\uFE0E\uFE0F]|(?<=[0-9#*])\uFE0F(?=\u20E3)`,
  `(?<=${anyOf(JOINING)})[\\u200C\\u200D]`,
  // Never behind another invisible one: no text needs two in a row, and a run of them could carry a message.
  `(?<=${RIGHT_TO_LEFT})[\\u200E\\u200F\\u061C]|(?<!${REMOVED})[\\u200E\\u200F\\u061C](?=${RIGHT_TO_LEFT})`,
].join("|");

/** Shown as a replacement character: something was there, but nobody can know what. */
const REPLACED = String.raw`[\p{Co}\p{Cs}\u{40000}-\u{DFFFF}\u{E1000}-\u{EFFFF}]`;

const JUDGED = new RegExp(`(?<needed>${NEEDED})|(?<replaced>${REPLACED})|${REMOVED}`, "gu");

/**
 * A text without what its reader cannot see or a terminal would obey. Emoji sequences, combining marks, right-to-left
 * text and the joiners of Indic and Arabic scripts stay; ideographic variation selectors go (they can carry a byte
 * each), their base character stays. Never longer than it was; the same string when there is nothing to do;
 * cleaning again changes nothing.
 */
export function cleanText(text: string): Cleaned {
  if (!SUSPICIOUS.test(text)) return { text, removed: 0 };
  let removed = 0;
  const lines = text.replace(ESCAPES, (sequence) => {
    removed += sequence.length;
    return "";
  });
  const cleaned = lines.replace(LINE_BREAKS, "\n").replace(JUDGED, (...match) => {
    const found = String(match[0]);
    const groups: { needed?: string; replaced?: string } = match.at(-1);
    if (groups.needed !== undefined) return found;
    removed += found.length;
    return groups.replaced === undefined ? "" : "\uFFFD";
  });
  return { text: cleaned, removed };
}

const TRAILING_INVISIBLE = /\p{Default_Ignorable_Code_Point}+$/u;

/**
 * At most `max` UTF-16 units: the beginning and how much is missing, in words. What was cut to the same limit before
 * is left as it is.
 */
export function capText(text: string, max: number): { readonly text: string; readonly cut: number } {
  if (text.length <= max) return { text, cut: 0 };
  const noteOf = (count: number) => ` [... ${count} more characters]`;
  const room = Math.max(0, max - noteOf(text.length).length);
  const kept = text
    .slice(0, room)
    .replace(/[\uD800-\uDBFF]$/, "")
    .replace(TRAILING_INVISIBLE, "");
  const cut = text.length - kept.length;
  return { text: kept + noteOf(cut), cut };
}
