import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import type { JsonObject } from "../../../src/model/json.ts";
import { modelEnv, startScriptedEndpoint } from "../../scripted-endpoint.ts";
import { type Attached, attach, rowsOf, temporaryHome, untrustedOf } from "../../server/harness.ts";
import { finish, makeAgent, makeQuestions, RULES } from "./fixture.ts";

const home = temporaryHome();
const repository = makeAgent();
const SEED = "You are a shop assistant.";
const RULED = `${SEED}\n${RULES.map((rule) => `${rule}: 30 days`).join("\n")}`;
let server: Attached;

beforeAll(async () => {
  server = await attach({ home: home.path, env: { CLAUDE_PROJECT_DIR: repository } });
  await server.call("save_prompt", { name: "support", text: SEED });
});

afterAll(async () => {
  await server.close();
  home.remove();
  rmSync(repository, { recursive: true, force: true });
});

/** Questions of their own, since a group keeps its split in every dataset. */
const questions = (shop: string, count: number, more: JsonObject = {}): JsonObject[] =>
  makeQuestions(count).map((question) => ({
    ...question,
    id: `${shop}-${String(question["id"])}`,
    inputs: { ...z.record(z.string(), z.string()).parse(question["inputs"]), shop },
    ...more,
  }));

const campaignOf = (dataset: string, judge = "exact_match"): JsonObject => ({
  dataset,
  target: "agent.yaml",
  prompts: ["system=support"],
  judges: [judge],
});

const tried = (optimization: string, text: string): Promise<JsonObject> =>
  server.call("try_candidate", {
    optimization,
    components: { system: text },
    hypothesis: "the policies were missing",
  });

const proposalOf = (finished: JsonObject): Promise<JsonObject> =>
  server.call("get_record", { kind: "proposal", id: String(finished["proposal"]) });

it("without sealed examples nothing is called better, however good the numbers are", async () => {
  await server.call("save_dataset", { name: "open", examples: questions("o", 12), holdout: false });
  const dry = await server.call("start_optimization", { ...campaignOf("open"), dryRun: true });
  expect(dry).toMatchObject({ examples: { holdout: 0 } });
  expect(String(dry["smallestImprovement"])).toContain('"not verified"');
  const id = String((await server.call("start_optimization", campaignOf("open")))["optimization"]);
  const look = await server.call("finish_optimization", { optimization: id, dryRun: true });
  expect(look).toMatchObject({ sealedExamples: 0, cases: 0 });
  expect(String(look["says"])).toMatch(/no holdout.*not verified/);
  expect(await tried(id, RULED)).toMatchObject({ decision: "accepted", validation: 1 });
  const finished = await finish(server, id);
  expect(finished).toMatchObject({ verdict: "not_verified", look: null });
  expect(String(finished["sentence"])).toMatch(/^Not verified: there is no holdout/);
  const proposal = await proposalOf(finished);
  expect(proposal).toMatchObject({ verdict: "not_verified", look: null });
  expect(JSON.stringify(proposal["limits"])).toContain("there is no holdout");
});

it("a dry run says what too few sealed examples come to, and which examples a judge says nothing of", async () => {
  await server.call("save_dataset", { name: "few", examples: questions("f", 20), holdout: true });
  const dry = await server.call("start_optimization", {
    ...campaignOf("few"),
    judges: ["exact_match", "example_guidelines"],
    dryRun: true,
  });
  expect(String(dry["smallestImprovement"])).toMatch(/^\d independent .*"not shown"$/);
  expect(dry).not.toHaveProperty("verified");
  expect(dry["notJudged"]).toEqual([expect.stringMatching(/^example_guidelines does not apply to \d+ of/)]);
});

it("a campaign without sealed examples that found nothing does not speak of a look either", async () => {
  const id = String((await server.call("start_optimization", campaignOf("open")))["optimization"]);
  expect(await tried(id, `${SEED}\nBe kind.`)).toMatchObject({ decision: "rejected" });
  const finished = await finish(server, id);
  expect(finished).toMatchObject({ verdict: "not_verified" });
  expect(String(finished["sentence"])).toMatch(
    /^Not verified: there is no holdout, and no candidate was better/,
  );
});

