import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { modelEnv, type ScriptedEndpoint, startScriptedEndpoint } from "../scripted-endpoint.ts";
import type { ScriptedRequest } from "../scripted-replies.ts";
import {
  type Attached,
  attach,
  bareEnv,
  rowsOf,
  run,
  serverEntry,
  temporaryHome,
  untrustedOf,
} from "../server/harness.ts";
import { makeRepository } from "./fixture.ts";
import { shownPair } from "./shown-pair.ts";

const WINS = 12;
const home = temporaryHome();
const repository = makeRepository();
let endpoint: ScriptedEndpoint;
let server: Attached;
const ids = { baseline: "", candidate: "" };

const verdict = (label: string) => JSON.stringify({ rationale: "It is.", label });

/** Likes a polite answer; of some questions the first one, or none, whatever they say. */
function judge({ text }: ScriptedRequest): string {
  const { first, second } = shownPair(text);
  if (text.includes("ALWAYS THE FIRST") || first.includes("biased")) return verdict("first");
  if (first.includes("unsure")) return verdict("cannot_tell");
  if (first.includes("equal")) return verdict("tie");
  return verdict(first.includes("Certainly") ? "first" : second.includes("Certainly") ? "second" : "tie");
}

const env = () => ({
  CLAUDE_PROJECT_DIR: repository,
  ...modelEnv(endpoint.url),
});

beforeAll(async () => {
  const agent = readFileSync(join(repository, "agent.mjs"), "utf8");
  // The change: polite answers, and a new failure.
  writeFileSync(
    join(repository, "polite.mjs"),
    agent.replace('"You asked: "', '"Certainly. You asked: "').replace('"crash"', '"fails now"'),
  );
  const target = readFileSync(join(repository, "agent.yaml"), "utf8");
  writeFileSync(join(repository, "polite.yaml"), target.replace("agent.mjs", "polite.mjs"));
  endpoint = await startScriptedEndpoint({ answer: judge });
  server = await attach({ home: home.path, env: env() });
  const questions = [
    ...Array.from({ length: WINS }, (_, i) => `question ${i}`),
    "biased a",
    "biased b",
    "unsure",
    "equal",
    "it fails now",
  ];
  await server.call("save_dataset", {
    name: "asked",
    examples: questions.map((message, i) => ({
      id: `e${i}`,
      inputs: { message },
      tags: { kind: message.startsWith("question") ? "plain" : "odd" },
    })),
    holdout: false,
  });
  for (const [side, path] of [
    ["baseline", "agent.yaml"],
    ["candidate", "polite.yaml"],
  ] as const) {
    const answer = await server.call("run_evaluation", {
      dataset: "asked",
      target: path,
      judges: ["no_refusal"],
    });
    expect(answer).toMatchObject({ state: "done" });
    ids[side] = String(answer["evaluation"]);
  }
});

afterAll(async () => {
  await server.close();
  await endpoint.close();
  home.remove();
  rmSync(repository, { recursive: true, force: true });
});

it("which of two versions answers better: both orders, blinded, with counts, rate, interval and verdict", async () => {
  expect(await server.fail("compare_evaluations", { ...ids, primary: "preference" })).toMatch(
    /has not judged their pairs: run_judges with this baseline and candidate first/,
  );
  const dry = await server.call("run_judges", { ...ids, judges: ["preference"], dryRun: true });
  expect(dry).toMatchObject({ dryRun: true, runsOfTheAgent: 0, modelCalls: 34 });
  expect(endpoint.requests).toHaveLength(0);

  const answer = await server.call("run_judges", { ...ids, judges: ["preference"] });
  // 12 wins and one loss among the decided: the sign test's p is 2 (1 + 13) / 2^13.
  expect(answer).toMatchObject({ state: "done", verdict: "better", attempts: 1 });
  expect(answer["sentence"]).toMatch(
    /by preference the candidate wins 0\.844 of the pairs, ties counted half \(97\.5 % interval .*\), p = \.0034, n 16, 12 wins, 3 ties \(2 since the orders disagree\) and 1 losses; attempt 1/,
  );
  expect(rowsOf(answer["pairs"])).toEqual([
    expect.objectContaining({
      wins: 12,
      ties: 3,
      losses: 1,
      "win rate": 0.844,
      "orders disagree": 2,
      "asked in both orders": 15,
      "one place twice: the first": "2 of 2",
      "failed runs": 1,
    }),
  ]);
  const judges = rowsOf(answer["judges"]);
  expect(judges.find((row) => row["judge"] === "preference (primary)")).toMatchObject({
    missing: 1,
    method: "exact McNemar",
    gained: 12,
    lost: 1,
  });
  // The code judge of both evaluations stands beside it.
  expect(judges.map((row) => row["judge"])).toContain("no_refusal");
  expect(rowsOf(untrustedOf(answer)["slices"])).toContainEqual(
    expect.objectContaining({ slice: "kind=plain", n: 12, difference: 1 }),
  );
});

