import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { AppError } from "../../src/errors.ts";
import { createLlm } from "../../src/llm/create-llm.ts";
import { listEndpoints, resolveEndpoint } from "../../src/llm/endpoints.ts";
import { packageRoot } from "../../src/runtime.ts";
import { ask, scripted } from "./client.ts";

function home(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "evalwright-models-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const YAML = `
default: judge
endpoints:
  judge:
    baseUrl: https://api.openai.com/v1
    model: gpt-5-mini
    apiKeyEnv: JUDGE_KEY
    extra: { reasoning_effort: low }
  local:
    baseUrl: http://localhost:11434/v1
    model: qwen3
    concurrency: 2
    vision: true
    prices: { inputPerMTok: 0, outputPerMTok: 0 }
`;

async function problemOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof AppError) return error.describe();
    throw error;
  }
  throw new Error("it was accepted");
}

/** What is said about one entry of a models file. */
const problemWith = (entry: unknown): Promise<string> =>
  problemOf(
    listEndpoints({
      EVALWRIGHT_HOME: home({ "models.json": JSON.stringify({ endpoints: { judge: entry } }) }),
    }),
  );

const good = { baseUrl: "https://api.example.com/v1", model: "m" };

describe("the models file", () => {
  it("names endpoints; they are listed without secrets", async () => {
    const env = { EVALWRIGHT_HOME: home({ "models.yaml": YAML }), JUDGE_KEY: "sk-secret" };
    const listed = await listEndpoints(env);
    expect(listed).toEqual([
      {
        ...{
          name: "judge",
          isDefault: true,
          source: "file",
          key: "present",
          ownPrices: false,
          vision: false,
        },
        ...{ baseUrl: "https://api.openai.com/v1", model: "gpt-5-mini", concurrency: 8 },
      },
      {
        ...{ name: "local", isDefault: false, source: "file", key: "none", ownPrices: true, vision: true },
        ...{ baseUrl: "http://localhost:11434/v1", model: "qwen3", concurrency: 2 },
      },
    ]);
    expect(JSON.stringify(listed)).not.toContain("sk-secret");
    expect((await listEndpoints({ ...env, JUDGE_KEY: " " }))[0]?.key).toBe("missing");
  });

  it("in the README is one", async () => {
    const [, yaml] =
      /```yaml\n([\s\S]*?)```/.exec(readFileSync(join(packageRoot, "README.md"), "utf8")) ?? [];
    const listed = await listEndpoints({ EVALWRIGHT_HOME: home({ "models.yaml": yaml ?? "" }) });
    expect(listed.map(({ name, key, isDefault }) => [name, key, isDefault])).toEqual([
      ["judge", "missing", true],
      ["local", "none", false],
    ]);
  });

  it("resolves a name, and the default without one", async () => {
    const env = { EVALWRIGHT_MODELS: join(home({ "some.yml": YAML }), "some.yml") };
    expect(await resolveEndpoint(undefined, env)).toMatchObject({
      ...{ name: "judge", timeoutMs: 60_000, maxAttempts: 6, structuredOutput: "auto" },
      extra: { reasoning_effort: "low" },
    });
    expect((await resolveEndpoint("local", env))?.model).toBe("qwen3");
    expect(await problemOf(resolveEndpoint("locla", env))).toBe(
      'not_found: No model endpoint "locla". Did you mean "local"? Configured: judge, local.',
    );
  });

  it("with one endpoint needs no default; with several it must say", async () => {
    const one = home({ "models.json": JSON.stringify({ endpoints: { only: good } }) });
    expect((await resolveEndpoint(undefined, { EVALWRIGHT_HOME: one }))?.name).toBe("only");
    const text = (rest: object) => JSON.stringify({ endpoints: { a: good, b: good }, ...rest });
    const several = (rest: object) => ({ EVALWRIGHT_HOME: home({ "models.json": text(rest) }) });
    expect(await problemOf(resolveEndpoint("a", several({})))).toMatch(
      /several endpoints and no default\. Add default: NAME/,
    );
    expect(await resolveEndpoint(undefined, several({ default: null }))).toBeUndefined();
    expect(await problemOf(resolveEndpoint("a", several({ default: "c" })))).toMatch(
      /none of its endpoints\. They are: a, b/,
    );
  });

  it.each([
    ["apiKey", { ...good, apiKey: "sk-literal" }],
    ["token", { ...good, token: "sk-literal" }],
    ["apiKeyEnv with a key", { ...good, apiKeyEnv: "sk-literal-0123" }],
    ["a literal header", { ...good, headers: { "x-team": "sk-literal" } }],
    ["a key in extra", { ...good, extra: { api_key: "sk-literal" } }],
    ["a key in the URL's query", { ...good, baseUrl: "https://api.example.com/v1?api_key=sk-literal" }],
    ["a password in the URL", { ...good, baseUrl: "https://me:sk-literal@example.com/v1" }],
  ])("holds no keys: %s", async (_, entry) => {
    const problem = await problemWith(entry);
    expect(problem).toMatch(/seems to hold a key|without user name, password or key/);
    expect(problem).not.toContain("sk-literal");
  });

  it.each([
    [{ ...good, basUrl: "x" }, /unknown "basUrl" \(did you mean "baseUrl"\?\)/],
    [{ model: "m" }, /endpoints\.judge\.baseUrl/],
    [{ ...good, baseUrl: "ftp://example.com" }, /endpoints\.judge\.baseUrl: an http or https URL/],
    [{ ...good, concurrency: 0 }, /endpoints\.judge\.concurrency/],
    [
      { ...good, extra: { stream: true } },
      /endpoints\.judge\.extra: these are set by Evalwright: model, messages/,
    ],
    [{ ...good, structuredOutput: "xml" }, /structuredOutput.*"auto"/],
    [{ ...good, apiKeyEnv: "A", apiKeyFile: "b" }, /Keep one of them/],
    ["text", /endpoints\.judge/],
  ])("says what is wrong, where (%#)", async (entry, expected) => {
    expect(await problemWith(entry)).toMatch(expected);
  });

  it.each<readonly [string, Readonly<Record<string, string>>, RegExp]>([
    ["neither YAML nor JSON", { "models.yaml": "a: [" }, /neither YAML nor JSON/],
    ["a list", { "models.json": "[]" }, /not usable/],
    ["two files", { "models.json": "{}", "models.yaml": "" }, /both/],
    ["a kept name", { "models.yaml": "endpoints: { environment: {} }" }, /"environment"/],
  ])("is refused: %s", async (_, files, expected) => {
    expect(await problemOf(listEndpoints({ EVALWRIGHT_HOME: home(files) }))).toMatch(expected);
  });

  it("that is named must be there", async () => {
    expect(await problemOf(listEndpoints({ EVALWRIGHT_MODELS: "/nowhere/models.yaml" }))).toMatch(
      /cannot be read/,
    );
  });
});

describe("the environment alone", () => {
  const empty = () => ({ EVALWRIGHT_HOME: home({}) });

  it("configures nothing by having a key: that must never cost money", async () => {
    const env = { ...empty(), OPENAI_API_KEY: "sk-secret", EVALWRIGHT_MODEL_API_KEY: "sk-secret" };
    expect(await listEndpoints(env)).toEqual([]);
    expect(await resolveEndpoint(undefined, env)).toBeUndefined();
    expect(await problemOf(resolveEndpoint("judge", env))).toMatch(
      /None is configured: write models\.yaml .* EVALWRIGHT_MODEL\./,
    );
  });

  it("opts in by EVALWRIGHT_MODEL, which goes before the file's default", async () => {
    const env = {
      EVALWRIGHT_HOME: home({ "models.yaml": YAML }),
      EVALWRIGHT_MODEL: "gpt-5",
      OPENAI_API_KEY: "sk-secret",
    };
    expect(await resolveEndpoint(undefined, env)).toMatchObject({
      ...{
        name: "environment",
        model: "gpt-5",
        baseUrl: "https://api.openai.com/v1",
        apiKeyEnv: "OPENAI_API_KEY",
      },
    });
    expect(
      (await listEndpoints(env)).map(({ name, isDefault, source }) => [name, isDefault, source]),
    ).toEqual([
      ["environment", true, "environment"],
      ["judge", false, "file"],
      ["local", false, "file"],
    ]);
    expect((await resolveEndpoint("judge", env))?.model).toBe("gpt-5-mini");
  });

  it("sends OpenAI's key to OpenAI only", async () => {
    const server = await scripted({});
    const env = {
      ...{
        ...empty(),
        EVALWRIGHT_MODEL: "m",
        EVALWRIGHT_MODEL_BASE_URL: server.url,
        OPENAI_API_KEY: "sk-openai",
      },
    };
    const call = async (more: Record<string, string>): Promise<unknown> => {
      const endpoint = await resolveEndpoint(undefined, { ...env, ...more });
      if (!endpoint) throw new Error("no endpoint");
      await createLlm(endpoint, { env: { ...env, ...more } }).complete(ask("hello"));
      return server.requests.at(-1)?.headers["authorization"];
    };
    expect(await call({})).toBeUndefined();
    expect(await call({ EVALWRIGHT_MODEL_API_KEY: "sk-own" })).toBe("Bearer sk-own");
  });

  it("says which variable is wrong", async () => {
    const env = { ...empty(), EVALWRIGHT_MODEL: "m", EVALWRIGHT_MODEL_BASE_URL: "localhost:8000" };
    expect(await problemOf(resolveEndpoint(undefined, env))).toMatch(
      /EVALWRIGHT_MODEL_BASE_URL is not usable/,
    );
  });
});

describe("a key that is not there", () => {
  it("is missed before the first call, by name", async () => {
    const folder = home({ "models.yaml": YAML.replace("apiKeyEnv: JUDGE_KEY", "apiKeyFile: key.txt") });
    const endpoint = await resolveEndpoint("judge", { EVALWRIGHT_HOME: folder });
    if (!endpoint) throw new Error("no endpoint");
    const create = (file: string | null): void => {
      if (file !== null) writeFileSync(join(folder, "key.txt"), file);
      createLlm(endpoint, { env: {} });
    };
    expect(() => create(null)).toThrow(/"judge" has no key: its apiKeyFile cannot be read/);
    expect(() => create("\n")).toThrow(/is empty/);
    expect(() => create("two\nlines")).toThrow(/holds something that is no key/);
    expect(() => create("sk-good\n")).not.toThrow();
    const { apiKeyFile: _, ...rest } = endpoint;
    expect(() => createLlm({ ...rest, apiKeyEnv: "JUDGE_KEY" }, { env: {} })).toThrow(
      /variable JUDGE_KEY is not set/,
    );
    const headers = { "x-team": { env: "TEAM" } };
    expect(() => createLlm({ ...rest, headers }, { env: {} })).toThrow(/header x-team .* TEAM/);
  });
});
