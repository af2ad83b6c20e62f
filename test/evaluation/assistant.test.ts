import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Attached, attach, rowsOf, temporaryHome, untrustedOf } from "../server/harness.ts";
import { makeRepository } from "./fixture.ts";
import { shownPair } from "./shown-pair.ts";

const home = temporaryHome();
const repository = makeRepository();
let server: Attached;

beforeAll(async () => {
  server = await attach({ home: home.path, env: { CLAUDE_PROJECT_DIR: repository } });
  await server.call("save_dataset", {
    name: "smoke",
    examples: ["Where is my parcel?", "Do you ship abroad?", "please crash", "be silent now"].map(
      (message, i) => ({
        id: `e${i}`,
        inputs: { message },
        expectations: { answer: `You asked: ${message}` },
      }),
    ),
    holdout: false,
  });
});

afterAll(async () => {
  await server.close();
  home.remove();
  rmSync(repository, { recursive: true, force: true });
});

it("a dry run tells cost, tasks and what can be shown, and runs nothing", async () => {
  const answer = await server.call("run_evaluation", {
    dataset: "smoke",
    target: "agent.yaml",
    judges: ["exact_match", "relevance"],
    dryRun: true,
  });
  expect(answer).toMatchObject({ examples: 4, runsOfTheAgent: 4, modelCalls: 0, tasksForYou: 4 });
  expect((await server.call("list_records", { kind: "evaluation" }))["page"]).toMatchObject({ returned: 0 });
});

it("a target file that the commit does not have is said to be the working folder's", async () => {
  copyFileSync(join(repository, "agent.yaml"), join(repository, "new.yaml"));
  const run = { dataset: "smoke", target: "new.yaml", judges: ["exact_match"], dryRun: true };
  expect(await server.call("run_evaluation", { ...run, gitRef: "HEAD" })).toMatchObject({
    notes: [expect.stringContaining("the one of the working folder was used")],
  });
  expect(await server.call("run_evaluation", run)).not.toHaveProperty("notes");
  expect(
    await server.call("run_evaluation", { ...run, target: "agent.yaml", gitRef: "HEAD" }),
  ).not.toHaveProperty("notes");
  rmSync(join(repository, "new.yaml"));
});

it("without an endpoint the assistant answers blinded tasks; failed runs are scored failures; the job goes on", async () => {
  const started = await server.call("run_evaluation", {
    dataset: "smoke",
    target: "agent.yaml",
    judges: ["relevance", "exact_match"],
  });
  expect(started).toMatchObject({ state: "waiting" });
  const jobId = String(started["jobId"]);
  const batch = await server.call("get_tasks", { jobId });
  expect(JSON.stringify(batch).length).toBeLessThan(8_000);
  const tasks = rowsOf(untrustedOf(batch)["tasks"]);
  // A crash and an empty answer are the agent's failures: nobody is asked about them.
  expect(tasks.length).toBeGreaterThanOrEqual(2);
  expect(JSON.stringify(tasks)).not.toContain("crash");
  expect(JSON.stringify(tasks)).not.toContain(String(started["evaluation"]));
  const answers = tasks.map((task) => ({
    taskId: String(task["taskId"]),
    code: /code (\w+)\]$/.exec(String(task["item"]))?.[1] ?? "",
    rationale: "It repeats the question.",
    label: "relevant",
  }));
  const labels = JSON.stringify(batch["labels"]);
  const label = /"((?!cannot_tell)[a-z_]+)"\]?[,\]]/.exec(labels)?.[1] ?? "";
  const wrong = await server.call("submit_answers", {
    answers: answers.map((answer) => ({ ...answer, label, code: "ffffff" })),
  });
  expect(wrong).toMatchObject({ accepted: 0 });
  expect(JSON.stringify(wrong)).toContain("not the one at the item's end");
  const offMenu = await server.call("submit_answers", { answers: [{ ...answers[0], label: "splendid" }] });
  expect(JSON.stringify(offMenu)).toMatch(/label is none of (?!.*cannot_tell.*cannot_tell).*cannot_tell/);
  const right = await server.call("submit_answers", {
    answers: answers.map((answer) => ({ ...answer, label })),
  });
  expect(right).toMatchObject({ accepted: answers.length, open: 0 });
  // Never "waiting" again: nobody must be sent back to a list of tasks that is empty.
  expect(await server.call("get_job", { jobId, waitSeconds: 20 })).toMatchObject({ state: "done" });
  const record = await server.call("get_record", { kind: "evaluation", id: String(started["evaluation"]) });
  const judges = rowsOf(record["judges"]);
  expect(judges.find(({ judge }) => judge === "exact_match")).toMatchObject({ mean: 0.5, "failed runs": 2 });
  expect(judges.find(({ judge }) => judge === "relevance")).toMatchObject({
    scored: "4 of 4",
    "failed runs": 2,
  });
  expect(record["runs"]).toEqual({ ok: 2, crashed: 1, empty: 1 });
});

