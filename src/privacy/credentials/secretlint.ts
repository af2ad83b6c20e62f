import { rules } from "@secretlint/secretlint-rule-preset-recommend";
import type { CredentialRule, Hit } from "./rule.ts";
import { DATABRICKS, NAMED, PEM, PREFIXED, SLACK_WEBHOOK, URL_USER } from "./triggers.ts";

type PresetRule = (typeof rules)[number];
type RuleContext = Parameters<PresetRule["create"]>[0];
type RuleSource = Parameters<NonNullable<ReturnType<PresetRule["create"]>["file"]>>[0];

const ID_PREFIX = "@secretlint/secretlint-rule-";

/** Comments that switch rules off: the text that we read is not its reader's to configure. */
const EXCLUDED = new Set(["filter-comments"]);

const prefixed = (...names: readonly string[]): Record<string, readonly RegExp[]> =>
  Object.fromEntries(names.map((name) => [name, [PREFIXED]]));

/** By rule; one that is not listed (an update of the preset added it) reads every text, so that none is missed. */
const TRIGGERS: Readonly<Record<string, readonly RegExp[]>> = {
  aws: [NAMED],
  gcp: [PEM],
  privatekey: [PEM],
  npm: [PREFIXED, URL_USER],
  basicauth: [URL_USER],
  "database-connection-string": [URL_USER],
  slack: [PREFIXED, SLACK_WEBHOOK],
  databricks: [DATABRICKS],
  ...prefixed("sendgrid", "github", "shopify", "stripe", "gitlab", "grafana", "openai", "anthropic", "groq"),
  ...prefixed("huggingface", "linear", "notion", "1password", "hashicorp-vault", "vercel", "docker", "figma"),
  ...prefixed("cloudflare", "tailscale"),
};

const unused = (): never => {
  throw new Error("not offered to rules");
};

/** What a rule reads; rules that look for a file of a certain name see one without a name. */
const sourceOf = (content: string): RuleSource => ({
  hasBOM: false,
  content,
  filePath: undefined,
  physicalFilePath: undefined,
  contentType: "text",
  ext: "",
  getFilePath: () => undefined,
  getPhysicalFilePath: () => undefined,
  locationToRange: unused,
  rangeToLocation: unused,
  positionToIndex: unused,
  indexToPosition: unused,
});

const CREDENTIALS_IN_URL = /:\/\/[^\s:/@]{0,256}:([^\s/@]{1,256})@/;

/**
 * The secret part of a reported range: of a URL its password, of `user:TOKEN:x-oauth-basic@` what is after the last
 * separator; and never beyond a quotation mark, which would break the JSON that the text may be.
 */
function narrow(text: string, start: number, end: number): readonly [start: number, end: number] {
  const reported = text.slice(start, end);
  const url = CREDENTIALS_IN_URL.exec(reported);
  if (url?.[1] !== undefined) {
    const from = start + url.index + url[0].length - 1 - url[1].length;
    return narrowAtQuote(text, from, from + url[1].length);
  }
  const spaced = reported.startsWith("-----BEGIN") ? -1 : reported.search(/[\s"'/\\][^\s"'/\\]*$/);
  return narrowAtQuote(text, spaced < 0 || reported.includes("://") ? start : start + spaced + 1, end);
}

function narrowAtQuote(text: string, start: number, end: number): readonly [start: number, end: number] {
  const quote = text.slice(start, end).search(/\\*"/);
  return [start, quote > 0 ? start + quote : end];
}

/**
 * The rules of secretlint's recommended preset, called without its engine: that one is asynchronous, the rules
 * themselves report synchronously (all but one about .p12 files, which a text is not).
 */
export const secretlintRules: readonly CredentialRule[] = rules
  .map((rule) => ({ rule, name: rule.meta.id.replace(ID_PREFIX, "") }))
  .filter(({ name }) => !EXCLUDED.has(name))
  .map(({ rule, name }) => ({ name, triggers: TRIGGERS[name] ?? null, find: finderOf(rule, name) }));

function finderOf(rule: PresetRule, name: string): (text: string) => readonly Hit[] {
  let hits: Hit[] = [];
  let text = "";
  const context: RuleContext = {
    sharedOptions: {},
    createTranslator: () => (messageId, data) => ({ message: "", messageId: String(messageId), data }),
    ignore: () => undefined,
    report({ range }) {
      const [start, end] = narrow(text, range[0], range[1]);
      hits.push({ name, start, end });
    },
  };
  const { file } = rule.create(context, {});
  return (content) => {
    hits = [];
    text = content;
    void file?.(sourceOf(content));
    return hits;
  };
}
