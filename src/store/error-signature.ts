/** Text beyond this is not looked at, so that masking a huge message costs nothing. */
const LOOKED_AT = 1_000;
const MAX_CHARS = 200;

/** What differs between two occurrences of one error, most specific first. */
const MASKS: readonly (readonly [RegExp, string])[] = [
  [/[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/g, "<email>"],
  [/\bhttps?:\/\/[^\s"'<>)]+/gi, "<url>"],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "<uuid>"],
  [/"[^"\n]*"|`[^`\n]*`|(?<![\p{L}\p{N}])'[^'\n]*'(?![\p{L}\p{N}])/gu, "<text>"],
  // Ids: hex with a digit in it, and words with a number after an underscore or hyphen (call_8fx2).
  [/\b(?:0x[0-9a-f]+|(?=[0-9a-f]{0,64}\d)[0-9a-f]{8,})\b/gi, "<id>"],
  [/\b(?=[a-z_-]{0,32}\d)[a-z]{1,16}[_-][0-9a-z]{6,}\b/gi, "<id>"],
  // Letters and digits in turn, joined by hyphens (8f3a-77c1): an id; one letter after a number is a unit (5s).
  [
    /\b(?=[0-9a-z-]{0,64}\d[a-z]\d|[0-9a-z-]{0,64}[a-z]\d[0-9a-z]*-)[0-9a-z]{2,}(?:-[0-9a-z]{2,}){1,6}\b/gi,
    "<id>",
  ],
  [/\d+(?:[.,:]\d+)*/g, "<n>"],
];

function mask(message: string): string {
  const line = message.slice(0, LOOKED_AT).replace(/\s+/g, " ").trim();
  return MASKS.reduce((text, [pattern, placeholder]) => text.replace(pattern, placeholder), line);
}

/**
 * One name for all occurrences of an error: its type and its message, in which numbers, ids, uuids, emails, URLs and
 * quoted text are placeholders. At most 200 characters; `unknown error` when nothing is known.
 */
export function errorSignature(type: string | null, message: string | null): string {
  const masked = message === null ? "" : mask(message);
  const named = type === null ? "" : mask(type);
  const whole =
    named === "" || masked.startsWith(named) ? masked : masked === "" ? named : `${named}: ${masked}`;
  if (whole === "") return "unknown error";
  return whole.length <= MAX_CHARS
    ? whole
    : `${whole.slice(0, MAX_CHARS - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
