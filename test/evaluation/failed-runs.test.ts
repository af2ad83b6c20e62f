import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bareEnv, run, serverEntry, temporaryHome } from "../server/harness.ts";
import { makeRepository, targetFile } from "./fixture.ts";

const repository = makeRepository();
const home = temporaryHome();
const env = { ...bareEnv(home.path), CLAUDE_PROJECT_DIR: repository, EVALWRIGHT_PROJECT: "test" };
const evalwright = (...args: string[]) => run([serverEntry, ...args], env, repository);
const fileOf = (name: string) => readFileSync(join(repository, "out", name), "utf8");

/** Hard questions cost 2 dollars and easy ones `easy`; an agent that crashes on the hard ones pays for none. */
const agent = (easy: number, hard: string) => `
import { createInterface } from "node:readline";
for await (const line of createInterface({ input: process.stdin })) {
  const { id, inputs } = JSON.parse(line);
  const isHard = inputs.message.startsWith("hard");
  ${hard}
  const usage = { costUsd: isHard ? 2 : ${easy}, inputTokens: 1, outputTokens: 1 };
  process.stdout.write(JSON.stringify({ id, output: "done", usage }) + "\\n");
}
`;

const evaluate = (target: string, ...more: string[]) =>
  evalwright("eval", "--dataset", "halves", "--target", target, ...more);

const newest = async (): Promise<string> => {
  const list = await evalwright("call", "list_records", "kind=evaluation", "--json");
  return /ev-[0-9a-f]{8}/.exec(list.stdout)?.[0] ?? "";
};

const ids = { baseline: "", candidate: "" };

const JUDGES = ["--judge", "no_refusal", "cost", "latency", "cheap"];

beforeAll(async () => {
  writeFileSync(join(repository, "whole.mjs"), agent(0.5, ""));
  writeFileSync(join(repository, "whole.yaml"), targetFile("whole.mjs"));
  writeFileSync(join(repository, "half.mjs"), agent(0.25, "if (isHard) process.exit(3);"));
  writeFileSync(join(repository, "half.yaml"), targetFile("half.mjs"));
  writeFileSync(join(repository, ".gitignore"), "out/\n");
  mkdirSync(join(repository, "out"));
  const examples = Array.from({ length: 24 }, (_, i) => ({
    id: `e${i}`,
    inputs: { message: `${i % 2 === 0 ? "hard" : "easy"} question ${i}` },
  }));
  writeFileSync(join(repository, "rows.jsonl"), examples.map((row) => JSON.stringify(row)).join("\n"));
  const saved = await evalwright("call", "save_dataset", "name=halves", "path=rows.jsonl", "holdout=false");
  expect(saved.stderr + saved.code).toBe("0");
  const judge = await evalwright("call", "save_judge", "name=cheap", "builtin=cost", "threshold=1");
  expect(judge.stderr + judge.code).toBe("0");
});

afterAll(() => {
  home.remove();
  rmSync(repository, { recursive: true, force: true });
});

it("an agent that crashes on the hard half passes no gate on what its runs take", async () => {
  const gates = ["latency <= 100000", "estimate:cost <= 1", "estimate:cheap <= 1"];
  const whole = await evaluate("whole.yaml", ...JUDGES, "--gate", "estimate:latency <= 100000");
  expect(whole.code, whole.stderr).toBe(0);
  ids.baseline = await newest();
  const half = await evaluate(
    "half.yaml",
    ...JUDGES,
    "--gate",
    ...gates,
    "--report",
    "out/e.md",
    "out/e.html",
  );
  expect(half.code, half.stderr).toBe(2);
  ids.candidate = await newest();
  for (const judge of ["latency", "cost", "cheap"])
    expect(half.stdout).toMatch(
      new RegExp(`${judge} <= \\d+ .*12 failed runs have no value, and nothing bounds`),
    );
  expect(half.stdout).not.toContain("PASS");
  const rows = fileOf("e.md").split("\n");
  // The mean of the easy half alone is neither lowered by zeros for the crashes nor shown without them.
  expect(rows.find((row) => row.startsWith("| cost |"))).toMatch(
    /\| 0\.25 \|.*12 of 24 \|.*\| 12 \| run\\_failed 12 \| unbounded/,
  );
  expect(rows.find((row) => row.startsWith("| cheap |"))).toMatch(
    /\| 0\.25 \|.*24 of 24 \| 50 % \| 12 \| run\\_failed 12 .*unbounded/,
  );
});

it("and is not called better: the pairs that it lost are counted, and nothing is concluded", async () => {
  const { baseline, candidate } = ids;
  const shown = await evalwright("compare", baseline, candidate, "--report", "out/c.html", "out/c.md");
  expect(shown.stdout).toContain("12 (run_failed 12)");
  expect(shown.stdout).toContain("unbounded");
  expect(shown.stdout).toContain("left out, a run failed");
  // The judge that decides by default passes what does not refuse: the crashes are lost, with their ids.
  expect(fileOf("c.html")).toMatch(/<p>Lost: e0, e10, e12, e14, e16, e18, e2, e20, e22, e4, e6, e8<\/p>/);
  expect(fileOf("c.md")).toContain("Lost: e0, e10, e12, e14, e16, e18, e2, e20, e22, e4, e6, e8");
  expect(shown.code).toBe(1);
  for (const primary of ["cost", "cheap", "latency"]) {
    const compared = await evalwright("compare", baseline, candidate, "--primary", primary, "--json");
    expect(compared.code, compared.stderr).toBe(2);
    const comparison = JSON.parse(compared.stdout);
    expect(comparison.sentence).toContain(`Runs of 12 examples failed and have no ${primary}`);
    const one = comparison.judges.find(({ judge }: { judge: string }) => judge === primary);
    expect(one).toMatchObject({ verdict: "inconclusive", n: 12, missing: 12, failedRuns: 12, bounds: null });
    const cost = comparison.measures.find(({ measure }: { measure: string }) => measure === "costUsd");
    expect(cost).toMatchObject({ n: 12, leftOut: 12, baseline: 0.5, candidate: 0.25 });
  }
});

it("without failed runs the cheaper agent is better; its page draws cost against quality", async () => {
  writeFileSync(join(repository, "whole.mjs"), agent(0.25, ""));
  const ended = await evaluate("whole.yaml", ...JUDGES, "--report", "out/w.html");
  expect(ended.code, ended.stderr).toBe(0);
  expect(fileOf("w.html")).toContain('aria-label="Cost against quality"');
  const compared = await evalwright("compare", ids.baseline, await newest(), "--primary", "cost");
  expect(compared.code, compared.stdout).toBe(0);
  expect(fileOf("e.html")).toContain('aria-label="Cost against quality"');
});