/** Verdicts as an honest judge would give them; ends when the job no longer asks for any. */
async function judgeAll(jobId: string, by = server): Promise<number> {
  for (let answered = 0; ; ) {
    const job = await by.call("get_job", { jobId, waitSeconds: 20 });
    if (job["state"] === "running" || job["state"] === "queued") continue;
    const batch = await by.call("get_tasks", { jobId, kind: "verdict" });
    if (batch["open"] === 0) return answered;
    const tasks = rowsOf(untrustedOf(batch)["tasks"]);
    const answers = tasks.map(({ taskId, item }) => ({
      taskId: String(taskId),
      code: /code (\w+)\]$/.exec(String(item))?.[1] ?? "",
      label: String(item).includes("30 days") ? "yes" : "no",
      rationale: "It names the time or does not.",
    }));
    expect(await by.call("submit_answers", { answers })).toMatchObject({ accepted: answers.length });
    answered += answers.length;
  }
}

async function saveAnswers(by: Attached): Promise<void> {
  await by.call("save_judge", {
    name: "answers",
    instructions: "Does it name a time? {{output}}",
    labels: [
      { label: "yes", means: "it names a number of days", value: 1 },
      { label: "no", means: "it does not", value: 0 },
    ],
  });
}

/** The look at a campaign whose judge is the assistant. */
async function finishJudged(optimization: string, by = server): Promise<JsonObject> {
  let finished = await by.call("finish_optimization", { optimization });
  while (finished["state"] !== "done") {
    await judgeAll(String(finished["jobId"]), by);
    finished = await by.call("finish_optimization", { optimization });
  }
  return finished;
}

it("verdicts by the writer of the candidates verify nothing, although the numbers are better", async () => {
  await server.call("save_dataset", {
    name: "own",
    examples: questions("s", 30),
  });
  await saveAnswers(server);
  const dry = await server.call("start_optimization", { ...campaignOf("own", "answers"), dryRun: true });
  expect(String(dry["verified"])).toContain('the verdict could only be "not verified"');
  const started = await server.call("start_optimization", campaignOf("own", "answers"));
  const [id, jobId] = [String(started["optimization"]), String(started["jobId"])];
  expect(await judgeAll(jobId)).toBeGreaterThan(0);
  await tried(id, RULED);
  expect(await judgeAll(jobId)).toBeGreaterThan(0);
  const finished = await finishJudged(id);
  expect(finished).toMatchObject({ verdict: "not_verified", look: 1 });
  expect(String(finished["sentence"])).toContain("the writer of the candidates judged them itself");
  const proposal = await proposalOf(finished);
  expect(proposal).toMatchObject({ verdict: "not_verified" });
  expect(JSON.stringify(proposal["limits"])).toContain("self-judged");
  expect(JSON.stringify(proposal["scores"])).toContain('["holdout",0,1]');
});

it("verdicts by the assistant count where a model wrote the candidates", async () => {
  await using endpoint = await startScriptedEndpoint({
    answer: () => JSON.stringify({ hypothesis: "the policies were missing", components: { system: RULED } }),
  });
  const writer = { baseUrl: endpoint.url, model: "scripted" };
  const file = join(repository, "models.json");
  writeFileSync(file, JSON.stringify({ default: null, endpoints: { writer } }));
  const own = temporaryHome();
  const attached = await attach({
    home: own.path,
    env: { CLAUDE_PROJECT_DIR: repository, EVALWRIGHT_MODELS: file },
  });
  try {
    await attached.call("save_prompt", { name: "support", text: SEED });
    await attached.call("save_dataset", { name: "asked", examples: questions("a", 80) });
    await saveAnswers(attached);
    const started = await attached.call("start_optimization", {
      ...campaignOf("asked", "answers"),
      proposer: "model",
      model: "writer",
      maxProposals: 1,
    });
    const id = String(started["optimization"]);
    expect(await judgeAll(String(started["jobId"]), attached)).toBeGreaterThan(0);
    const dry = await attached.call("finish_optimization", { optimization: id, dryRun: true });
    expect(String(dry["says"])).not.toContain("not verified");
    const finished = await finishJudged(id, attached);
    expect(finished).toMatchObject({ verdict: "better", look: 1 });
    expect(JSON.stringify(finished)).not.toMatch(/not verified|self-judged/i);
  } finally {
    await attached.close();
    own.remove();
  }
});

