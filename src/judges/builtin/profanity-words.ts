/**
 * English swear words and insults that a user throws at an agent, as regular expressions of whole words. Kept short
 * and unambiguous: words that are also names, animals or anatomy (dick, cock, ass alone) are left out, since a false
 * alarm costs more trust here than a miss.
 */
export const PROFANITY: readonly string[] = [
  "f+u+c+k+\\w*",
  "motherf+u+c+k+\\w*",
  "f(?:ck|uk|cking|ckin|ukin|uking)",
  "(?:wtf|stfu|gtfo|ffs|omfg)",
  "(?:bull|horse|dip|bat)?sh[i1!]+t+(?:ty|s|show|head|heads|hole)?",
  "b[i1]tch(?:es|y|ing)?",
  "bastards?",
  "assholes?",
  "a[s$]{2}hats?",
  "(?:dumb|jack|smart|kick)ass(?:es)?",
  "bollocks",
  "bugger off",
  "piss(?:ed)? off",
  "crap(?:py)?",
  "(?:god)?(?:damn(?:ed|it)?|dammit)",
  "dickheads?",
  "pricks",
  "cunts?",
  "twats?",
  "wankers?",
  "(?:douche|douchebag)s?",
  "idiot(?:s|ic)?",
  "morons?|moronic",
  "imbeciles?",
  "retard(?:s|ed)?",
  "(?:go to|what the|bloody) hell",
  "screw you",
  "shut up",
];
