import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { comparisonReport } from "../../src/evaluation/report/comparison-report.ts";
import type { Comparison, JudgeComparison } from "../../src/model/comparison.ts";
import { bareEnv, run, serverEntry, temporaryHome } from "../server/harness.ts";
import { makeRepository } from "./fixture.ts";

const repository = makeRepository();
const home = temporaryHome();
const env = { ...bareEnv(home.path), CLAUDE_PROJECT_DIR: repository, EVALWRIGHT_PROJECT: "test" };
const evalwright = (...args: string[]) => run([serverEntry, ...args], env, repository);
const fileOf = (name: string) => readFileSync(join(repository, "out", name), "utf8");

const HOSTILE = '</td><script>alert(1)</script> | ]]> & "quoted" \u001b[31m';

beforeAll(async () => {
  const rows = [HOSTILE, "plain one", "plain two", "please crash"].map((message, i) => ({
    id: `e${i}`,
    inputs: { message },
    expectations: { answer: i === 0 ? "something else" : `You asked: ${message}` },
    tags: { topic: i === 0 ? "<b>hostile</b>" : "plain" },
  }));
  writeFileSync(join(repository, "rows.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
  // Reports beside the code would change the tree under test; git ignores them.
  writeFileSync(join(repository, ".gitignore"), "out/\n");
  mkdirSync(join(repository, "out"));
  const saved = await evalwright("call", "save_dataset", "name=mixed", "path=rows.jsonl", "holdout=false");
  expect(saved.stderr + saved.code).toBe("0");
});

afterAll(() => {
  home.remove();
  rmSync(repository, { recursive: true, force: true });
});

it("gates hold the bound, not the mean; reports carry hostile text as text", async () => {
  const base = [
    "eval",
    "--dataset",
    "mixed",
    "--target",
    "agent.yaml",
    "--judge",
    "exact_match",
    "--repeats",
    "2",
  ];
  const files = ["--junit", "out/r.xml", "--report", "out/r.html", "out/r.md"];
  const failed = await evalwright(...base, "--gate", "exact_match >= 0.4", ...files);
  expect(failed.code).toBe(1);
  expect(failed.stdout).toMatch(/FAIL {2}exact_match >= 0\.4 .*mean 0\.5.*8 of 8 scored/);
  const passed = await evalwright(...base, "--gate", "estimate:exact_match >= 0.4");
  expect(passed.code).toBe(0);
  const unmeasured = await evalwright(...base, "--gate", "no_such_judge >= 0.4");
  // Refused before anything is run: there is no job.
  expect(unmeasured).toMatchObject({ code: 2, stdout: "" });
  expect(unmeasured.stderr).toMatch(
    /^invalid_input: The gate "no_such_judge >= 0\.4" is on a judge that is not run\. .*exact_match\.\n$/,
  );
  const html = fileOf("r.html");
  expect(html).not.toContain("<script");
  expect(html).not.toContain("<b>hostile");
  expect(html).toContain("&lt;script&gt;");
  expect(html).toContain("crashed");
  const markdown = fileOf("r.md");
  expect(markdown).toContain("\\<script\\>");
  expect(markdown).not.toContain("\u001b");
  const xml = fileOf("r.xml");
  expect(xml).toContain('<testsuite name="exact_match" tests="8" failures="4" errors="0" skipped="0">');
  expect(xml).toContain('<testsuite name="gates" tests="1" failures="1"');
  expect(xml).not.toContain("<script");
  expect(xml).not.toContain("\u001b");
});

it("a comparison of the same code is inconclusive, exit 2, and its page says so", async () => {
  const list = await evalwright("call", "list_records", "kind=evaluation", "--json");
  const [later, earlier] = [...list.stdout.matchAll(/ev-[0-9a-f]{8}/g)].map(([id]) => id);
  const compared = await evalwright(
    "compare",
    earlier ?? "",
    later ?? "",
    "--report",
    "out/c.html",
    "out/c.md",
  );
  expect(compared.code).toBe(2);
  expect(fileOf("c.html")).toContain("Inconclusive: no difference was shown");
  expect(fileOf("c.html")).toContain("only chance differs");
  expect(fileOf("c.md")).toMatch(/^# inconclusive/);
  // A baseline that was run again unchanged is the same baseline: what is compared with it is one more attempt.
  const more = await evalwright("compare", later ?? "", earlier ?? "", "--json");
  expect(JSON.parse(more.stdout)).toMatchObject({ baseline: later, attempts: 2 });
});

it("milliseconds are in the table and not in the chart of shares", () => {
  const judge = (name: string, bounded: boolean, difference: number): JudgeComparison => ({
    ...{
      judge: name,
      primary: bounded,
      goal: bounded ? "higher" : "lower",
      bounded,
      verdict: "inconclusive",
    },
    ...{ method: "exact McNemar", n: 9, clusters: 9, baseline: 0, candidate: difference, difference },
    ...{
      interval: null,
      p: 0.5,
      adjustedP: 0.5,
      alpha: 0.05,
      gained: 0,
      lost: 0,
      gainedIds: [],
      lostIds: [],
    },
    ...{ missing: 0, failedRuns: 0, bounds: null, changesAtBound: false, settles: null, pairs: null },
  });
  const comparison: Comparison = {
    ...{ baseline: "ev-1", candidate: "ev-2", dataset: { name: "d", version: 1 }, verdict: "inconclusive" },
    ...{ sentence: "Inconclusive.", judges: [judge("exact", true, 0.2), judge("latency", false, 40)] },
    ...{ measures: [], slices: [], attempts: 1, selfJudged: false, warnings: [] },
  };
  const page = comparisonReport(comparison, "html");
  expect(page).toContain('text-anchor="end">exact</text>');
  expect(page).not.toContain('text-anchor="end">latency</text>');
  expect(page).toContain("<td>latency</td>");
});
