import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { JsonObject } from "../../../src/model/json.ts";
import { modelEnv, type ScriptedEndpoint, startScriptedEndpoint } from "../../scripted-endpoint.ts";
import { type Attached, attach, temporaryHome, untrustedOf } from "../../server/harness.ts";
import { finish, makeAgent, makeQuestions, presentText, withRuleOf } from "./fixture.ts";

const homes = [temporaryHome(), temporaryHome()] as const;
const repository = makeAgent();
const deaf = makeAgent({ ignores: true });
const servers: Attached[] = [];
const SEED = "You are a shop assistant.";
let endpoint: ScriptedEndpoint;

beforeAll(async () => {
  endpoint = await startScriptedEndpoint({
    answer(request) {
      const order = JSON.stringify(request.body).replaceAll("\\n", "\n");
      const present = presentText(order);
      const text = withRuleOf(present, order);
      const hypothesis = `policy ${text.split("\n").length - 1} is missing`;
      return JSON.stringify({ hypothesis, components: { system: text } });
    },
  });
});

afterAll(async () => {
  for (const server of servers) await server.close();
  await endpoint[Symbol.asyncDispose]();
  for (const home of homes) home.remove();
  for (const folder of [repository, deaf]) rmSync(folder, { recursive: true, force: true });
});

async function attachTo(folder: string, home: string): Promise<Attached> {
  const server = await attach({
    home,
    env: {
      CLAUDE_PROJECT_DIR: folder,
      ...modelEnv(endpoint.url),
    },
  });
  servers.push(server);
  return server;
}

async function campaign(server: Attached, dataset: string, more: JsonObject = {}): Promise<JsonObject> {
  let job = await server.call("start_optimization", {
    dataset,
    target: "agent.yaml",
    prompts: ["system=support"],
    judges: ["exact_match"],
    proposer: "model",
    maxProposals: 16,
    ...more,
  });
  const { optimization, jobId } = job;
  while (job["state"] === "running" || job["state"] === "queued")
    job = await server.call("get_job", { jobId: String(jobId), waitSeconds: 20 });
  return { ...job, optimization: optimization ?? null };
}

it("a model improves a prompt unattended, and the holdout says that it is better", async () => {
  const server = await attachTo(repository, homes[0].path);
  await server.call("save_dataset", { name: "refunds", examples: makeQuestions(80) });
  await server.call("save_prompt", { name: "support", text: SEED });
  const ended = await campaign(server, "refunds");
  expect(ended).toMatchObject({ state: "done" });
  const finished = await finish(server, String(ended["optimization"]));
  expect(finished).toMatchObject({ verdict: "better" });
  const proposal = await server.call("get_record", { kind: "proposal", id: String(finished["proposal"]) });
  // The change holds every edit on the way, so the reason for it is all of theirs.
  expect(untrustedOf(proposal)["hypothesis"]).toMatch(/^policy 1 is missing\. policy 2 is missing\./);
  expect(proposal["limits"]).toContainEqual(expect.stringMatching(/^train scores are of /));
});

it("dollars alone do not hold an agent whose cost nobody knows, and the two ways out are named", async () => {
  const [server] = servers;
  if (!server) throw new Error("the first test attached a server");
  const ended = await campaign(server, "refunds", { maxUsd: 1 });
  expect(ended).toMatchObject({ state: "failed" });
  expect(String(ended["error"])).toMatch(/dollars alone cannot hold.*usage\.costUsd.*maxCalls/);
});

it("where nothing can help, the end is not shown and the holdout is not even looked at", async () => {
  const [server] = servers;
  if (!server) throw new Error("the first test attached a server");
  await server.call("save_dataset", { name: "hopeless", examples: makeQuestions(60, true) });
  const ended = await campaign(server, "hopeless");
  const finished = await finish(server, String(ended["optimization"]));
  expect(finished).toMatchObject({ verdict: "not_shown" });
});

it("an agent that ignores its prompt is refused before anything is spent", async () => {
  const server = await attachTo(deaf, homes[1].path);
  await server.call("save_dataset", { name: "refunds", examples: makeQuestions(40) });
  await server.call("save_prompt", { name: "support", text: SEED });
  const before = endpoint.requests.length;
  const ended = await campaign(server, "refunds");
  expect(ended).toMatchObject({ state: "failed" });
  expect(String(ended["error"])).toContain("did not use the text it was given as system");
  expect(endpoint.requests.length).toBe(before);
});
