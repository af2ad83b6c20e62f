import { describe, expect, it } from "vitest";
import { resolveJudge } from "../../src/judges/resolve.ts";
import { ResolvedJudge } from "../../src/model/judge.ts";
import { options } from "./item.ts";

type Spec = Exclude<Parameters<typeof resolveJudge>[0], string>;

const resolve = (spec: Spec | string, more: Partial<typeof options> = {}) =>
  resolveJudge(spec, { ...options, ...more });

const refusal = async (spec: Spec | string, more: Partial<typeof options> = {}): Promise<string> => {
  const error: unknown = await resolve(spec, more).catch((thrown: unknown) => thrown);
  return error instanceof Error && "describe" in error && typeof error.describe === "function"
    ? String(error.describe())
    : `not refused: ${JSON.stringify(error)}`;
};

describe("resolving a code judge", () => {
  it("fills in defaults", async () => {
    const judge = await resolve("exact_match");
    expect(ResolvedJudge.parse(judge)).toEqual(judge);
    expect(judge).toMatchObject({
      name: "exact_match",
      version: null,
      kind: "code",
      level: "trace",
      builtin: "exact_match",
      params: { ignoreCase: false, expectation: "answer" },
      instructions: null,
      labels: [],
      goal: "higher",
      bounded: true,
      threshold: 1,
      negate: false,
      model: null,
    });
    expect(judge.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it("takes a built-in under a name of the author's own", async () => {
    const judge = await resolve({
      name: "says_sorry",
      builtin: "contains",
      params: { values: ["sorry"] },
      threshold: 0.5,
    });
    expect(judge).toMatchObject({ name: "says_sorry", builtin: "contains", threshold: 0.5 });
  });

  it("turns the goal of a negated measure around", async () => {
    expect(await resolve("latency")).toMatchObject({ goal: "lower", bounded: false, threshold: null });
    expect(await resolve({ name: "latency", threshold: 5, negate: true })).toMatchObject({ goal: "higher" });
    expect(await resolve({ name: "contains", negate: true })).toMatchObject({ goal: "higher" });
  });

  it.each<[string, Spec | string, string]>([
    ["an unknown name", "exact_mach", 'There is no judge "exact_mach"; did you mean "exact_match"?'],
    ["another library's name", "AnswerRelevancyMetric", 'did you mean "relevance"?'],
    ["an unknown built-in", { name: "mine", builtin: "contain" }, 'did you mean "contains"?'],
    ["an unknown parameter", { name: "contains", params: { valeus: ["x"] } }, 'unknown argument "valeus"'],
    [
      "an unknown parameter: the valid ones",
      { name: "contains", params: { valeus: ["x"] } },
      "values, expectation, match",
    ],
    ["a parameter of another type", { name: "contains", params: { values: "x" } }, '"values"'],
    ["a missing parameter", "regex", '"pattern"'],
    [
      "a broken pattern",
      { name: "regex", params: { pattern: "(" } },
      "no valid JavaScript regular expression",
    ],
    ["a broken path", { name: "contains", params: { field: "a..b" } }, "a path such as order.items[0].sku"],
    ["a length without limits", "length", "needs min, max or both"],
    ["limits that exclude each other", { name: "length", params: { min: 3, max: 2 } }, "less than min"],
    [
      "a schema with a misspelt keyword",
      { name: "json_schema", params: { schema: { requird: ["a"] } } },
      'unknown keyword: "requird"',
    ],
    [
      "a reference out of the schema",
      { name: "json_schema", params: { schema: { $ref: "http://x.test/y" } } },
      "references may only point into it",
    ],
    [
      "a language that cannot be told",
      { name: "language", params: { language: "tlh" } },
      "an ISO 639-1 code",
    ],
    ["an unknown language", { name: "language", params: { language: "xx" } }, "Known: am, ar"],
    [
      "labels",
      {
        name: "contains",
        labels: [
          { label: "a", means: "a", value: 1 },
          { label: "b", means: "b", value: 0 },
        ],
      },
      "has labels of its own",
    ],
    ["a model", { name: "contains", model: "gpt" }, "is code and asks no model"],
    ["a threshold out of bounds", { name: "contains", threshold: 5 }, "gives values from 0 to 1"],
    ["negation of a bare measure", { name: "latency", negate: true }, "has no pass to turn around"],
    ["level pair", { name: "contains", level: "pair" }, "judges at level trace, not pair"],
    ["a name that is none", { name: "My Judge", builtin: "contains" }, "lower-case letters"],
    [
      "a command without a repository",
      { name: "command", params: { program: "a.py" } },
      "needs a repository",
    ],
  ])("refuses %s", async (_, spec, message) => {
    expect(await refusal(spec)).toContain(message);
  });
});

describe("resolving instructions", () => {
  const pass = [
    { label: "pass", means: "The instructions are met.", value: 1 },
    { label: "fail", means: "The instructions are not met.", value: 0 },
  ];

  it("gives pass and fail, the assistant as judge, and the level by what is read", async () => {
    const instructions = "Is {{output}} polite, given {{inputs}}?";
    expect(await resolve({ name: "polite", instructions })).toMatchObject({
      kind: "assistant",
      builtin: null,
      level: "trace",
      labels: pass,
      threshold: 1,
      bounded: true,
      instructions,
      model: null,
    });
    const session = "Did {{conversation}} end well?";
    expect(await resolve({ name: "ended", instructions: session })).toMatchObject({ level: "session" });
    expect(await resolve({ name: "ended", instructions: session, level: "trace" })).toMatchObject({
      level: "trace",
    });
    const both = `${session} {{expectations}}`;
    expect(await resolve({ name: "ended", instructions: both })).toMatchObject({ level: "trace" });
  });

  it("gives first, second and tie in a pair, where not being worse passes", async () => {
    const instructions = "Which of {{output}} is more polite?";
    const resolved = await resolve({ name: "politer", instructions, level: "pair" });
    expect(resolved).toMatchObject({ level: "pair", threshold: 0.5 });
    expect(resolved.labels.map(({ label, value }) => [label, value])).toEqual([
      ["first", 1],
      ["second", 0],
      ["tie", 0.5],
    ]);
    const strict = await resolve({
      name: "politer",
      instructions,
      level: "pair",
      labels: pass,
      threshold: 1,
    });
    expect(strict).toMatchObject({ labels: pass, threshold: 1 });
  });

  it("asks the endpoint that it names, else the default one", async () => {
    const instructions = "{{output}}";
    expect(await resolve({ name: "a", instructions }, { defaultModel: "local" })).toMatchObject({
      kind: "llm",
      model: "local",
    });
    const named = { name: "a", instructions, model: "gpt" };
    expect(await resolve(named, { defaultModel: "local", models: ["local", "gpt"] })).toMatchObject({
      model: "gpt",
    });
    expect(await refusal(named, { models: ["gpt4", "local"] })).toContain(
      'no model endpoint "gpt"; did you mean "gpt4"?',
    );
    expect(await refusal(named, { models: [] })).toContain("No endpoint is configured");
  });

  const label = (name: string, value: number | null) => ({ label: name, means: name, value });
  it.each<[string, Partial<Spec>, string]>([
    ["an unknown variable", { instructions: "{{outputt}}" }, "did you mean {{output}}?"],
    [
      "a variable with spaces",
      { instructions: "{{ my answer }}" },
      "Allowed: {{inputs}}, {{output}}, {{expectations}}",
    ],
    ["a built-in too", { builtin: "contains" }, "exclude each other"],
    ["parameters that there are not", { params: { values: ["x"] } }, 'unknown argument "values"'],
    ["a label twice", { labels: [label("Yes", 1), label("yes", 0)] }, 'The label "yes" is there twice'],
    [
      "labels that cannot decide",
      { labels: [label("yes", 1), label("no", null)] },
      "All labels count the same",
    ],
    ["a threshold out of bounds", { threshold: 2 }, "outside of 0 to 1"],
  ])("refuses %s", async (_, more, message) => {
    expect(await refusal({ name: "mine", instructions: "Is {{output}} polite?", ...more })).toContain(
      message,
    );
  });
});

describe("a judge's hash", () => {
  const base: Spec = { name: "a", builtin: "contains", params: { values: ["x"], match: "all" } };
  const custom: Spec = { name: "a", instructions: "Is {{output}} polite?" };
  const hash = async (spec: Spec, more: Partial<typeof options> = {}) => (await resolve(spec, more)).hash;

  it.each<[string, Spec, Spec]>([
    ["name", base, { ...base, name: "b" }],
    ["description and guideline", base, { ...base, description: "d", guideline: "2" }],
    ["defaults written out", base, { ...base, params: { values: ["x"] }, threshold: 1, negate: false }],
    ["order of parameters", base, { ...base, params: { match: "all", values: ["x"] } }],
  ])("is the same whatever the %s", async (_, a, b) => {
    expect(await hash(b)).toBe(await hash(a));
  });

  const labels = [
    { label: "yes", means: "It is.", value: 1 },
    { label: "no", means: "It is not.", value: 0 },
  ];
  it.each<[string, Spec, Spec]>([
    ["params", base, { ...base, params: { values: ["y"] } }],
    ["threshold", base, { ...base, threshold: 0.5 }],
    ["negation", base, { ...base, negate: true }],
    ["level", base, { ...base, level: "session" }],
    ["built-in", { ...base, params: {} }, { name: "a", builtin: "exact_match" }],
    ["instructions", custom, { ...custom, instructions: "Is {{output}} rude?" }],
    ["labels", custom, { ...custom, labels }],
    [
      "meaning of a label",
      { ...custom, labels },
      { ...custom, labels: labels.map((one) => ({ ...one, means: "!" })) },
    ],
    ["model", custom, { ...custom, model: "gpt" }],
  ])("differs with the %s", async (_, a, b) => {
    expect(await hash(b)).not.toBe(await hash(a));
  });

  it("differs with who answers by default", async () => {
    expect(await hash(custom, { defaultModel: "local" })).not.toBe(await hash(custom));
  });
});
