let segmenter: Intl.Segmenter | undefined;

/** Words and, apart, every mark between them, by Unicode's rules (UAX 29), which also divide Chinese and Japanese. */
export function segmentsOf(text: string): readonly { readonly text: string; readonly isWord: boolean }[] {
  segmenter ??= new Intl.Segmenter("en", { granularity: "word" });
  return [...segmenter.segment(text)]
    .filter(({ segment }) => segment.trim() !== "")
    .map(({ segment, isWordLike }) => ({ text: segment, isWord: isWordLike ?? false }));
}

/** The words of a text, in order, without what is between them. */
export const wordsOf = (text: string): string[] =>
  segmentsOf(text).flatMap((segment) => (segment.isWord ? [segment.text] : []));
