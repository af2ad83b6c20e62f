import { wordsOf } from "../../judges/words.ts";

const SHINGLE = 3;

/** Runs of three words of a text, without regard to case; of a shorter one itself. */
export function shinglesOf(text: string): ReadonlySet<string> {
  const words = wordsOf(text.normalize("NFKC").toLowerCase());
  const count = Math.max(1, words.length - SHINGLE + 1);
  return new Set(Array.from({ length: count }, (_, i) => words.slice(i, i + SHINGLE).join(" ")));
}

/** Jaccard similarity of two sets, 0 to 1. */
export function similarity(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const one of a) if (b.has(one)) shared += 1;
  return shared / Math.max(1, a.size + b.size - shared);
}
