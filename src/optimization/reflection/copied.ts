import { hash } from "node:crypto";
import { askedText, messageText } from "../../evaluation/example-text.ts";
import type { Example } from "../../model/example.ts";
import { isJsonObject, type Json } from "../../model/json.ts";
import { valueText } from "../../reading/message-text.ts";

const UNSPACED = String.raw`\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}`;
/** Words, and each letter of scripts that write no spaces between words. */
const TOKEN = new RegExp(
  String.raw`(?<single>(?=[\p{L}\p{N}\p{M}])[${UNSPACED}])|(?:(?![${UNSPACED}])[\p{L}\p{N}\p{M}])+`,
  "gu",
);

interface Token {
  readonly text: string;
  /** What it counts in words: two Chinese or Japanese characters are about one. */
  readonly weight: number;
  /** A name, number or long word: not one of which every text is made. */
  readonly isTelling: boolean;
}

const SINGLE_WEIGHT = 0.5;
const LONG_WORD = 7;

function tokensOf(text: string): readonly Token[] {
  const normal = text.normalize("NFKC");
  return [...normal.matchAll(TOKEN)].map((match): Token => {
    const [word] = match;
    if (match.groups?.["single"] !== undefined) return { text: word, weight: SINGLE_WEIGHT, isTelling: true };
    const startsSentence = /(?:^|[.!?:\n]\s*|["'(]\s*)$/.test(
      normal.slice(Math.max(0, match.index - 4), match.index),
    );
    const isName = /^\p{Lu}/u.test(word) && !startsSentence && word.length > 1;
    const isTelling = /\p{N}/u.test(word) || isName || word.length >= LONG_WORD;
    return { text: word.toLowerCase(), weight: 1, isTelling };
  });
}

/** Words of a run that counts if one of them is of this source only, and of one that counts in any case. */
const SHORT_RUN = 5;
const LONG_RUN = 8;

/** Index after the run of `words` words that begins at `from`; -1 when the text ends before. */
function runEnd(tokens: readonly Token[], from: number, words: number): number {
  let weight = 0;
  for (let at = from; at < tokens.length; at += 1) {
    weight += tokens[at]?.weight ?? 0;
    if (weight >= words) return at + 1;
  }
  return -1;
}

const KEY_CHARS = 14;
const keyOf = (tokens: readonly Token[], from: number, end: number): string =>
  hash(
    "sha1",
    tokens
      .slice(from, end)
      .map(({ text }) => text)
      .join(" "),
    "base64url",
  ).slice(0, KEY_CHARS);

/** Tokens of one text that are looked at: beyond lie documents, not questions. */
const MOST_TOKENS = 4_000;

function eachRun(
  tokens: readonly Token[],
  words: number,
  take: (key: string, from: number, end: number) => void,
): void {
  for (let from = 0; from < tokens.length; from += 1) {
    const end = runEnd(tokens, from, words);
    if (end < 0) return;
    take(keyOf(tokens, from, end), from, end);
  }
}

/** Runs of words that give away that a text was copied, as hashes: the texts themselves are not in it. */
export interface CopyIndex {
  /** Runs of 5 words, one of which no other source and no allowed text has. */
  readonly short: ReadonlySet<string>;
  /** Runs of 8 words that next to no other source has. */
  readonly long: ReadonlySet<string>;
  /** Texts that were longer than is looked at. */
  readonly shortened: number;
}

/** In how many sources a run may be and still belong to them, as a share; more is boilerplate of the data. */
const COMMON_SHARE = 0.05;

/**
 * Indexes the texts of sources (one list an example), so that copies of them can be found. A phrase that anybody might
 * write must not count: so a run of 5 to 7 words counts only with a name, a number or a long word in it that is in one
 * source alone, and 8 words only where at most 5 % of the sources (at least two) share them. Nothing counts that is in
 * an `allowed` text: the seed, declared literals, and, for holdout texts, the training examples. Of scripts without
 * spaces two characters count as one word.
 */
export function copyIndex(
  sources: readonly (readonly string[])[],
  allowed: readonly string[] = [],
): CopyIndex {
  let shortened = 0;
  const tokens = sources.map((texts) =>
    texts.map((text) => {
      const all = tokensOf(text);
      if (all.length > MOST_TOKENS) shortened += 1;
      return all.slice(0, MOST_TOKENS);
    }),
  );
  const known = allowed.map(tokensOf);
  const wordSources = countSources(tokens.map((texts) => texts.flat().map(({ text }) => text)));
  const knownWords = new Set(known.flat().map(({ text }) => text));
  const knownRuns = new Set<string>();
  for (const words of [SHORT_RUN, LONG_RUN])
    for (const text of known) eachRun(text, words, (key) => knownRuns.add(key));
  const isRare = ({ text, isTelling, weight }: Token): boolean =>
    weight === 1 && isTelling && wordSources.get(text) === 1 && !knownWords.has(text);
  const short = new Set<string>();
  for (const text of tokens.flat())
    eachRun(text, SHORT_RUN, (key, from, end) => {
      if (text.slice(from, end).some(isRare) && !knownRuns.has(key)) short.add(key);
    });
  const runsOf = tokens.map((texts) => {
    const keys: string[] = [];
    for (const text of texts) eachRun(text, LONG_RUN, (key) => keys.push(key));
    return keys;
  });
  const most = Math.max(2, Math.floor(sources.length * COMMON_SHARE));
  const runSources = countSources(runsOf);
  const long = new Set(
    [...runSources].flatMap(([key, count]) => (count <= most && !knownRuns.has(key) ? [key] : [])),
  );
  return { short, long, shortened };
}

function countSources(sources: readonly (readonly string[])[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const source of sources)
    for (const key of new Set(source)) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

/** A copied passage of a text: how many words, and where the first of them stands, counted from 1. */
export interface Copied {
  readonly words: number;
  readonly firstWord: number;
}

/** The longest passage of a text that was copied from an index's sources; null when there is none. */
export function findCopied(text: string, { short, long }: CopyIndex): Copied | null {
  if (short.size === 0 && long.size === 0) return null;
  const tokens = tokensOf(text);
  const hits: { from: number; end: number }[] = [];
  eachRun(tokens, SHORT_RUN, (key, from, end) => {
    if (short.has(key)) hits.push({ from, end });
  });
  eachRun(tokens, LONG_RUN, (key, from, end) => {
    if (long.has(key)) hits.push({ from, end });
  });
  let best: { from: number; end: number } | null = null;
  let run: { from: number; end: number } | null = null;
  for (const hit of hits.sort((a, b) => a.from - b.from)) {
    run = run !== null && hit.from <= run.end ? { from: run.from, end: Math.max(run.end, hit.end) } : hit;
    if (best === null || run.end - run.from > best.end - best.from) best = run;
  }
  return best === null ? null : { words: best.end - best.from, firstWord: best.from + 1 };
}

function leafTexts(value: Json): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(leafTexts);
  return isJsonObject(value) ? Object.values(value).flatMap(leafTexts) : [];
}

/**
 * The texts of an example that no candidate may copy: what is asked, in all its turns, and the expected answer. Facts
 * and guidelines are not among them: those hold for more than one case.
 */
export function examplePassages({ inputs, messages, turns, expectations }: Example): readonly string[] {
  const asked = askedText(inputs);
  const said = messages.filter(({ role }) => role === "user").map(messageText);
  const expected = expectations["answer"];
  return [
    ...(asked === null ? leafTexts(inputs) : [asked]),
    ...said,
    ...turns,
    ...(expected === undefined ? [] : [valueText(expected)]),
  ];
}
