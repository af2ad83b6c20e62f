/** Keys whose whole value is a credential, whatever it looks like. The end of the key decides. */
const SECRET_KEY =
  /(?:^|_)(?:(?:proxy_)?authorization|(?:set_)?cookie|passw(?:or)?d|passphrase|(?:x_)?api_?key|secret|(?:secret|private|access|auth|signing|encryption)_key|secret_access_key|(?:access|auth|refresh|session|bearer|id|api|bot|service_account)_token|client_secret|credentials?)$/;

/** Keys whose value may be one: log probabilities, pages of a list and parsers have tokens too. */
const MAYBE_SECRET_KEY = /(?:^|_)(?:token|signature|x_amz_security_token)$/;

const NOT_SECRET =
  /(?:page|continuation|cursor|sync|next|cancell?ation|eos|bos|pad|unk|stop|has|is|show|forgot|requires?)_[a-z_]*$/;

export type KeyMeaning = "secret" | "maybe" | "plain";

const MAX_KEY = 200;
const known = new Map<string, KeyMeaning>();
const MAX_KNOWN = 5_000;

/** What the name of an attribute or of a JSON key says of its value. `apiKey`, `api-key` and `x.api_key` are alike. */
export function meaningOf(key: string): KeyMeaning {
  if (key.length > MAX_KEY) return "plain";
  const remembered = known.get(key);
  if (remembered !== undefined) return remembered;
  const meaning = judge(key);
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(key, meaning);
  return meaning;
}

function judge(key: string): KeyMeaning {
  const name = key
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[-. ]/g, "_")
    .toLowerCase();
  if (NOT_SECRET.test(name)) return "plain";
  if (SECRET_KEY.test(name)) return "secret";
  return MAYBE_SECRET_KEY.test(name) ? "maybe" : "plain";
}
