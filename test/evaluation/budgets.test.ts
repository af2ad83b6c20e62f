import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { isJsonObject, type JsonObject } from "../../src/model/json.ts";
import { type ScriptedEndpoint, startScriptedEndpoint } from "../scripted-endpoint.ts";
import {
  type Attached,
  attach,
  bareEnv,
  freePort,
  rowsOf,
  run,
  serverEntry,
  temporaryHome,
} from "../server/harness.ts";
import { newAgentRepository, targetFile } from "./fixture.ts";

const home = temporaryHome();
const agentLog = join(home.path, "agent.log");

/** Notes each run in a file of its own; says what it costs where the example asks it to, and crashes where told. */
const AGENT = `
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
for await (const line of createInterface({ input: process.stdin })) {
  const { id, inputs } = JSON.parse(line);
  appendFileSync(${JSON.stringify(agentLog)}, inputs.message + "\\n");
  await new Promise((resolve) => setTimeout(resolve, 20));
  const error = inputs.message.includes("broken") ? { error: "broken" } : {};
  const usage = inputs.cost === undefined ? {} : { usage: { costUsd: inputs.cost } };
  process.stdout.write(JSON.stringify({ id, output: "ok", ...error, ...usage }) + "\\n");
}
`;
const repository = newAgentRepository({
  "agent.mjs": AGENT,
  "wide.yaml": targetFile("agent.mjs").replace("concurrency: 2", "concurrency: 8"),
  "priced.yaml": 'kind: prompt\nmodel: priced\nprompt: "Answer: {{message}}"\nconcurrency: 16\n',
  "unpriced.yaml": 'kind: prompt\nmodel: unpriced\nprompt: "Answer: {{message}}"\nconcurrency: 16\n',
});
const env = { ...bareEnv(home.path), CLAUDE_PROJECT_DIR: repository };
const evalwright = (...args: string[]) => run([serverEntry, ...args, "-p", "test"], env, repository);
const agentRuns = (): string[] =>
  existsSync(agentLog) ? readFileSync(agentLog, "utf8").trim().split("\n") : [];

let endpoint: ScriptedEndpoint;
let server: Attached;

beforeAll(async () => {
  const usage = { prompt_tokens: 5_000, completion_tokens: 5_000, total_tokens: 10_000 };
  const verdict = '{"rationale":"as asked","label":"relevant"}';
  endpoint = await startScriptedEndpoint({
    answer: ({ text }) => ({ text: text.includes("Answer: ") ? "fine" : verdict, usage, delayMs: 30 }),
  });
  const [priced, unpriced] = [`{ baseUrl: ${endpoint.url}, model: m`, "concurrency: 64"];
  writeFileSync(
    join(home.path, "models.yaml"),
    `default: null
endpoints:
  priced: ${priced}, ${unpriced}, prices: { inputPerMTok: 1, outputPerMTok: 1 } }
  unpriced: ${priced}, ${unpriced} }
`,
  );
  server = await attach({ home: home.path, env });
  const examples = Array.from({ length: 64 }, (_, i) => ({
    id: `e${i}`,
    inputs: { message: `Question ${i}` },
  }));
  await server.call("save_dataset", { name: "many", examples, holdout: false });
});

afterAll(async () => {
  await server.close();
  await endpoint.close();
  home.remove();
  rmSync(repository, { recursive: true, force: true });
});

const evaluate = (more: JsonObject) =>
  server.call("run_evaluation", { dataset: "many", target: "priced.yaml", judges: ["no_refusal"], ...more });

async function ended(started: JsonObject): Promise<JsonObject> {
  const jobId = String(started["jobId"]);
  for (;;) {
    const job = await server.call("get_job", { jobId, waitSeconds: 20 });
    if (!["queued", "running"].includes(String(job["state"]))) return job;
  }
}

