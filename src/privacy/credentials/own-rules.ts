import type { CredentialRule, Hit } from "./rule.ts";
import {
  AWS_KEY_ID,
  after,
  BASIC,
  BEARER,
  GOOGLE_KEY,
  NAMED,
  NAMES,
  PEM,
  PREFIXED,
  URL_USER,
} from "./triggers.ts";
import { isPlaceholder, looksRandom } from "./value.ts";

interface Spec {
  readonly name: string;
  readonly triggers: readonly RegExp[];
  /** Global; group `secret` is what to redact, else the whole match is. */
  readonly pattern: RegExp;
  readonly accepts?: (secret: string) => boolean;
}

function ruleOf({ name, triggers, pattern, accepts }: Spec): CredentialRule {
  return {
    name,
    triggers,
    find(text) {
      const hits: Hit[] = [];
      for (const match of text.matchAll(pattern)) {
        const secret = match.groups?.["secret"] ?? match[0];
        if (accepts && !accepts(secret)) continue;
        const start = match.index + match[0].lastIndexOf(secret);
        hits.push({ name, start, end: start + secret.length });
      }
      return hits;
    },
  };
}

const SPACE = String.raw`(?:\s|\\+[nrt])`;
const PEM_LINE = "[A-Za-z0-9+/]{16,1000}={0,2}";

/**
 * Keys that the preset leaves alone: encrypted ones, and ones whose end an attribute limit cut off. A line break may
 * be escaped, several times where JSON is in JSON.
 */
const PEM_KEY = new RegExp(
  `-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----${SPACE}{0,8}` +
    `(?:(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset)[:][^\\n\\\\"]{0,100}${SPACE}{1,8}){0,5}` +
    `${PEM_LINE}(?:${SPACE}{1,8}${PEM_LINE}){0,400}` +
    `(?:${SPACE}{0,8}[A-Za-z0-9+/=]{0,40}${SPACE}{0,8}-----END [A-Z0-9 ]{1,60}-----|${SPACE}{1,8}[A-Za-z0-9+/=]{1,15}$)?`,
  "g",
);

/** Credentials of services that agents are built on and that secretlint's preset lacks, and of no service at all. */
export const ownRules: readonly CredentialRule[] = [
  ruleOf({ name: "privatekey", triggers: [PEM], pattern: PEM_KEY }),
  ruleOf({
    name: "aws",
    triggers: [AWS_KEY_ID],
    pattern: /(?<![A-Za-z0-9])A(?:KIA|SIA)(?![A-Z0-9]{9}EXAMPLE)[A-Z0-9]{16}(?![A-Za-z0-9])/g,
  }),
  ruleOf({
    name: "google",
    triggers: [GOOGLE_KEY, PREFIXED],
    pattern: /(?<![\w-])(?:AIza[\w-]{35}(?![\w-])|ya29\.[\w.-]{20,2000}|GOCSPX-[\w-]{28})/g,
  }),
  ruleOf({
    name: "model-provider",
    triggers: [PREFIXED],
    pattern:
      /(?<![\w-])(?:sk-(?:(?:proj|svcacct|admin|None|ant|or|lf)-[\w-]{20,400}|[A-Za-z0-9]{32,200})|hf_[A-Za-z0-9]{30,60}|xai-[A-Za-z0-9]{40,120}|pplx-[A-Za-z0-9]{40,80}|r8_[A-Za-z0-9]{37,40}|lsv2_[ps][tk]_[0-9a-f]{32}_[0-9a-f]{10}|nvapi-[\w-]{40,100}|tvly-[\w-]{20,60})/g,
    accepts: looksRandom,
  }),
  ruleOf({
    name: "jwt",
    triggers: [PREFIXED],
    pattern: /(?<![\w-])eyJ[\w-]{8,4000}\.eyJ[\w-]{8,20000}(?:\.[\w-]{8,2000})?/g,
  }),
  ruleOf({
    name: "bearer",
    triggers: [BEARER, BASIC],
    pattern: /\b(?:bearer|basic) (?<secret>[A-Za-z0-9._~+/-]{16,4000}={0,2})/gi,
    accepts: looksRandom,
  }),
  ruleOf({
    name: "url",
    triggers: [NAMED],
    pattern:
      /[?&](?:api[-_]?key|access[-_]token|auth[-_]token|client[-_]secret|password|token|X-Amz-Signature|X-Goog-Signature)=(?<secret>[A-Za-z0-9._~+/%-]{8,2000})/gi,
    accepts: looksRandom,
  }),
  ruleOf({ name: "npm", triggers: [NAMED], pattern: /_authToken=(?<secret>[A-Za-z0-9._~+/=-]{8,400})/g }),
  // Unlike the preset's: any user and password, not only letters and digits.
  ruleOf({
    name: "basicauth",
    triggers: [URL_USER],
    pattern: /:\/\/[^\s:/@"'\\]{0,100}:(?<secret>[^\s:/@"'\\<>{}$*]{4,200})@[\w.-]/gi,
    accepts: (secret) => !isPlaceholder(secret) && /\d|[^\w]/.test(secret),
  }),
  ruleOf({
    name: "named",
    triggers: [NAMED],
    pattern: new RegExp(
      String.raw`${after(NAMES)}\s?\\{0,8}["'](?<secret>[^"'\\\s]{6,400})\\{0,8}["']`,
      "gi",
    ),
    accepts: (secret) => !isPlaceholder(secret) && /[^A-Za-z_]/.test(secret),
  }),
  ruleOf({
    name: "named",
    triggers: [NAMED],
    pattern: new RegExp(
      String.raw`${after(NAMES)}\s?\\{0,8}["']?(?:bearer |basic |token )?(?<secret>[A-Za-z0-9._~+/!@#%^*=-]{8,400})`,
      "gi",
    ),
    accepts: looksRandom,
  }),
  ruleOf({
    name: "cookie",
    triggers: [NAMED],
    pattern: new RegExp(
      String.raw`${after("cookie")}\s?\\{0,8}["']?(?<secret>[\w.-]{1,100}=[^"'\\\r\n]{8,4000})`,
      "gi",
    ),
  }),
];
