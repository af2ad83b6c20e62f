/**
 * Cheap tests that every text gets, about 1 GB/s each: a rule reads a text only if its trigger matches. Each starts
 * with a rare character or one literal, which is what the regular expression engine searches fastest; what comes
 * before that character is looked at only where it stands. None is global, so that `test` keeps no state.
 */

const PREFIXES =
  "npm|gsk|hf|lin_api|ntn|SG|shp(?:pa|ca|at|ss)|[sr]k_(?:live|test)|gh[pousr]|github_pat|glpat|glc|glsa|ops|hv[sbr]|vc[piark]|dckr_pat|figd|cf(?:k|ut|at)|tskey|sk|xai|pplx|r8|lsv2_[ps][tk]|nvapi|tvly|ya29|GOCSPX";

/**
 * A known prefix, its separator, and at least 16 characters of token; or the shorter beginnings of Slack's and
 * GitHub's; or the second part of a JSON web token. One pass for all.
 */
export const PREFIXED = new RegExp(
  `[_.-](?:(?<=(?:${PREFIXES})[_.-])(?=[A-Za-z0-9_.+/=-]{16})|(?<=xox[abopr]-|xapp-)|(?<=ghs_)(?=\\d)|(?<=\\.)(?=eyJ))`,
);

export const SLACK_WEBHOOK = /\/services\/T/i;
export const DATABRICKS = /dapi[A-Fa-f0-9]{32}/;
/** All of a PEM header that is rare: searched faster than its dashes. */
export const PEM = /PRIVATE KEY/;
/** `://user:password@` */
export const URL_USER = /:\/\/[^\s/@]{1,300}@/;
export const AWS_KEY_ID = /A(?:KIA|SIA)[A-Z0-9]{16}/;
export const GOOGLE_KEY = /AIza[\w-]{35}/;
export const BEARER = /earer [A-Za-z0-9._~+/-]{16}/;
export const BASIC = /asic [A-Za-z0-9._~+/-]{16}/;
/** Names whose value is a credential when it looks like one. */
export const NAMES =
  "passw(?:or)?d|passphrase|(?:api|private|auth|secret|access)[-_]?key|secret|(?:access|auth|refresh|session|bearer|id|api|bot)[-_]?token|authorization";

/** What stands right before a colon or equals sign that follows one of `names`; quotation marks may be escaped. */
export const after = (names: string): string => String.raw`[:=](?<=(?:${names})\\{0,8}["']?\s*[:=])`;

/** Names that say too little alone: their rules ask for more around them. */
const WEAK_NAMES = "cookie|token|signature";

export const NAMED = new RegExp(after(`${NAMES}|${WEAK_NAMES}`), "i");
