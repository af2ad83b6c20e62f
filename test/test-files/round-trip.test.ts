import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parse } from "yaml";
import type { Json, JsonObject } from "../../src/model/json.ts";
import { yamlText } from "../../src/test-files/yaml-writer.ts";
import { bareEnv, run, serverEntry, temporaryHome } from "../server/harness.ts";
import { HOSTILE_TEXTS } from "./hostile-texts.ts";

const homes = [temporaryHome(), temporaryHome()];
const folder = join(homes[0]?.path ?? "", "work");
const evalwright = (home: number, ...args: string[]) =>
  run([serverEntry, ...args, "-p", "shop"], bareEnv(homes[home]?.path ?? ""), folder);

const text = fc.oneof(
  fc.constantFrom(...HOSTILE_TEXTS),
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.string({ unit: fc.constantFrom(" ", "\n", "\t", "a", ":", "-", "#", '"', "'", "\\"), maxLength: 20 }),
);
const key = text.filter((one) => one !== "__proto__");
const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.constantFrom(null, true, false, 0, -1, 1e21, 0.1, 1e-7, 12_345_678_901_234),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(key, tie("value"), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

/** Every text is in a test of its own, in each place where a text can be. */
const everywhere = (one: string, i: number): JsonObject => ({
  id: `text-${i}`,
  inputs: { message: one, [one === "message" ? "m" : one]: [one, { deep: one }] },
  messages: [
    { role: "user", content: one },
    {
      role: "assistant",
      parts: [
        { type: "text", text: one },
        { type: "tool_call", id: "c", name: "look", arguments: { at: one } },
      ],
    },
    { role: "tool", name: one, parts: [{ type: "tool_result", id: "c", name: null, result: one }] },
  ],
  turns: [one, "and then?"],
  expectations: { answer: one, facts: [one], "own name": { inner: one } },
  tags: { topic: one },
  role: i % 2 === 0 ? "failing" : "passing",
  split: i % 3 === 0 ? "train" : "validation",
  ...(one.trim() === "" || one.length > 200 ? {} : { group: `g${i} ${one}`.slice(0, 200).toWellFormed() }),
  origin: { kind: "observed", session: `s${i}` },
  recorded: one,
});

const judges: Json[] = [
  "exact_match",
  {
    name: "polite",
    instructions: "Read {{output}}.\n\n  It must be polite: no `$&`,\nno shouting.\n",
    labels: [
      { label: "yes", means: "no: 1e3", value: 1 },
      { label: "no", means: "- rude", value: 0 },
    ],
    level: "trace",
    threshold: 1,
    description: "what is it #for",
    guideline: "2",
  },
  {
    name: "no_word",
    builtin: "contains",
    params: { values: ["no", "{}", " "], match: "none" },
    negate: true,
  },
];

beforeAll(() => mkdirSync(folder));
afterAll(() => homes.forEach((home) => void home.remove()));

it("a file survives import and export, whatever its texts are; again, and in another store, it is the same file", async () => {
  const random = fc.sample(json, { numRuns: 60, seed: 4711 });
  const tests: Json[] = [
    ...HOSTILE_TEXTS.map(everywhere),
    ...random.map(
      (inputs, i): Json => ({ id: `random-${i}`, inputs, split: "train", expectations: { any: inputs } }),
    ),
  ];
  const file = {
    evalwright: "tests/1",
    name: "hostile",
    description: "a: b",
    target: "agent.yaml",
    gates: ["polite >= 0.5"],
    primary: "polite",
    judges,
    tests,
  };
  writeFileSync(join(folder, "given.json"), JSON.stringify(file));
  const imported = await evalwright(0, "import-tests", "given.json", "--json");
  expect(imported).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(imported.stdout)).toMatchObject({
    dataset: "hostile@1",
    created: true,
    moved: 0,
    sealed: 0,
  });
  const exported = await evalwright(0, "export-tests", "hostile", "--out", "first.yaml");
  expect(exported.code).toBe(0);
  const first = readFileSync(join(folder, "first.yaml"), "utf8");
  expect(parse(first)).toEqual(file);
  const again = await evalwright(1, "import-tests", "first.yaml", "--json");
  expect(JSON.parse(again.stdout)).toMatchObject({ dataset: "hostile@1", created: true });
  const same = await evalwright(1, "import-tests", "first.yaml", "--json");
  expect(JSON.parse(same.stdout)).toMatchObject({ dataset: "hostile@1", created: false });
  await evalwright(1, "export-tests", "hostile", "--out", "second.yaml");
  expect(readFileSync(join(folder, "second.yaml"), "utf8")).toBe(first);
  await evalwright(1, "export-tests", "hostile", "--out", "second.yaml");
  expect(readFileSync(join(folder, "second.yaml"), "utf8")).toBe(first);
});

it("texts of several lines are blocks, and nothing invisible stands in the file", async () => {
  await fc.assert(
    fc.asyncProperty(json, text, async (value, one) => {
      const yaml = await yamlText({ value, one }, { head: ["a head"], spaced: [] });
      expect(parse(yaml)).toEqual({ value, one });
      expect(yaml).not.toMatch(/\p{Bidi_Control}|\uFEFF|\r|\u2028/u);
    }),
    { numRuns: 500, seed: 42 },
  );
  const poem = await yamlText({ poem: 'Roses\n  are `red`\n\n{"a": 1}\n' }, { head: [], spaced: [] });
  expect(poem).toBe('poem: |\n  Roses\n    are `red`\n\n  {"a": 1}\n');
});
