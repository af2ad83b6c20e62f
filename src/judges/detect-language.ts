/** Text that says little about its language: code, links, addresses and numbers. */
const NOISE = /```[\s\S]*?(?:```|$)|`[^`\n]*`|https?:\/\/\S+|\S+@\S+|\d+/gu;

/** Only the beginning is read: a language shows in a few sentences. */
const MAX_CHARS = 5_000;

/** Letters from which a guess is taken; a letter of Chinese, Japanese or Korean counts for four. */
export const DEFAULT_MIN_LETTERS = 20;

const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu;

const weightOf = (text: string): number =>
  (text.match(/\p{L}/gu)?.length ?? 0) + 3 * (text.match(WIDE)?.length ?? 0);

const load = async () => (await import("eld/extrasmall")).eld.newInstance();
let detector: ReturnType<typeof load> | undefined;

/** Languages that can be told, as ISO 639-1 codes. */
export async function knownLanguages(): Promise<readonly string[]> {
  detector ??= load();
  return Object.values((await detector).info().Languages);
}

export interface Detected {
  /** ISO 639-1; null when it cannot be told. */
  readonly language: string | null;
  /** The text has too few letters to tell. */
  readonly isShort: boolean;
}

/**
 * The language of a text by eld (character n-grams); null when the text is too short or the guess is not reliable by
 * eld's own measure. Code, links and numbers do not count.
 */
export async function detectLanguage(
  text: string,
  minLetters: number = DEFAULT_MIN_LETTERS,
): Promise<Detected> {
  const prose = text.slice(0, MAX_CHARS).replace(NOISE, " ");
  if (weightOf(prose) < minLetters) return { language: null, isShort: true };
  detector ??= load();
  const found = (await detector).detect(prose);
  return { language: found.language !== "" && found.isReliable() ? found.language : null, isShort: false };
}
