import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeRepository } from "../evaluation/fixture.ts";
import { bareEnv, run, serverEntry, temporaryHome } from "../server/harness.ts";

const repository = makeRepository();
const home = temporaryHome();
const env = { ...bareEnv(home.path), CLAUDE_PROJECT_DIR: repository, EVALWRIGHT_PROJECT: "test" };
const evalwright = (...args: string[]) => run([serverEntry, ...args], env, repository);
const write = (name: string, text: string) => writeFileSync(join(repository, name), text);

const tests = (gates: string, expected = "You asked: one") => `evalwright: tests/1
name: smoke
target: agent.yaml
gates: ${gates}
judges:
  - exact_match
  - name: polite
    builtin: contains
    params:
      values: [You]
tests:
  - inputs:
      message: one
    expectations:
      answer: "${expected}"
  - id: two
    inputs:
      message: two
    expectations:
      answer: "You asked: two"
`;

beforeAll(() => {
  write(".gitignore", "out/\n*.tests.yaml\n");
  mkdirSync(join(repository, "out"));
});
afterAll(() => {
  home.remove();
  rmSync(repository, { recursive: true, force: true });
});

it("runs a file that no dataset was made of; its gates decide the exit code", async () => {
  write("smoke.tests.yaml", tests("['estimate:exact_match >= 1', 'estimate:polite >= 1']"));
  const passed = await evalwright("eval", "smoke.tests.yaml", "--junit", "out/r.xml");
  expect(passed.code, passed.stderr).toBe(0);
  expect(passed.stderr).toContain("dataset smoke@1: ");
  expect(passed.stdout).toContain("PASS  estimate:polite >= 1");
  expect(readFileSync(join(repository, "out/r.xml"), "utf8")).toContain(
    '<testsuite name="polite" tests="2" failures="0" errors="0" skipped="0">',
  );
  write("smoke.tests.yaml", tests("['estimate:exact_match >= 1']", "something else"));
  const failed = await evalwright("eval", "smoke.tests.yaml");
  expect(failed.code, failed.stderr).toBe(1);
  expect(failed.stderr).toContain("smoke@2");
});

it("the same content is the same version, also when another came between; options go before the file", async () => {
  write("smoke.tests.yaml", tests("['estimate:exact_match >= 1']"));
  const gate = ["--gate", "estimate:exact_match >= 1", "latency <= 0"];
  const ended = await evalwright("eval", "smoke.tests.yaml", "--target", "agent.yaml", ...gate);
  expect(ended.code, ended.stderr).toBe(1);
  expect(ended.stderr).toContain("dataset smoke@1: ");
  expect(ended.stderr).toContain("(as it was)");
  expect(ended.stdout).toMatch(/FAIL {2}latency <= 0/);
  const unmeasured = await evalwright("eval", "smoke.tests.yaml", "--gate", "no_such >= 1");
  expect(unmeasured).toMatchObject({ code: 2, stdout: "" });
  const both = await evalwright("eval", "smoke.tests.yaml", "--dataset", "smoke");
  expect(both).toMatchObject({ code: 2 });
});

it("what was exported runs as it is, and keeps what only the file says", async () => {
  const exported = await evalwright("export-tests", "smoke@1", "--out", "smoke.tests.yaml");
  expect(exported.code, exported.stderr).toBe(0);
  expect(exported.stderr).toContain("judges: exact_match, polite (as the file had them)");
  const text = readFileSync(join(repository, "smoke.tests.yaml"), "utf8");
  expect(text).toContain(
    "target: agent.yaml\ngates:\n  - estimate:exact_match >= 1\njudges:\n  - exact_match\n",
  );
  const ended = await evalwright("eval", "smoke.tests.yaml");
  expect(ended.code, ended.stderr).toBe(0);
  expect(ended.stderr).toContain("dataset smoke@1: ");
  const fresh = await evalwright("export-tests", "smoke@1");
  expect(fresh.stdout).toContain(
    "  - name: polite\n    builtin: contains\n    params:\n      values:\n        - You\n",
  );
  expect(fresh.stdout).toContain("gates:\n  - estimate:exact_match >= 1\n");
  await evalwright(
    "call",
    "save_dataset",
    "name=smoke",
    'examples=[{"id":"three","inputs":{"message":"three"}}]',
  );
  const grown = await evalwright("export-tests", "smoke");
  expect(grown.stdout).toContain("id: three");
  expect(grown.stderr).toContain("(those of the newest evaluation)");
});

it("a judge for examples with an expectation leaves the others alone: no missing data, also where the run failed", async () => {
  write(
    "some.tests.yaml",
    `evalwright: tests/1
target: agent.yaml
gates: ['estimate:names_it >= 1']
judges:
  - name: names_it
    builtin: contains
    params: {expectation: word}
    whenExpected: word
  - name: asks
    builtin: regex
    params: {expectation: pattern}
    whenExpected: pattern
tests:
  - {inputs: {message: blue}, expectations: {word: blue}}
  - {inputs: {message: green}, expectations: {pattern: "^You asked: gr.{3}$"}}
  - {inputs: {message: red}}
  - {inputs: {message: please crash}}
`,
  );
  const ended = await evalwright("eval", "some.tests.yaml", "--json");
  expect(ended.code, ended.stderr).toBe(0);
  const { untrusted: _, ...data } = JSON.parse(ended.stdout);
  expect(JSON.stringify(data)).toContain("1 of 4 scored");
});