it("no question names an arm, an evaluation or a file, and each pair is asked about in both orders", () => {
  // 15 pairs with a verdict and one without; the failed run is nobody's question.
  expect(endpoint.requests).toHaveLength(32);
  const asked = endpoint.requests.map(({ text }) => shownPair(text));
  for (const { text } of endpoint.requests)
    for (const word of [...Object.values(ids), "baseline", "candidate", "polite.", "agent.yaml", "scripted"])
      expect(text).not.toContain(word);
  const firsts = asked.map(({ first }) => first.startsWith("Certainly"));
  expect(firsts.filter(Boolean)).toHaveLength(16);
});

it("is paid once: again, in the command line, with its report", async () => {
  const before = endpoint.requests.length;
  const folder = join(home.path, "out");
  const compared = await run(
    [
      serverEntry,
      "compare",
      ids.baseline,
      ids.candidate,
      "--pair-judge",
      "preference",
      "--report",
      `${folder}.html`,
      `${folder}.md`,
    ],
    { ...bareEnv(home.path), ...env(), EVALWRIGHT_PROJECT: "test" },
    repository,
  );
  expect(compared.stderr).toMatch(/^job /);
  expect(compared.code).toBe(0);
  expect(compared.stdout).toContain("by preference the candidate wins 0.844");
  expect(endpoint.requests.length).toBe(before);
  const html = readFileSync(`${folder}.html`, "utf8");
  expect(html).toContain("<h2>Pairs</h2>");
  expect(html).toContain("Share of wins less that of losses");
  expect(readFileSync(`${folder}.md`, "utf8")).toMatch(
    /\| preference \| 12 \| 3 \| 1 \| 0\.844 \| .* \| 2 \| 15 \| 2 of 2 \| 1 \|/,
  );
});

it("a judge that goes by place decides nothing, and is told to", async () => {
  const labels = ["first", "second", "tie"].map((label, i) => ({
    label,
    means: label,
    value: [1, 0, 0.5][i] ?? 0,
  }));
  await server.call("save_judge", {
    name: "placed",
    instructions: "ALWAYS THE FIRST of {{output}} for {{inputs}}.",
    level: "pair",
    labels,
  });
  const answer = await server.call("run_judges", { ...ids, judges: ["placed"] });
  expect(answer).toMatchObject({ verdict: "inconclusive", attempts: 2 });
  expect(JSON.stringify(answer["warnings"])).toContain(
    "where placed chose one place in both orders it was the first 16 of 16 times",
  );
});

it("a judging of pairs is an evaluation with rows that can be read, and no side of a comparison", async () => {
  const list = await server.call("list_records", { kind: "evaluation" });
  const pair = rowsOf(untrustedOf(list)["evaluations"]).find((row) =>
    String(row["judge"]).startsWith("preference (pair"),
  );
  const id = String(pair?.["evaluation"]);
  const record = await server.call("get_record", { kind: "evaluation", id, failing: true });
  expect(record).toMatchObject({ pair: ids });
  expect(rowsOf(untrustedOf(record)["rows"])).toEqual([
    expect.objectContaining({ example: "e16", run: "crashed", preference: "loss" }),
  ]);
  expect(await server.fail("compare_evaluations", { baseline: ids.baseline, candidate: id })).toContain(
    "name these",
  );
  expect(await server.fail("run_judges", { ...ids, judges: ["no_refusal"] })).toContain("not pairs");
  expect(await server.fail("run_judges", { baseline: ids.baseline, judges: ["preference"] })).toContain(
    "baseline and candidate",
  );
});