it("a comparison by the assistant's own verdicts is not verified", async () => {
  const list = await server.call("list_records", { kind: "evaluation" });
  const [first] = rowsOf(untrustedOf(list)["evaluations"]);
  const again = await server.call("run_evaluation", {
    dataset: "smoke",
    reuse: String(first?.["evaluation"]),
    judges: ["relevance", "exact_match"],
  });
  // The same content is the same call: the assistant is not asked again.
  expect(again).toMatchObject({ state: "done" });
  const comparison = await server.call("compare_evaluations", {
    baseline: String(first?.["evaluation"]),
    candidate: String(again["evaluation"]),
  });
  expect(comparison).toMatchObject({ verdict: "inconclusive", verified: false });
  expect(JSON.stringify(comparison["warnings"])).toContain("only chance differs");
  expect(comparison["attempts"]).toBe(1);
  // Choosing the judge after the fact is one more try, and is corrected for as one.
  const other = { baseline: String(first?.["evaluation"]), candidate: String(again["evaluation"]) };
  expect(await server.call("compare_evaluations", { ...other, primary: "exact_match" })).toMatchObject({
    attempts: 2,
  });
  expect(await server.call("compare_evaluations", other)).toMatchObject({ attempts: 2 });
});

it("the assistant answers pairs as blinded tasks in both orders, and the job's answer leads to the comparison", async () => {
  const polite = readFileSync(join(repository, "agent.mjs"), "utf8").replace('"You', '"Certainly. You');
  writeFileSync(join(repository, "polite.mjs"), polite);
  const target = readFileSync(join(repository, "agent.yaml"), "utf8");
  writeFileSync(join(repository, "polite.yaml"), target.replace("agent.mjs", "polite.mjs"));
  const evaluate = async (path: string) => {
    const answer = await server.call("run_evaluation", {
      dataset: "smoke",
      target: path,
      judges: ["no_refusal"],
    });
    return String(answer["evaluation"]);
  };
  const pair = { baseline: await evaluate("agent.yaml"), candidate: await evaluate("polite.yaml") };
  const started = await server.call("run_judges", { ...pair, judges: ["preference"] });
  expect(started).toMatchObject({ state: "waiting" });
  const jobId = String(started["jobId"]);
  for (let open = 1; open > 0; ) {
    const batch = await server.call("get_tasks", { jobId });
    expect(JSON.stringify(batch).length).toBeLessThan(8_000);
    const tasks = rowsOf(untrustedOf(batch)["tasks"]);
    for (const word of [pair.baseline, pair.candidate, "polite", "baseline", "candidate"])
      expect(JSON.stringify(tasks)).not.toContain(word);
    const answers = tasks.map((task) => {
      const { first, second } = shownPair(String(task["item"]));
      const label = first.startsWith("Certainly")
        ? "first"
        : second.startsWith("Certainly")
          ? "second"
          : "tie";
      const code = /code (\w+)\]$/.exec(String(task["item"]))?.[1] ?? "";
      return { taskId: String(task["taskId"]), code, rationale: "It is polite.", label };
    });
    const submitted = await server.call("submit_answers", { answers });
    expect(submitted["accepted"]).toBe(answers.length);
    open = Number(submitted["open"]);
  }
  const job = await server.call("get_job", { jobId, waitSeconds: 20 });
  expect(job).toMatchObject({ state: "done" });
  const next = job["next"];
  expect(next).toEqual([
    expect.objectContaining({
      tool: "compare_evaluations",
      arguments: { ...pair, primary: "preference" },
    }),
  ]);
  const comparison = await server.call("compare_evaluations", { ...pair, primary: "preference" });
  // Of the crash and of the empty answer nobody is asked: both sides failed alike.
  expect(comparison).toMatchObject({ verdict: "inconclusive", verified: false });
  expect(rowsOf(comparison["pairs"])[0]).toMatchObject({ wins: 2, ties: 2, losses: 0, "failed runs": 2 });
});