describe("budgets of a project", () => {
  it("are set, shown and cleared at a terminal", async () => {
    expect((await evalwright("budget")).stdout).toContain("budgets: none");
    await evalwright("budget", "set", "day", "--max-calls", "7", "--max-usd", "2.5");
    const shown = await evalwright("budget", "set", "day", "--max-calls", "9");
    expect(shown.stdout).toMatch(/day +calls +9 +0 +9\n *day +usd +2\.5 +0 +2\.5/);
    const asJson: unknown = JSON.parse((await evalwright("budget", "--json")).stdout);
    expect(asJson).toMatchObject({ day: { budget: { calls: 9, usd: 2.5 } }, project: { budget: {} } });
    expect((await evalwright("budget", "clear", "day")).stdout).toContain("budgets: none");
    for (const [args, why] of [
      [["set", "week", "--max-calls", "1"], /^invalid_input: "week" has no budget/],
      [["set", "day"], /^invalid_input: No limit was given/],
      [["drop", "day"], /^invalid_input: "drop" is no action/],
    ] as const) {
      const refused = await evalwright("budget", ...args);
      expect([refused.code, refused.stdout]).toEqual([1, ""]);
      expect(refused.stderr).toMatch(why);
    }
  });

  it("64 calls at the same time, of four evaluations, against one for ten: ten, by the endpoint's own log", async () => {
    await evalwright("budget", "set", "project", "--max-calls", "10");
    const dry = await evaluate({ dryRun: true });
    expect(rowsOf(dry["budgetsOfTheProject"])).toEqual([
      { of: "project", limit: "calls", allowed: 10, used: 0, left: 10 },
    ]);
    expect(JSON.stringify(dry["notes"])).toContain("10 calls left: it would stop there");

    const started = await Promise.all(Array.from({ length: 4 }, () => evaluate({})));
    const jobs = await Promise.all(started.map(ended));
    expect(endpoint.log).toHaveLength(10);
    for (const { state, error } of jobs) {
      expect(state).toBe("failed");
      expect(error).toMatch(
        /^refused: A budget is used up: the calls of the project; .*evalwright budget set project --max-calls N/,
      );
      expect(error).not.toContain("a larger budget");
    }
    const doctor = [
      "doctor",
      "--http-port",
      String(await freePort()),
      "--grpc-port",
      String(await freePort()),
    ];
    const checked = await run([serverEntry, ...doctor], env, repository);
    expect([checked.code, checked.stdout]).toEqual([
      1,
      expect.stringMatching(/FAIL {2}budget +test: 10 of 10 calls \(project\)/),
    ]);

    await evalwright("budget", "set", "project", "--max-calls", "1000");
    const resumed = await Promise.all(
      started.map(({ jobId = "" }) => server.call("manage_job", { jobId, action: "resume" })),
    );
    expect((await Promise.all(resumed.map(ended))).map(({ state }) => state)).toEqual(Array(4).fill("done"));
    // What was paid for before was not asked again.
    expect(endpoint.log).toHaveLength(4 * 64);
    await evalwright("budget", "clear", "project");
  });

  it("64 verdicts of a model at the same time against one for ten: ten, and the rest where there is more", async () => {
    const before = endpoint.log.length;
    await server.call("save_judge", { name: "asks", builtin: "relevance", model: "priced" });
    const examples = Array.from({ length: 64 }, (_, i) => ({
      inputs: { message: `Asked ${i}` },
      recorded: `Said ${i}`,
    }));
    await server.call("save_dataset", { name: "said", examples, holdout: false });
    const used = await evalwright("budget", "--json");
    const { spent } = z
      .object({ project: z.object({ spent: z.object({ calls: z.number() }) }) })
      .parse(JSON.parse(used.stdout)).project;
    await evalwright("budget", "set", "project", "--max-calls", String(spent.calls + 10));
    const wanted = { dataset: "said", target: "recorded", judges: ["asks"] };
    const started = await server.call("run_evaluation", wanted);
    expect((await ended(started))["error"]).toMatch(
      /^refused: A budget is used up: the calls of the project; 64 rows were worked on, 54 calls/,
    );
    expect(endpoint.log.length - before).toBe(10);
    await evalwright("budget", "clear", "project");
    const { jobId = "" } = started;
    expect(await ended(await server.call("manage_job", { jobId, action: "resume" }))).toMatchObject({
      state: "done",
    });
    expect(endpoint.log.length - before).toBe(64);
  });

  it("dollars for ten runs are spent on ten, though nobody knew the price of a run before the first", async () => {
    const before = endpoint.log.length;
    // A run costs 10,000 tokens at a dollar a million: one cent.
    const spent = endpoint.log.length * 0.01;
    await evalwright("budget", "set", "day", "--max-usd", (spent + 0.1).toFixed(2));
    const job = await ended(await evaluate({ target: "priced.yaml" }));
    expect(job["error"]).toMatch(
      /^refused: A budget is used up: the US dollars of the project's day; .*next day/,
    );
    expect(endpoint.log.length - before).toBe(10);
    const cli = await evalwright(
      "eval",
      "--dataset",
      "many",
      "--target",
      "priced.yaml",
      "--judge",
      "no_refusal",
    );
    expect(cli.code).toBe(2);
    expect(cli.stderr).toMatch(
      /evalwright budget set day --max-usd N.*then go on with: evalwright eval --resume/,
    );
    expect(cli.stderr).not.toContain("manage_job");
    await evalwright("budget", "clear", "day");
  });
});

