import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../../src/model/json.ts";
import { createRedactor } from "../../src/privacy/ingest.ts";

const redactor = createRedactor();
const text = (value: string) => redactor.redactText(value).text;
const json = (value: Json) => redactor.redactJson(value).value;

const chars = (sample: string, length: number) =>
  sample.repeat(Math.ceil(length / sample.length)).slice(0, length);
const mixed = "aB3dE5gH7jK9mN1pQ2sT4vW6xY8z";
const hex = "0a1b2c3d4e5f6789";

describe("redactText", () => {
  it.each([
    [
      "OpenAI project key of any length",
      `key sk-proj-${chars(mixed, 60)} ok`,
      "key [REDACTED:model-provider] ok",
    ],
    ["OpenRouter", `sk-or-v1-${chars(hex, 64)}`, "[REDACTED:model-provider]"],
    ["Hugging Face with digits", `hf_${chars(mixed, 34)}`, "[REDACTED:model-provider]"],
    ["Google", `k=AIza${chars(mixed, 35)};`, "k=[REDACTED:google];"],
    ["AWS key id", `id AKIA${"Z7Q4".repeat(4)}.`, "id [REDACTED:aws]."],
    ["bearer", `Authorization: Bearer ${chars(mixed, 30)}`, "Authorization: Bearer [REDACTED:bearer]"],
    [
      "basic",
      `-H "Authorization: Basic ${chars(mixed, 24)}=="`,
      '-H "Authorization: Basic [REDACTED:bearer]"',
    ],
    [
      "web token",
      `t eyJ${chars(mixed, 20)}.eyJ${chars(mixed, 40)}.${chars(mixed, 43)} t`,
      "t [REDACTED:jwt] t",
    ],
    [
      "password of a URL",
      "postgres://app:s3cr3t!x@db.corp:5432/shop",
      "postgres://app:[REDACTED:database-connection-string]@db.corp:5432/shop",
    ],
    ["password of a cache", "redis://:p4ss-w0rd@cache:6379/0", "redis://:[REDACTED:basicauth]@cache:6379/0"],
    ["environment line", "OPENAI_API_KEY=abcd1234efgh5678", "OPENAI_API_KEY=[REDACTED:named]"],
    ["JSON in a text", '{"db_password":"hunter-22","n":1}', '{"db_password":"[REDACTED:named]","n":1}'],
    [
      "JSON in JSON",
      '{"a":"{\\"apiKey\\":\\"hunter-22\\"}"}',
      '{"a":"{\\"apiKey\\":\\"[REDACTED:named]\\"}"}',
    ],
    ["cookie header", "Cookie: sid=abcdef123456; theme=dark\nNext: 1", "Cookie: [REDACTED:cookie]\nNext: 1"],
    ["URL parameter", "GET /x?api_key=abc123def456&q=1", "GET /x?api_key=[REDACTED:url]&q=1"],
    ["npm settings", "//r.io/:_authToken=abc123def456", "//r.io/:_authToken=[REDACTED:npm]"],
  ])("%s", (_, before, after) => {
    expect(text(before)).toBe(after);
  });

  it("takes a private key whole: escaped, encrypted, or cut off", () => {
    const lines = Array.from({ length: 12 }, () => `MIIEvQIBADANBgkqhki${chars(mixed, 45)}`);
    const key = (label: string, separator: string, head = "") =>
      `-----BEGIN ${label}-----${separator}${head}${lines.join(separator)}${separator}-----END ${label}-----`;
    for (const separator of ["\n", "\r\n", "\\n", "\\\\n", "\\r\\n"]) {
      expect(text(`"${key("PRIVATE KEY", separator)}"`)).toBe('"[REDACTED:privatekey]"');
    }
    const encrypted = key(
      "RSA PRIVATE KEY",
      "\n",
      `Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,${hex}\n\n`,
    );
    expect(text(`a ${encrypted} b`)).toBe("a [REDACTED:privatekey] b");
    expect(text(key("ENCRYPTED PRIVATE KEY", "\n"))).toBe("[REDACTED:privatekey]");
    expect(text(key("PRIVATE KEY", "\\n").slice(0, 300))).toBe("[REDACTED:privatekey]");
  });

  it("keeps JSON inside a text valid", () => {
    const inner = {
      url: "mongodb://u:s3cr3tpw@h/db",
      key: `-----BEGIN PRIVATE KEY-----\n${chars(mixed, 64)}\n${chars(mixed, 64)}\n-----END PRIVATE KEY-----\n`,
      headers: { Authorization: `Bearer ${chars(mixed, 40)}`, Cookie: "a=bcdefghij; c=d" },
      npm: `https://${chars(mixed, 30)}:x-oauth-basic@github.com/a/b`,
    };
    const once = text(JSON.stringify(inner));
    expect(Object.keys(JSON.parse(once))).toEqual(Object.keys(inner));
    const twice = text(JSON.stringify({ inner: JSON.stringify(inner) }));
    expect(Object.keys(JSON.parse(JSON.parse(twice).inner))).toEqual(Object.keys(inner));
    for (const result of [once, twice]) {
      expect(result).not.toContain("s3cr3tpw");
      expect(result).not.toContain(chars(mixed, 20));
      expect(result).not.toContain("bcdefghij");
    }
  });

  it.each([
    "The token: a unit of text. password: required. Secret: none of your business",
    "max_tokens=4096, input_tokens: 123456789, total_tokens=99999999",
    'const password = getPassword(user); api_key = os.environ["OPENAI_API_KEY"]',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: how a shell names a variable
    "api_key: <your-api-key>, api_key=${OPENAI_API_KEY}, password: ********, token: xxxxxxxxxxxx",
    "task-manager-with-a-long-name-2024 disk-usage-report-000000000000 risk-assessment",
    "https://example.com/users:list?page=2@3 mailto:a.b@c.d http://localhost:3000/a@b",
    "Bearer of bad news; basic understanding; a bearer-authentication-scheme",
    "commit 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b and trace 4bf92f3577b34da6a3ce929d0e0e4736",
    "call_9aXb3c4d5e6f7g8h9i0jklmn toolu_01A09q90qw90lq917835lq9 chatcmpl-123abc456def789ghi",
    "-----BEGIN PRIVATE KEY----- is the first line of a key",
  ])("leaves alone: %s", (clean) => {
    expect(redactor.redactText(clean)).toEqual({ text: clean, found: {} });
  });

  it("changes nothing the second time, and never throws", () => {
    const parts = [
      `sk-proj-${chars(mixed, 40)}`,
      "password",
      '"api_key":"abc123456"',
      "=",
      ":",
      " ",
      '"',
      "\\",
      "\n",
      "Bearer ",
      chars(mixed, 24),
      "://a:b1c2d3@h",
      "-----BEGIN PRIVATE KEY-----",
      chars(mixed, 64),
      "Cookie: a=",
      "\ud800",
      "é",
    ];
    const mixture = fc.array(fc.constantFrom(...parts), { maxLength: 12 }).map((chosen) => chosen.join(""));
    fc.assert(
      fc.property(fc.oneof(mixture, fc.string({ unit: "binary" })), (value) => {
        const once = text(value);
        expect(text(once)).toBe(once);
      }),
      { numRuns: 500 },
    );
  });

  it("counts, remembers large texts, and answers the same from memory", () => {
    const large = `${"word ".repeat(1_000)}sk-proj-${chars(mixed, 40)} ${"word ".repeat(1_000)}glpat-${chars(mixed, 20)}`;
    const first = redactor.redactText(large);
    expect(first.found).toEqual({ "model-provider": 1, gitlab: 1 });
    expect(redactor.redactText(large)).toEqual(first);
  });

  it("reads long hostile text within the time of a test", () => {
    const hostile = [
      "-----BEGIN PRIVATE KEY-----",
      "://a:",
      "Bearer a1",
      "password=a1",
      "xoxb-a-",
      "ghs_1_a.",
      "eyJaaaaaaaa.",
      "cookie:a=",
    ];
    for (const piece of hostile) expect(text(chars(piece, 400_000)).length).toBeLessThan(2_000_000);
  });
});

