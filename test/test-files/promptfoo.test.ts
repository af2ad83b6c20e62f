import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { isJsonObject, type JsonObject } from "../../src/model/json.ts";
import { packageRoot } from "../../src/runtime.ts";
import { loadTests } from "../../src/test-files/load.ts";
import { makeRepository } from "../evaluation/fixture.ts";
import { bareEnv, run, serverEntry, temporaryHome } from "../server/harness.ts";

const repository = makeRepository();
const home = temporaryHome();
const env = { ...bareEnv(home.path), CLAUDE_PROJECT_DIR: repository, EVALWRIGHT_PROJECT: "test" };
const evalwright = (...args: string[]) => run([serverEntry, ...args], env, repository);
const write = (name: string, text: string) => writeFileSync(join(repository, "pf", name), text);

beforeAll(() => {
  mkdirSync(join(repository, "pf", "cases"), { recursive: true });
  writeFileSync(join(repository, ".gitignore"), "pf/*.out.yaml\n");
});
afterAll(() => {
  home.remove();
  rmSync(repository, { recursive: true, force: true });
});

interface Imported {
  readonly judges: readonly JsonObject[];
  readonly tests: readonly JsonObject[];
  readonly notes: readonly { readonly what: string; readonly count: number }[];
}

/** The configuration as a test file. */
async function imported(config: string): Promise<Imported> {
  write("promptfooconfig.yaml", config);
  const { text, converted } = await loadTests("pf/promptfooconfig.yaml", repository);
  const file = parse(text);
  const judges = (file.judges ?? []).map((judge: unknown) => (isJsonObject(judge) ? judge : { name: judge }));
  return { judges, tests: file.tests, notes: converted?.notes ?? [] };
}

const assertion = (yaml: string) =>
  `tests:\n  - vars: {q: hello, context: Paris is in France.}\n    assert:\n      - ${yaml.replaceAll("\n", "\n        ")}\n`;

// The examples of promptfoo's own documentation: configuration/expected-outputs/deterministic, model-graded, and guide.
it.each<[string, JsonObject]>([
  [
    "type: equals\nvalue: The expected output",
    { builtin: "exact_match", params: { expected: "The expected output" } },
  ],
  ["type: equals\nvalue: {key: value}", { builtin: "exact_match", params: { expected: { key: "value" } } }],
  ["type: not-equals\nvalue: x", { name: "not_exact_match", negate: true }],
  [
    "type: contains\nvalue: 'The expected substring'",
    { builtin: "contains", params: { match: "all", values: ["The expected substring"] } },
  ],
  ["type: icontains\nvalue: 7", { params: { ignoreCase: true, match: "all", values: ["7"] } }],
  [
    "type: not-contains\nvalue: as an AI",
    { builtin: "contains", params: { match: "none", values: ["as an AI"] } },
  ],
  [
    "type: contains-all\nvalue: ['1,000', in stock]",
    { params: { match: "all", values: ["1,000", "in stock"] } },
  ],
  ["type: contains-any\nvalue: a, b", { params: { match: "any", values: ["a", "b"] } }],
  ["type: not-contains-all\nvalue: [a, b]", { params: { match: "all", values: ["a", "b"] }, negate: true }],
  ['type: regex\nvalue: "\\\\d{4}"', { builtin: "regex", params: { pattern: "\\d{4}" } }],
  ["type: starts-with\nvalue: 'Yes (1.5)'", { builtin: "regex", params: { pattern: "^Yes \\(1\\.5\\)" } }],
  ["type: is-json", { name: "is_json", builtin: "json_valid" }],
  ["type: contains-json", { builtin: "json_valid", params: { anywhere: true } }],
  [
    "type: is-json\nvalue: {type: object, required: [lat], properties: {lat: {minimum: -90, type: number}}}",
    { builtin: "json_schema", params: { schema: { type: "object", required: ["lat"] } } },
  ],
  ["type: latency\nthreshold: 5000", { builtin: "latency", threshold: 5_000 }],
  ["type: cost\nthreshold: 0.001", { builtin: "cost", threshold: 0.001 }],
  [
    "type: levenshtein\nthreshold: 5\nvalue: hello world",
    { builtin: "string_distance", params: { maxEdits: 5, expected: "hello world" } },
  ],
  [
    "type: rouge-n\nvalue: hello world",
    { builtin: "rouge", threshold: 0.75, params: { variant: "1", expected: "hello world" } },
  ],
  ["type: bleu\nvalue: [one, two]", { builtin: "bleu", threshold: 0.5 }],
  [
    "type: word-count\nvalue: {min: 20, max: 50}",
    { builtin: "length", params: { unit: "words", min: 20, max: 50 } },
  ],
  ["type: is-refusal", { builtin: "no_refusal", negate: true }],
  [
    "type: llm-rubric\nvalue: Is polite to {{q}}",
    { builtin: "guidelines", params: { guidelines: ["Is polite to hello"] } },
  ],
  ["type: factuality\nvalue: Paris is the capital", { builtin: "correctness" }],
  ["type: answer-relevance\nthreshold: 0.8", { builtin: "relevance" }],
  ["type: context-faithfulness\nthreshold: 0.8", { builtin: "groundedness" }],
  ["type: context-recall\nvalue: Paris", { builtin: "retrieval_sufficiency" }],
  ["type: moderation", { builtin: "safety" }],
  [
    "type: trajectory:tool-used\nvalue: [search_orders, compose_reply]",
    { builtin: "tool_called", params: { tools: ["search_orders", "compose_reply"] } },
  ],
  [
    "type: not-trajectory:tool-used\nvalue: refund",
    { builtin: "tool_not_called", params: { tools: ["refund"] } },
  ],
  [
    "type: trajectory:tool-used\nvalue: {name: search, min: 2, max: 3}",
    { builtin: "tool_called", params: { minTimes: 2, maxTimes: 3 } },
  ],
  [
    "type: trajectory:tool-sequence\nvalue: {mode: exact, steps: [search_orders, compose_reply]}",
    {
      builtin: "tool_sequence",
      params: { mode: "exact", arguments: "ignored", expected: ["search_orders", "compose_reply"] },
    },
  ],
  [
    "type: trajectory:tool-args-match\nvalue: {name: search_orders, args: {order_id: '{{ q }}'}}",
    {
      params: {
        mode: "superset",
        arguments: "subset",
        expected: [{ name: "search_orders", arguments: { order_id: "hello" } }],
      },
    },
  ],
  [
    "type: tool-call-f1\nvalue: 'get_weather, book_flight'\nthreshold: 0.8",
    { builtin: "tool_call_f1", threshold: 0.8, params: { expected: ["get_weather", "book_flight"] } },
  ],
  ["type: trace-error-spans\nvalue: {max_count: 2}", { builtin: "no_errors", params: { maxErrors: 2 } }],
  [
    "type: equals\nvalue: Paris\ntransform: JSON.parse(output).city.name",
    { params: { field: "city.name", expected: "Paris" } },
  ],
  ["type: contains\nvalue: x\nmetric: Tone of voice", { name: "tone_of_voice" }],
])("maps %j", async (yaml, judge) => {
  const { judges, notes } = await imported(assertion(yaml));
  expect(notes.filter(({ what }) => what.startsWith("not mapped"))).toEqual([]);
  expect(judges).toHaveLength(1);
  expect(judges[0]).toMatchObject(judge);
});

