import { lintSource } from "@secretlint/core";
import { creator, rules as preset } from "@secretlint/secretlint-rule-preset-recommend";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rules } from "../../src/privacy/credentials/find.ts";
import { secretlintRules } from "../../src/privacy/credentials/secretlint.ts";
import { createRedactor } from "../../src/privacy/ingest.ts";

const PREFIX = "@secretlint/secretlint-rule-";

/** What a rule searches for, seen by handing it a text that only notes the patterns. */
function patternsOf(name: string): RegExp[] {
  const seen: RegExp[] = [];
  const text = {
    length: 0,
    matchAll(pattern: RegExp) {
      seen.push(pattern);
      return [].values();
    },
  };
  const rule = secretlintRules.find((candidate) => candidate.name === name);
  Reflect.apply(rule?.find ?? fail, undefined, [text]);
  return seen;
}

const fail = () => {
  throw new Error("no such rule");
};

/** A pattern without what fast-check cannot generate: boundaries, which ask about the surroundings only. */
const generable = (pattern: RegExp): RegExp =>
  new RegExp(
    pattern.source
      .replace(/\(\?<!\\p\{L\}\)|\(\?!(?:\[[^\]]*\]|\\w)\)|\\b/g, "")
      .replace(/\(\?<\w+>/g, "(")
      .replace(/(?<!\\)\.(?=[*{])/g, "[a-zA-Z0-9]")
      .replace(/\[\^[^\]]*\]/g, "[a-z0-9]"),
    pattern.flags.replace(/[giu]/g, ""),
  );

/** The one rule that looks at file names only. */
const FILES_ONLY = "gcp";

const names = secretlintRules.map((rule) => rule.name);

describe("secretlint's preset", () => {
  it("is used whole, but for the comments that switch it off", () => {
    const all = preset.map((rule) => rule.meta.id.replace(PREFIX, ""));
    expect(all.filter((name) => !names.includes(name))).toEqual(["filter-comments"]);
  });

  it("has no rule without a trigger, which would slow every text down", () => {
    expect(rules.filter((rule) => rule.triggers === null).map((rule) => rule.name)).toEqual([]);
  });

  it.each(names.filter((name) => name !== FILES_ONLY))("triggers miss nothing that %s can match", (name) => {
    const patterns = patternsOf(name);
    expect(patterns.length).toBeGreaterThan(0);
    const rule = secretlintRules.find((candidate) => candidate.name === name);
    for (const pattern of patterns) {
      const arbitrary = fc.stringMatching(generable(pattern));
      fc.assert(
        fc.property(
          arbitrary,
          (example) =>
            rule?.find(example).length === 0 || rule?.triggers?.some((trigger) => trigger.test(example)),
        ),
        { numRuns: 200 },
      );
    }
  });
});

const chars = (text: string, length: number) => text.repeat(Math.ceil(length / text.length)).slice(0, length);
const mixed = "aB3dE5gH7jK9mN1pQ2sT4vW6xY8z";
const upper = "A2B4C6D8E1F3";
const letters = "aBcDeFgHiJkLmNoPqRsTuVwXyZ";
const hex = "0a1b2c3d4e5f6789";
const pem = (label: string) =>
  `-----BEGIN ${label}-----\n${Array(6)
    .fill(`MIIEvQIBADANBgkqhki${chars(mixed, 45)}`)
    .join("\n")}\n-----END ${label}-----`;

/** One made-up credential per rule, put together here so that scanners of this repository find none. */
const EXAMPLES: readonly (readonly [rule: string, text: string])[] = [
  ["aws", `aws_secret_access_key = ${chars(`${mixed}/`, 40)}`],
  ["privatekey", pem("RSA PRIVATE KEY")],
  ["npm", `npm_${chars(mixed, 36)}`],
  ["basicauth", `https://deploy:${chars(mixed, 12)}@git.corp.io/a.git`],
  ["slack", `xoxb-${chars("123", 12)}-${chars("456", 12)}-${chars(mixed, 24)}`],
  ["sendgrid", `SG.${chars(mixed, 22)}.${chars(mixed, 43)}`],
  ["shopify", `shpat_${chars(hex, 32)}`],
  ["stripe", `sk_live_${chars(mixed, 24)}`],
  ["github", `ghp_${chars(mixed, 36)}`],
  ["gitlab", `glpat-${chars(mixed, 20)}`],
  ["grafana", `glsa_${chars(mixed, 32)}_${chars(hex, 8)}`],
  ["openai", `sk-${chars(mixed, 20)}T3BlbkFJ${chars(mixed, 20)}`],
  ["anthropic", `sk-ant-api03-${chars(mixed, 93)}AA`],
  ["groq", `gsk_${chars(mixed, 52)}`],
  ["huggingface", `hf_${chars(letters, 34)}`],
  ["linear", `lin_api_${chars(mixed, 40)}`],
  ["notion", `ntn_${chars("123456", 11)}${chars(mixed, 35)}`],
  [
    "1password",
    `ops_${Buffer.from(JSON.stringify({ email: "a@b.c", key: chars(mixed, 92) })).toString("base64")}`,
  ],
  ["database-connection-string", `postgres://app:${chars(mixed, 12)}@db.corp.io:5432/shop`],
  ["hashicorp-vault", `hvs.${chars(mixed, 95)}`],
  ["vercel", `vcp_${chars(mixed, 24)}`],
  ["databricks", `dapi${chars(hex, 32)}`],
  ["docker", `dckr_pat_${chars(mixed, 27)}`],
  ["figma", `figd_${chars(mixed, 40)}`],
  ["cloudflare", `cfut_${chars(mixed, 40)}${chars(hex, 8)}`],
  ["tailscale", `tskey-auth-${chars(mixed, 12)}-${chars(upper, 32)}`],
];

describe("one credential of each rule", () => {
  it("is here for every rule", () => {
    expect(EXAMPLES.map(([name]) => name).sort()).toEqual(names.filter((name) => name !== FILES_ONLY).sort());
  });

  it.each(EXAMPLES)("%s: found by secretlint's own engine, and redacted", async (name, secret) => {
    const source = {
      content: `see ${secret} there`,
      contentType: "text" as const,
      filePath: "a.txt",
      ext: ".txt",
    };
    const config = { rules: [{ id: "preset", rule: creator }] };
    const theirs = await lintSource({ source, options: { config, noPhysicFilePath: true } });
    expect(theirs.messages.map((message) => message.ruleId)).toContain(`${PREFIX}${name}`);

    const { text, found } = createRedactor().redactText(source.content);
    expect(text).toContain(`[REDACTED:${name}]`);
    expect(found[name]).toBe(1);
    for (const message of theirs.messages) {
      const reported = source.content.slice(message.range[0], message.range[1]);
      expect(text).not.toContain(reported);
    }
    expect(text.startsWith("see ")).toBe(true);
    expect(text.endsWith(" there")).toBe(true);
  });
});
