const PLACEHOLDER =
  /^(?:true|false|null|none|undefined|string|required|optional|hidden|masked|redacted|changeme|(?:your|my|the)[-_ ].*|[*x•.\-_]+|<.*>?|\[.*|\$?\{.*|%.*%|\$[A-Za-z_(].*|(?:process\.env|os\.environ|os\.getenv|import\.meta|env)[.[(].*|example.*|.*\.\.\.)$/i;

/** A word that stands where a secret would be: a default, a variable, a mask, or what a redactor left. */
export const isPlaceholder = (value: string): boolean => PLACEHOLDER.test(value);

/**
 * Letters and digits mixed as generated secrets mix them, and no placeholder. Words, paths, versions and numbers are
 * not; a text may say "token" about many things.
 */
export function looksRandom(value: string): boolean {
  if (isPlaceholder(value)) return false;
  const digits = value.match(/\d/g)?.length ?? 0;
  const letters = value.match(/[A-Za-z]/g)?.length ?? 0;
  return digits >= 2 && letters >= 2 && new Set(value).size >= 6;
}