it("the sealed holdout is in no file, and an import leaves it sealed", async () => {
  const rows = Array.from({ length: 60 }, (_, i) => ({
    inputs: { message: `question number ${i}, please` },
  }));
  write("out/rows.jsonl", rows.map((row) => JSON.stringify(row)).join("\n"));
  await evalwright("call", "save_dataset", "name=sealed", "path=out/rows.jsonl");
  const exported = await evalwright("export-tests", "sealed", "--judge", "no_refusal");
  const sealed = Number(/(\d+) holdout examples are sealed/.exec(exported.stderr)?.[1]);
  expect(sealed).toBeGreaterThan(5);
  expect(exported.stdout.match(/^ {2}- id:/gm)).toHaveLength(60 - sealed);
  write("out/sealed.yaml", exported.stdout);
  const same = await evalwright("import-tests", "out/sealed.yaml", "--json");
  expect(JSON.parse(same.stdout)).toMatchObject({ dataset: "sealed@1", created: false, moved: 0, sealed: 0 });
  // Somebody writes a sealed question into a file: it stays sealed, and is counted.
  const all = rows.map(({ inputs }) => `  - inputs: {message: "${inputs.message}"}\n    split: train\n`);
  write("out/all.yaml", `evalwright: tests/1\nname: sealed\ntests:\n${all.join("")}`);
  const leaked = JSON.parse((await evalwright("import-tests", "out/all.yaml", "--json")).stdout);
  expect(leaked).toMatchObject({ sealed, counts: { examples: 60, holdout: sealed } });
  const overwritten = await evalwright("export-tests", "sealed", "--out", "out/rows.jsonl");
  expect(overwritten.code).toBe(1);
  expect(overwritten.stderr).toContain("is no file of tests");
});

it.each([
  [
    "evalwright: tests/1\ntests:\n  - input: x\n",
    'line 3: unknown field "input" in tests[0] (did you mean "inputs"?)',
  ],
  [
    "evalwright: tests/1\ntests:\n  - inputs: x\n    expectations:\n      expected_output: y\n",
    'line 5: tests[0].expectations.expected_output is called "answer"',
  ],
  [
    "evalwright: tests/1\ntests:\n  - inputs: x\n    tags:\n      release: 1.40\n",
    "line 5: tests[0].tags.release must be a text",
  ],
  ["evalwright: tests/1\ntests:\n  - inputs: x\n    split: holdout\n", "line 4: tests[0].split"],
  [
    "evalwright: tests/1\ntests:\n  - id: a\n    inputs: x\n  - id: a\n    inputs: y\n",
    "line 5: tests[1].id is there twice",
  ],
  [
    "evalwright: tests/1\ntests:\n  - expectations: {answer: x}\n",
    "line 3: tests[0] needs inputs, messages or turns",
  ],
  [
    "evalwright: tests/1\ntests:\n  - inputs: x\n    messages: [{role: user, say: hello}]\n",
    "line 4: tests[0].messages[0]",
  ],
  ["evalwright: tests/1\ngates: [good]\ntests:\n  - inputs: x\n", "line 2: gates[0] must be a gate"],
  [
    "evalwright: tests/1\njudges:\n  - exact_match\n  - exact_mach\ntests:\n  - inputs: x\n",
    'line 4: judges[1]: There is no judge "exact_mach"; did you mean "exact_match"?',
  ],
  [
    "evalwright: tests/1\njudges:\n  - name: run\n    builtin: command\n    params: {program: ../outside.mjs}\ntests:\n  - inputs: x\n",
    "line 3: judges[0]: The judge's program",
  ],
  [
    "evalwright: tests/1\njudges:\n  - name: run\n    builtin: command\n    params: {program: link.mjs}\ntests:\n  - inputs: x\n",
    "outside the repository",
  ],
  ["evalwright: tests/2\ntests:\n  - inputs: x\n", "line 1: evalwright"],
  ["evalwright: tests/1\ntests:\n  - inputs: x\n    inputs: y\n", "line 4: not valid YAML (duplicate key)"],
  ["evalwright: tests/1\ntests:\n  - inputs: [x\n", "not valid YAML"],
  ["evalwright: tests/1\ntests:\n  - inputs: {__proto__: x}\n", '"__proto__"'],
  ["evalwright: tests/1\ntests:\n  - inputs: .nan\n", "line 3: tests[0].inputs"],
  ["evalwright: tests/1\ntests:\n  - inputs: *nothing\n", "alias"],
  [
    `evalwright: tests/1\na: &a [${"x,".repeat(9)}]\nb: &b [${"*a,".repeat(9)}]\nc: &c [${"*b,".repeat(9)}]\nd: &d [${"*c,".repeat(9)}]\ntests: [*d]\n`,
    "grows without end",
  ],
  ["- a\n", "is no file of tests"],
])("a bad file is refused with its line: %j", async (text, message) => {
  const outside = join(home.path, "outside.mjs");
  writeFileSync(outside, "");
  rmSync(join(repository, "link.mjs"), { force: true });
  symlinkSync(outside, join(repository, "link.mjs"));
  write("bad.tests.yaml", text);
  const ended = await evalwright("import-tests", "bad.tests.yaml");
  rmSync(join(repository, "link.mjs"));
  expect(ended).toMatchObject({ code: 1, stdout: "" });
  expect(ended.stderr).toMatch(/^invalid_input: /);
  expect(ended.stderr).toContain(message);
});