describe("dollars alone, where the cost is unknown", () => {
  const few = (name: string, examples: JsonObject[]) =>
    server.call("save_dataset", { name, examples, holdout: false });
  const WAYS_OUT = /maxCalls.*usage\.costUsd/;

  it("a prompt whose model has no known price is refused before it is asked", async () => {
    const before = endpoint.log.length;
    const refused = await server.fail("run_evaluation", {
      dataset: "many",
      target: "unpriced.yaml",
      judges: ["no_refusal"],
      maxUsd: 1,
    });
    expect(refused).toMatch(
      /^invalid_input: maxUsd alone cannot hold: the price of the target's model is unknown/,
    );
    expect(refused).toMatch(WAYS_OUT);
    const dry = await evaluate({ target: "unpriced.yaml", maxUsd: 1, dryRun: true });
    expect(JSON.stringify(dry["notes"])).toContain("it would be refused: maxUsd alone cannot hold");
    expect(endpoint.log).toHaveLength(before);
  });

  it("an agent says nothing of its cost: one run, and the next evaluation does not begin", async () => {
    await few(
      "silent",
      Array.from({ length: 12 }, (_, i) => ({ inputs: { message: `silent ${i}` } })),
    );
    const wanted = { dataset: "silent", target: "wide.yaml", judges: ["no_refusal"], maxUsd: 1 };
    const job = await ended(await server.call("run_evaluation", wanted));
    expect(job["error"]).toMatch(
      /^refused: A budget in dollars alone cannot hold: the price of a call is unknown/,
    );
    expect(job["error"]).toMatch(/usage\.costUsd.*maxCalls/);
    expect(agentRuns().filter((text) => text.startsWith("silent"))).toHaveLength(1);
    const again = await server.fail("run_evaluation", wanted);
    expect(again).toMatch(/^invalid_input: maxUsd alone cannot hold: .* which said none in ev-[0-9a-f]+/);
    expect(again).toMatch(WAYS_OUT);
    expect(agentRuns().filter((text) => text.startsWith("silent"))).toHaveLength(1);
    // Either way out is one.
    const held = await server.call("run_evaluation", { ...wanted, maxCalls: 12, maxLlmTokens: 1_000 });
    expect(await ended(held)).toMatchObject({ state: "done" });
    const record = await server.call("get_record", { kind: "evaluation", id: String(held["evaluation"]) });
    expect(record["notes"]).toEqual([
      expect.stringMatching(/^12 runs did not say their tokens/),
      expect.stringMatching(/^12 runs did not say their cost/),
    ]);
  });

  it("a run that fails says nothing of the cost of those that do not", async () => {
    const examples = Array.from({ length: 12 }, (_, i) => ({
      inputs: i < 2 ? { message: `broken ${i}` } : { message: `priced ${i}`, cost: 0.01 },
    }));
    await few("broken", examples);
    // Another commit of the agent: what the last one said does not hold for it.
    writeFileSync(join(repository, "agent.mjs"), `${AGENT}// priced\n`);
    const wanted = { dataset: "broken", target: "wide.yaml", judges: ["no_refusal"], maxUsd: 1 };
    expect(await ended(await server.call("run_evaluation", wanted))).toMatchObject({ state: "done" });
    const used = await ended(await server.call("run_evaluation", { ...wanted, maxUsd: 0.045 }));
    expect(used["error"]).toContain("A budget is used up: the US dollars of this job");
    expect(used["error"]).toContain("a larger budget");
    const result = used["untrusted"];
    expect(isJsonObject(result ?? null) && result).toBeTruthy();
    // Two that failed and four at a cent each.
    expect(agentRuns().filter((text) => /^(broken|priced)/.test(text))).toHaveLength(12 + 6);
  });
});