it.each([
  ["type: similar\nvalue: was geht\nthreshold: 0.6", "not mapped: similar (needs embeddings)"],
  [
    "type: javascript\nvalue: output.length < 10",
    "not mapped: javascript (written in the configuration: put it into a file of the repository)",
  ],
  ["type: python\nvalue: file://gone.py", "not mapped: python (in a file that is missing)"],
  ["type: javascript\nvalue: file:///etc/passwd.js", "not mapped: javascript (in a file that is missing)"],
  [
    "type: contains\nvalue: file://../../../../../../etc/hosts",
    "not mapped: contains (whose value is in a file outside the repository)",
  ],
  [
    "type: contains\nvalue: '{{ q | upper }}'",
    "not mapped: contains (whose value needs more of Nunjucks than {{variables}} that every test has)",
  ],
  [
    "type: equals\nvalue: x\ntransform: output.toUpperCase()",
    "not mapped: equals (after a transform that computes)",
  ],
  [
    "type: is-json\nvalue: {type: object, requierd: [a]}",
    'not mapped: judge is_json ("schema" is no JSON Schema that can be used: strict mode: unknown keyword: "requierd")',
  ],
  ["type: webhook\nvalue: https://example.com", "not mapped: webhook (sends answers to a server)"],
  [
    "type: trajectory:tool-used\nvalue: {pattern: 'search*'}",
    "not mapped: trajectory:tool-used (that names tools by a pattern, or none)",
  ],
  [
    "type: assert-set\nthreshold: 0.5\nassert: [{type: cost}, {type: latency, threshold: 2}]",
    "not mapped: assert-set of which some may fail",
  ],
  ["type: </script> ignore all", "not mapped: of an unknown type (no judge here asks it)"],
  ["type: equals\nvalue: x\nweight: 2", "weight of an assertion: each judge counts by itself"],
])("names what it cannot map: %j", async (yaml, what) => {
  const { notes } = await imported(assertion(yaml));
  expect(notes.map((note) => note.what)).toContain(what);
});

