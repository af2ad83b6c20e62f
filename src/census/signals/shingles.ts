import { wordsOf } from "../../judges/words.ts";

const WIDTH = 4;
/** Words of a text that are looked at. */
const MAX_WORDS = 400;

/** Words that say nothing about what a text is about. */
const STOP = new Set(
  "a an and are as at be been but by can could did do does for from had has have hello help hey hi how i if in is it its just like me my need no not of ok okay on or our please so that the their them then there they this thanks thank to up us want was we were what when where which who will with would yes you your i'm i'd it's don't can't".split(
    " ",
  ),
);

const plainWords = (text: string): readonly string[] =>
  wordsOf(text.slice(0, 4_000).normalize("NFKC").replaceAll("\u2019", "'").toLowerCase()).slice(0, MAX_WORDS);

/** Words that carry the topic, each once. */
export const contentWords = (text: string): ReadonlySet<string> =>
  new Set(plainWords(text).filter((word) => word.length > 2 && !STOP.has(word)));

/** Runs of four characters within the topic's words, each once (Broder, "On the resemblance and containment of documents", 1997). */
export function shinglesOf(text: string): ReadonlySet<string> {
  const shingles = new Set<string>();
  for (const word of contentWords(text)) {
    const padded = ` ${word} `;
    for (let at = 0; at + WIDTH <= padded.length; at += 1) shingles.add(padded.slice(at, at + WIDTH));
    if (padded.length < WIDTH) shingles.add(padded);
  }
  return shingles;
}

/** Resemblance (Jaccard) of two sets: 1 equal, 0 nothing shared. */
export function resemblance(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const one of a) if (b.has(one)) shared += 1;
  const all = a.size + b.size - shared;
  return all === 0 ? 0 : shared / all;
}