describe("redactJson", () => {
  it("returns the same object when there is nothing to remove", () => {
    const clean: Json = { a: ["b", { c: "d", max_tokens: 5, "gen_ai.usage.input_tokens": 7 }], e: null };
    expect(redactor.redactJson(clean)).toEqual({ value: clean, found: {} });
    expect(json(clean)).toBe(clean);
  });

  it("knows keys whose values are secret, however they are written", () => {
    const secret = "horse battery staple";
    for (const key of [
      "password",
      "user.password",
      "http.request.header.authorization",
      "X-Api-Key",
      "apiKey",
      "openai_api_key",
      "clientSecret",
      "Set-Cookie",
      "refresh_token",
      "aws_secret_access_key",
      "proxy-authorization",
      "credentials",
    ]) {
      expect(json({ [key]: secret }), key).toEqual({ [key]: "[REDACTED:named]" });
      expect(json({ [key]: [secret] }), key).toEqual({ [key]: ["[REDACTED:named]"] });
    }
    expect(json([{ name: "authorization", value: secret }])).toEqual([
      { name: "authorization", value: "[REDACTED:named]" },
    ]);
  });

  it("leaves what only sounds like one", () => {
    const fine: Json = {
      max_tokens: "12000",
      total_tokens: "99",
      token: "Hello",
      next_page_token: "aB3dE5gH7jK9mN1pQ2",
      has_password: "true",
      api_key: "<your key>",
      secret: "",
      show_password: "yes",
      keyword: "refund",
      properties: { password: { type: "string", description: "The password of the user" } },
      logprobs: [{ token: " the", logprob: -0.1 }],
    };
    expect(json(fine)).toBe(fine);
  });

  it("cleans keys, keeps two of them apart, and copies only what changed", () => {
    const key = `sk-proj-${chars(mixed, 40)}`;
    const kept: Json = { x: ["y"] };
    const value = json({ [key]: 1, [`${key}2`]: 2, kept });
    expect(value).toEqual({ "[REDACTED:model-provider]": 1, "[REDACTED:model-provider] (2)": 2, kept });
    expect(Reflect.get(Object(value), "kept")).toBe(kept);
  });

  it("survives prototype keys and any depth", () => {
    const sneaky: Json = JSON.parse(
      `{"__proto__": {"password": "hunter22"}, "constructor": "sk-proj-${chars(mixed, 40)}"}`,
    );
    const clean = json(sneaky);
    expect(JSON.parse(JSON.stringify(clean))).toEqual(
      JSON.parse(
        '{"__proto__": {"password": "[REDACTED:named]"}, "constructor": "[REDACTED:model-provider]"}',
      ),
    );
    expect(Reflect.get({}, "password")).toBeUndefined();
    let deep: Json = "x";
    for (let depth = 0; depth < 5_000; depth++) deep = [deep];
    expect(redactor.redactJson(deep).found).toEqual({ "too-deep": 1 });
  });
});

const data = process.env["EVALWRIGHT_TEST_DATA"];

describe.skipIf(!data)("real traces without credentials (needs EVALWRIGHT_TEST_DATA)", () => {
  it.each(["tau2-airline", "framework-traces"])("%s: nothing is taken for one", (folder) => {
    const files = readdirSync(join(data ?? "", folder)).filter((name) =>
      /\.(jsonl\.gz|trace\.json)$/.test(name),
    );
    expect(files.length).toBeGreaterThan(2);
    for (const name of files) {
      const bytes = readFileSync(join(data ?? "", folder, name));
      const lines = name.endsWith(".gz") ? gunzipSync(bytes).toString().split("\n") : [bytes.toString()];
      for (const line of lines.filter((candidate) => candidate.trim() !== "")) {
        expect(redactor.redactText(line).found).toEqual({});
        expect(redactor.redactJson(JSON.parse(line)).found).toEqual({});
      }
    }
  });
});
