import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Attached, attach, rowsOf, temporaryHome, untrustedOf } from "../server/harness.ts";
import { newAgentRepository } from "./fixture.ts";

/** Each run costs a hundredth of a cent, more with a prompt of the registry; the tool refuses whatever it is asked. */
const AGENT = `
import { createInterface } from "node:readline";
for await (const line of createInterface({ input: process.stdin })) {
  const { id, messages, exampleId, prompts } = JSON.parse(line);
  const dear = prompts.system ? { a: 1, b: 2, c: 4, d: 8 }[exampleId] : 0;
  const output = "You are all set: " + messages.length;
  const toolCalls = [{ name: "book", arguments: { date: "3/4" }, error: "the date must be YYYY-MM-DD" }];
  process.stdout.write(JSON.stringify({ id, output, toolCalls, usage: { costUsd: 0.000093 * (1 + dear) } }) + "\\n");
}
`;

const home = temporaryHome();
const repository = newAgentRepository({ "agent.mjs": AGENT });
let server: Attached;

beforeAll(async () => {
  server = await attach({ home: home.path, env: { CLAUDE_PROJECT_DIR: repository } });
  const one = { inputs: { message: "Book 3/4 please." }, turns: ["It is urgent.", "HAVE YOU BOOKED IT?"] };
  const kept = { guidelines: ["Never claims a booking that failed."] };
  await server.call("save_dataset", {
    name: "bookings",
    examples: [
      { ...one, id: "a", expectations: kept, group: "g1" },
      { ...one, id: "b", expectations: kept, group: "g1" },
      { ...one, id: "c", expectations: kept, group: "g2" },
      { inputs: { message: "Hello" }, id: "d", group: "g3" },
    ],
    holdout: false,
  });
});

afterAll(async () => {
  await server.close();
  home.remove();
  rmSync(repository, { recursive: true, force: true });
});

const run = { dataset: "bookings", target: "agent.yaml" };

it("save_dataset leads to a judge that the examples' expectations answer", async () => {
  const saved = await server.call("save_dataset", {
    name: "guided",
    examples: [{ inputs: { message: "Hi" }, expectations: { guidelines: ["Greets."] } }],
  });
  expect(saved["next"]).toMatchObject([{ arguments: { judges: ["example_guidelines"] } }]);
  const bare = await server.call("save_dataset", { name: "bare", examples: [{ inputs: { message: "Hi" } }] });
  expect(bare["next"]).toMatchObject([{ arguments: { judges: ["task_success"] } }]);
});

it("a dry run says which examples a judge will say nothing of, and counts no question for them", async () => {
  const answer = await server.call("run_evaluation", {
    ...run,
    judges: ["correctness", "example_guidelines", "exact_match"],
    dryRun: true,
  });
  expect(answer["notJudged"]).toEqual([
    expect.stringMatching(
      /^correctness cannot judge 4 of 4 .*expectations\.answer or expectations\.facts.*whenExpected/,
    ),
    expect.stringMatching(/^example_guidelines does not apply to 1 of 4 .*guidelines$/),
    expect.stringMatching(/^exact_match cannot judge 4 of 4 .*expectations\.answer/),
  ]);
  expect(answer).toMatchObject({ tasksForYou: 3 });
});

it("a judge of one answer is shown what the user said last, and that the tool failed", async () => {
  const started = await server.call("run_evaluation", {
    ...run,
    judges: ["example_guidelines", "no_errors"],
  });
  const batch = await server.call("get_tasks", { jobId: String(started["jobId"]) });
  const item = String(rowsOf(untrustedOf(batch)["tasks"])[0]?.["item"]);
  expect(item).toContain("the user's newest message: HAVE YOU BOOKED IT?");
  expect(item).toContain("error of book: the date must be YYYY-MM-DD");
  const tasks = rowsOf(untrustedOf(batch)["tasks"]);
  await server.call("submit_answers", {
    answers: tasks.map((task) => ({
      taskId: String(task["taskId"]),
      code: /code (\w+)\]$/.exec(String(task["item"]))?.[1] ?? "",
      rationale: "It claims it.",
      label: "broken",
    })),
  });
});

it("what a cheap run costs is not told as nothing, and groups that all fail are no certainty", async () => {
  const started = await server.call("run_evaluation", { ...run, judges: ["no_errors", "cost"] });
  const record = await server.call("get_record", {
    kind: "evaluation",
    id: String(started["evaluation"]),
  });
  expect(untrustedOf(started)["soFar"]).toMatchObject({ cost: { scored: 4, mean: 0.00023 } });
  const judges = rowsOf(record["judges"]);
  // Three runs of .000093 in three examples, one in the fourth: (3 * .000279 + .000093) / 4.
  expect(judges.find(({ judge }) => judge === "cost")).toMatchObject({ mean: 0.00023 });
  expect(rowsOf(record["measures"]).find((row) => row["per run"] === "usd")).toMatchObject({
    mean: 0.00023,
    p50: 0.00028,
    total: 0.00093,
  });
  // None of three groups: Beta(1, 4), whose upper limit is 1 - .025^(1/4).
  expect(judges.find(({ judge }) => judge === "no_errors")).toMatchObject({
    mean: 0,
    "95% interval": "[0, 0.602]",
  });
});

it("cost by a judge and cost of the runs are one difference with one interval, groups as one draw each", async () => {
  await server.call("save_prompt", { name: "system", text: "Be dear." });
  const ids: string[] = [];
  for (const prompts of [{}, { system: "system@1" }]) {
    const started = await server.call("run_evaluation", { ...run, judges: ["cost"], prompts });
    ids.push(String(started["evaluation"]));
  }
  const compared = await server.call("compare_evaluations", {
    baseline: ids[0] ?? "",
    candidate: ids[1] ?? "",
    primary: "cost",
    alpha: 0.1,
  });
  const [judge] = rowsOf(compared["judges"]);
  const measure = rowsOf(compared["measures"]).find((row) => row["measure"] === "costUsd");
  // Three turns of a, b and c, one of d: .000093 (3 (1 + 2 + 4) + 8) / 4.
  expect(judge).toMatchObject({ n: 4, clusters: 3, difference: 0.00067 });
  expect(measure).toMatchObject({ n: 4, difference: 0.00067, "95% interval": judge?.["interval"] });
});
