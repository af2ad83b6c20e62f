import { z } from "zod";
import type { JudgedItem } from "../../model/judged-item.ts";
import { codeJudge, notApplicable } from "../code-judge.ts";
import type { CodeFinding } from "../definition.ts";
import { userTexts } from "../subject.ts";
import { wordsOf } from "../words.ts";
import { PROFANITY } from "./profanity-words.ts";

interface Tone {
  readonly label: string;
  readonly what: string;
  /** What is wrong with a message, undefined when nothing is. */
  readonly find: (text: string) => string | undefined;
}

/** Share of the user's messages without what the tone looks for; each with it is a part. */
export function toneOf(item: JudgedItem, tone: Tone): CodeFinding {
  const texts = userTexts(item);
  if (texts.length === 0) return notApplicable("the user said nothing");
  const parts = texts.flatMap(({ turn, text }) => {
    const rationale = tone.find(text);
    return rationale === undefined ? [] : [{ spanId: null, turn, label: tone.label, value: 0, rationale }];
  });
  return {
    value: 1 - parts.length / texts.length,
    rationale: `${parts.length} of ${texts.length} user messages ${tone.what}`,
    parts,
  };
}

const isCased = (letter: string): boolean => letter.toLowerCase() !== letter.toUpperCase();

/** Words of two or more letters that have cases, without those with digits (order numbers are no shouting). */
const casedWords = (text: string): readonly string[] =>
  wordsOf(text).filter(
    (word) => !/\p{N}/u.test(word) && (word.match(/\p{L}/gu) ?? []).filter(isCased).length >= 2,
  );

const isUpper = (word: string): boolean => word === word.toUpperCase();

/** How much of a message is in capitals, where that is `minShare` of at least `minWords` words; else undefined. */
export function findCapitals(text: string, minShare: number, minWords: number): string | undefined {
  const words = casedWords(text);
  const upper = words.filter(isUpper).length;
  return words.length >= minWords && upper / words.length >= minShare
    ? `${upper} of ${words.length} words in capitals`
    : undefined;
}

/** Share of the user's messages not written in capitals, in which users shout. */
export const noUserCaps = codeJudge({
  name: "no_user_caps",
  summary: "The user does not write in capitals (shouting, a sign of frustration).",
  revision: 1,
  level: "session",
  needs: [],
  goal: "higher",
  bounded: true,
  threshold: 1,
  params: z.strictObject({
    /** Words in capitals among all words with cases, from which a message counts. */
    minShare: z.number().gt(0).max(1).default(0.7),
    /** Words that a message must have to count: `OK` is none. */
    minWords: z.int().min(1).default(3),
  }),
  otherNames: {},
  judge(item, { minShare, minWords }) {
    return toneOf(item, {
      label: "capitals",
      what: "in capitals",
      find: (text) => findCapitals(text, minShare, minWords),
    });
  },
});

/** Whole words of the list, and further ones given as patterns. */
export function profanityPattern(further: readonly string[]): RegExp {
  const pattern = [...PROFANITY, ...further].join("|");
  return new RegExp(`(?<![\\p{L}\\p{N}_])(?:${pattern})(?![\\p{L}\\p{N}_])`, "giu");
}

/** Where a message has a word of the pattern that is not allowed; undefined when it has none. */
export function findProfanity(
  text: string,
  pattern: RegExp,
  allowed: ReadonlySet<string>,
): string | undefined {
  const found = [...text.normalize("NFKC").matchAll(pattern)].find(
    ([match]) => !allowed.has(match.toLowerCase()),
  );
  return found && `a swear word at character ${found.index}`;
}

const escaped = (word: string): string => word.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");

/** Share of the user's messages without a swear word or insult, of a short English list and the words given. */
export const noUserProfanity = codeJudge({
  name: "no_user_profanity",
  summary: "The user does not swear (English list; more words by parameter).",
  revision: 1,
  level: "session",
  needs: [],
  goal: "higher",
  bounded: true,
  threshold: 1,
  params: z.strictObject({
    /** Further words, of any language. */
    words: z.array(z.string().min(2).max(60)).max(500).default([]),
    /** Words of the list that are none here. */
    allow: z.array(z.string().min(2).max(60)).max(500).default([]),
  }),
  otherNames: {},
  judge(item, { words, allow }) {
    const expression = profanityPattern(words.map(escaped));
    const allowed = new Set(allow.map((word) => word.toLowerCase()));
    return toneOf(item, {
      label: "profanity",
      what: "with a swear word",
      find: (text) => findProfanity(text, expression, allowed),
    });
  },
});