it("a model that judges what it wrote itself decides, and that it does is said", async () => {
  await using endpoint = await startScriptedEndpoint({
    answer: ({ text }) => {
      if (!text.includes("Does it name a time"))
        return JSON.stringify({ hypothesis: "h", components: { system: RULED } });
      return JSON.stringify({ rationale: "It does or not.", label: text.includes("30 days") ? "yes" : "no" });
    },
  });
  const own = temporaryHome();
  const attached = await attach({
    home: own.path,
    env: { CLAUDE_PROJECT_DIR: repository, ...modelEnv(endpoint.url) },
  });
  try {
    await attached.call("save_prompt", { name: "support", text: SEED });
    await attached.call("save_dataset", { name: "asked", examples: questions("m", 60) });
    await saveAnswers(attached);
    const started = await attached.call("start_optimization", {
      ...campaignOf("asked", "answers"),
      proposer: "model",
      maxProposals: 1,
    });
    const finished = await finish(attached, String(started["optimization"]));
    expect(finished).toMatchObject({ verdict: "better" });
    expect(JSON.stringify(finished["limits"])).toContain(
      "the model that wrote the candidates also judges them (answers)",
    );
  } finally {
    await attached.close();
    own.remove();
  }
});

/** Examples of one session, as it were: they have one split, drawn by the group's name. */
async function allTrain(): Promise<JsonObject[]> {
  for (let i = 0; i < 50; i++) {
    const examples = questions("t", 12, { group: `session ${i}` });
    const dry = await server.call("save_dataset", { name: "all-train", examples, dryRun: true });
    if (JSON.stringify(dry).includes('"train":12')) return examples;
  }
  throw new Error("no group of 50 was drawn for training");
}

it("train that is also validation is said wherever a score of it is", async () => {
  const examples = await allTrain();
  await server.call("save_dataset", { name: "all-train", examples });
  const said = /TRAIN IS VALIDATION/;
  const dry = await server.call("start_optimization", { ...campaignOf("all-train"), dryRun: true });
  expect(dry).toMatchObject({ examples: { train: 12, validation: 0, holdout: 0 } });
  expect(String(dry["warning"])).toMatch(said);
  const started = await server.call("start_optimization", campaignOf("all-train"));
  expect(String(started["warning"])).toMatch(said);
  const id = String(started["optimization"]);
  const accepted = await tried(id, RULED);
  // What was looked at went well; the number that candidates are compared by takes the rest to be as before.
  expect(accepted).toMatchObject({ decision: "accepted", validation: 0.667 });
  expect(accepted["validationSoFar"]).toMatch(/^1 on the 67 % looked at$/);
  expect(String(accepted["warning"])).toMatch(said);
  const look = await server.call("finish_optimization", { optimization: id, dryRun: true });
  expect(String(look["warning"])).toMatch(said);
  const finished = await finish(server, id);
  expect(finished).toMatchObject({ verdict: "not_verified" });
  expect(JSON.stringify(finished["limits"])).toMatch(said);
  const record = await server.call("get_record", { kind: "optimization", id });
  expect(String(record["warning"])).toMatch(said);
  expect(JSON.stringify(record["result"])).toMatch(said);
  const candidate = await server.call("get_record", { kind: "optimization", id: `${id}@1` });
  expect(String(candidate["warning"])).toMatch(said);
  expect(JSON.stringify((await proposalOf(finished))["limits"])).toMatch(said);
});
