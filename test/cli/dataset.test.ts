import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { makeRepository } from "../evaluation/fixture.ts";
import { bareEnv, run, serverEntry, temporaryHome } from "../server/harness.ts";

const repository = makeRepository();
const home = temporaryHome();
const env = { ...bareEnv(home.path), EVALWRIGHT_PROJECT: "test" };
const evalwright = (...args: string[]) => run([serverEntry, ...args], env, repository);

afterAll(() => {
  home.remove();
  rmSync(repository, { recursive: true, force: true });
});

it("dataset save reads a file by its columns, first for show, and export writes it", async () => {
  writeFileSync(
    join(repository, "asked.csv"),
    "said,wanted,customer\nHello,You asked: Hello,a\nBye,You asked: Bye,b\n",
  );
  const save = ["dataset", "save", "greetings", "asked.csv", "--input", "said", "--expectation", "wanted"];
  const dry = await evalwright(...save, "--group", "customer", "--dry-run");
  expect(dry.stdout).toContain("saved: false");
  expect((await evalwright("dataset", "list")).stdout).not.toContain("greetings");
  const saved = await evalwright(...save, "--group", "customer", "--note", "from the desk");
  expect(saved.stdout).toContain("dataset: greetings@1");
  const out = join(repository, "out.jsonl");
  expect((await evalwright("dataset", "export", "greetings", "--out", out)).stderr).toMatch(
    /^2 examples of greetings@1;/,
  );
  expect(
    readFileSync(out, "utf8")
      .split("\n")
      .slice(0, 1)
      .map((line) => JSON.parse(line)),
  ).toEqual([
    expect.objectContaining({
      inputs: { said: "Hello" },
      expectations: { wanted: "You asked: Hello" },
      group: "a",
    }),
  ]);
  rmSync(out);
});

it.each([
  [["dataset", "save", "greetings"], /^invalid_input: A file is needed/],
  [["dataset", "save", "Greetings", "asked.csv"], /^invalid_input: "Greetings" is no name/],
  [["dataset", "save", "greetings", "nowhere.csv"], /^invalid_input: .*no such file/],
  [["dataset", "save", "greetings", "asked.csv", "--input", "nobody"], /no column "nobody"/],
  [["dataset", "throw", "greetings"], /Actions: list, save, export, retire-holdout/],
])("%j is refused in one line", async (args, why) => {
  const refused = await evalwright(...args);
  expect([refused.code, refused.stdout]).toEqual([1, ""]);
  expect(refused.stderr).toMatch(why);
  expect(refused.stderr.trimEnd().split("\n")).toHaveLength(1);
});

describe("a file that cannot be written", () => {
  const EVAL = ["eval", "--dataset", "greetings", "--target", "agent.yaml", "--judge", "no_refusal"];

  it.each([
    [["dataset", "export", "greetings", "--out", "nowhere/out.jsonl"], 1, /its folder does not exist/],
    [["dataset", "export", "greetings", "--out", "."], 1, /it is a folder/],
    [
      ["export-tests", "greetings", "--judge", "no_refusal", "--out", "nowhere/t.yaml"],
      1,
      /its folder does not exist/,
    ],
    [[...EVAL, "--junit", "nowhere/out.xml"], 2, /its folder does not exist/],
    [[...EVAL, "--report", "report.md", "."], 2, /it is a folder/],
    [["compare", "ev-1", "ev-2", "--report", "nowhere/c.html"], 2, /its folder does not exist/],
  ])("%j is told before anything is run for it", async (args, code, why) => {
    const refused = await evalwright(...args);
    expect([refused.code, refused.stdout]).toEqual([code, ""]);
    expect(refused.stderr).toMatch(why);
    expect(refused.stderr).toMatch(/^invalid_input: .*\n$/);
    expect((await evalwright("call", "list_records", "kind=evaluation")).stdout).not.toContain("ev-");
  });
});