describe("a whole configuration", () => {
  const config = `
description: Order questions
prompts: ['{{message}}', 'Answer {{message | upper}}']
providers: [openai:gpt-5-mini, {id: openai:chat:gpt-5, config: {temperature: 0, tools: []}}, exec:./run.sh]
defaultTest:
  vars: {tone: calm}
  assert:
    - type: contains
      value: You asked
    - type: llm-rubric
      value: does not describe self as an AI
tests:
  - description: names what was asked
    vars: {message: [one, two]}
    metadata: {topic: numbers}
    assert:
      - type: contains
        value: '{{message}}'
      - $ref: '#/assertionTemplates/short'
  - vars: {message: three}
    threshold: 0.5
    options: {disableDefaultAsserts: true}
    assert:
      - {type: equals, value: 'You asked: three'}
      - {type: equals, value: 'You asked: four'}
  - file://cases/*.csv
  - file://cases/more.jsonl
  - file://generate.py
  - vars: {message: file://picture.png}
assertionTemplates:
  short: {type: word-count, value: {max: 20}}
`;
  const csv =
    'message,__expected1,__expected2,__metadata:topic\n"five, six","contains-any: asked, said",latency(60000),csv\nseven,You asked: seven,"note: is plain text",csv\n';

  it("keeps tests, defaults, files and tables, and says what is left", async () => {
    write("cases/a.csv", csv);
    write("cases/more.jsonl", '{"vars": {"message": "eight"}}\n');
    const { judges, tests, notes } = await imported(config);
    expect(tests.map(({ inputs }) => inputs)).toEqual(
      ["one", "two", "three", "five, six", "seven", "eight"].map((message) => ({ tone: "calm", message })),
    );
    expect(tests[0]).toMatchObject({ tags: { description: "names what was asked", topic: "numbers" } });
    expect(judges.map(({ name }) => name)).toEqual([
      ...["contains", "rubric", "word_count", "exact_match", "exact_match_2", "contains_any", "latency"],
    ]);
    expect(tests[2]?.["expectations"]).toEqual({
      answer: "You asked: three",
      exact_match_2: "You asked: four",
    });
    expect(tests[4]?.["expectations"]).toMatchObject({
      answer: "You asked: seven",
      exact_match_2: "note: is plain text",
    });
    expect(notes).toEqual(
      expect.arrayContaining([
        { what: "tests that a program makes", count: 1 },
        { what: "tests whose variable a program, a picture or a missing file gives", count: 1 },
        { what: "threshold of a test: each judge counts by itself", count: 1 },
        { what: "prompt that needs more of Nunjucks than {{variables}}", count: 1 },
        { what: "fields of a provider's config", count: 1 },
        {
          what: "provider that is a program or a service: write a target file of kind command or http",
          count: 1,
        },
      ]),
    );
  });

  it("runs: assertions in files of the repository decide by their adapters, prompts become targets", async () => {
    write(
      "length.js",
      "module.exports = (output, { vars }) => ({ pass: output.includes(vars.message), score: 0.5, reason: 'seen' });",
    );
    write(
      "check.py",
      "def get_assert(output, context):\n    print('noise')\n    return context['vars']['message'] in output\n",
    );
    const programs = `tests:
  - vars: {message: one}
    assert:
      - {type: javascript, value: 'file://length.js'}
      - {type: python, value: 'file://check.py'}
`;
    write("promptfooconfig.yaml", programs);
    const without = await evalwright("import-tests", "pf/promptfooconfig.yaml");
    expect(without.stdout).toContain(
      "copy examples/judges/promptfoo_assert.mjs of Evalwright beside the configuration",
    );
    for (const name of ["promptfoo_assert.mjs", "promptfoo_assert.py"])
      copyFileSync(join(packageRoot, "examples/judges", name), join(repository, "pf", name));
    const gates = ["--gate", "estimate:length >= 0.5", "estimate:check >= 1"];
    const ended = await evalwright("eval", "pf/promptfooconfig.yaml", "--target", "agent.yaml", ...gates);
    expect(ended.code, ended.stderr + ended.stdout).toBe(0);
    expect(ended.stderr).toContain("dataset pf@");
    write("promptfooconfig.yaml", config);
    const target = join(repository, "pf", "target.out.yaml");
    const written = await evalwright("import-tests", "pf/promptfooconfig.yaml", "--target-out", target);
    expect(written.code, written.stderr).toBe(0);
    expect(parse(readFileSync(target.replace(".yaml", "-2.yaml"), "utf8"))).toEqual({
      ...{ kind: "prompt", name: "prompt with gpt-5", model: "gpt-5", prompt: "{{message}}" },
      settings: { temperature: 0 },
    });
    const again = await evalwright("import-tests", "pf/promptfooconfig.yaml", "--target-out", target);
    expect(again).toMatchObject({ code: 1 });
    expect(again.stderr).toContain("exists already");
  });

  it("without a test that can be read it is refused, and says why", async () => {
    write("promptfooconfig.yaml", "prompts: [x]\ntests: file://make.js\n");
    const ended = await evalwright("import-tests", "pf/promptfooconfig.yaml");
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toContain("1 × tests that a program makes");
  });
});
