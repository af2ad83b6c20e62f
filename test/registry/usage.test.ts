import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import { makeRepository } from "../evaluation/fixture.ts";
import { modelEnv, type ScriptedEndpoint, startScriptedEndpoint } from "../scripted-endpoint.ts";
import {
  type Attached,
  attach,
  bareEnv,
  listening,
  rowsOf,
  run,
  serverEntry,
  temporaryHome,
  untrustedOf,
} from "../server/harness.ts";

// Traces over OTLP that say which version they used, and evaluations that were given a version.
const home = temporaryHome();
const repository = makeRepository();
let endpoint: ScriptedEndpoint;
let server: Attached;

beforeAll(async () => {
  endpoint = await startScriptedEndpoint({ otherwise: "no", rules: [{ when: "Say fine", reply: ["fine"] }] });
  server = await attach({
    home: home.path,
    project: "shop",
    env: {
      CLAUDE_PROJECT_DIR: repository,
      ...modelEnv(endpoint.url),
    },
  });
  await listening(server.httpUrl);
  await server.call("save_prompt", { name: "support", text: "Say no: {{message}}" });
  await server.call("save_prompt", { name: "support", text: "Say fine: {{message}}", alias: "production" });
}, 60_000);
afterAll(async () => {
  await server.close();
  await endpoint.close();
  home.remove();
  rmSync(repository, { recursive: true, force: true });
});

let traces = 0;
/** One trace of one span; the id is its number. */
async function sendTrace(attributes: Record<string, string>, failed = false): Promise<string> {
  traces += 1;
  const traceId = String(traces).padStart(32, "0");
  const span = {
    traceId,
    spanId: String(traces).padStart(16, "0"),
    name: "chat",
    startTimeUnixNano: String(1_700_000_000_000_000_000 + traces * 1_000_000),
    endTimeUnixNano: String(1_700_000_000_000_500_000 + traces * 1_000_000),
    attributes: Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } })),
    status: { code: failed ? 2 : 1 },
  };
  const response = await fetch(`${server.httpUrl}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-evalwright-project": "shop" },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
  });
  expect(response.status).toBe(200);
  return traceId;
}

const usage = async (id: string): Promise<JsonObject> =>
  server.call("get_record", { kind: "prompt", id, usage: true });

describe("which traces used a version", () => {
  beforeAll(async () => {
    await sendTrace({ "evalwright.prompt": "support@1" });
    const failed = await sendTrace({ "evalwright.prompt": "support@2" }, true);
    await sendTrace({ "evalwright.prompt": "support@2" });
    await sendTrace({ "evalwright.prompt": "support@production" });
    // As other conventions say it.
    await sendTrace({ "gen_ai.prompt.name": "support", "gen_ai.prompt.version": "2" });
    await sendTrace({
      "langfuse.observation.prompt.name": "support",
      "langfuse.observation.prompt.version": "1",
    });
    await sendTrace({ "evalwright.prompt": "other@2" });
    await server.call("record_feedback", { items: [{ traceId: failed, name: "thumbs", value: false }] });
  });

  const count = async (filter: string): Promise<unknown> =>
    Object(await server.call("search_traces", { filter }))["page"]["total"];

  it("is what the filter says, by version, by name and by where an alias stands now", async () => {
    expect(await count('prompt = "support@1"')).toBe(2);
    expect(await count('prompt = "support@2"')).toBe(3);
    expect(await count('prompt = "support"')).toBe(6);
    // The version at which production stands, and the span that said just that.
    expect(await count('prompt = "support@production"')).toBe(4);
    expect(await count('prompt in ("support@production", "other@2")')).toBe(5);
    expect(await count('prompt != "support@production"')).toBe(3);
    expect(await count('NOT prompt = "support@production"')).toBe(3);
    await server.call("save_prompt", { name: "support", version: 1, alias: "production" });
    expect(await count('prompt = "support@production"')).toBe(3);
    await server.call("save_prompt", { name: "support", version: 2, alias: "production" });
    expect(await count('prompt = "support@nowhere"')).toBe(0);
  });

  it("is counted per version, with failures and feedback", async () => {
    const part = untrustedOf(await usage("support"));
    expect(rowsOf(part["traces"])).toMatchObject([
      { prompt: "support@2", traces: 3, failed: "33.3%", withErrors: "33.3%", feedback: "thumbs 0 (n 1)" },
      { prompt: "support@1", traces: 2, failed: "0.0%", feedback: "" },
      { prompt: "support@production", traces: 1 },
    ]);
    expect(rowsOf(untrustedOf(await usage("support@1"))["traces"])).toMatchObject([
      { prompt: "support@1", traces: 2 },
    ]);
  });
});

describe("run_evaluation with prompts", () => {
  const evaluate = (more: JsonObject) =>
    server.call("run_evaluation", {
      dataset: "texts",
      target: "prompt.yaml",
      judges: ["exact_match"],
      ...more,
    });

  beforeAll(async () => {
    writeFileSync(
      join(repository, "prompt.yaml"),
      'kind: prompt\nmodel: environment\nprompt: "Read this: {{message}}"\n',
    );
    writeFileSync(
      join(repository, "prompts.mjs"),
      `import { readFileSync } from "node:fs";
const { prompts } = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify({ output: prompts.system.startsWith("Say fine: {{message}}") ? "fine" : "no" }));`,
    );
    writeFileSync(
      join(repository, "program.yaml"),
      `kind: command\nrun: [${JSON.stringify(process.execPath)}, prompts.mjs]\n`,
    );
    const examples = ["a", "b", "c"].map((message) => ({
      inputs: { message },
      expectations: { answer: "fine" },
    }));
    await server.call("save_dataset", { name: "texts", examples, holdout: false });
  });

  it("gives the target the version's text, and says which it was", async () => {
    const one = await evaluate({ prompts: { prompt: "support@1" } });
    const two = await evaluate({ prompts: { prompt: "support@production" } });
    const shown = (answer: JsonObject) =>
      server.call("get_record", { kind: "evaluation", id: String(answer["evaluation"]) });
    expect(await shown(one)).toMatchObject({ ended: true, prompts: { prompt: "support@1" } });
    expect(await shown(two)).toMatchObject({ ended: true, prompts: { prompt: "support@2" } });
    // Else two runs of one agent and one commit could not be told apart.
    const all = rowsOf(untrustedOf(await server.call("list_records", { kind: "evaluation" }))["evaluations"]);
    expect(all.map((row) => row["prompts"])).toEqual(["prompt=support@2", "prompt=support@1"]);
    const means = await Promise.all(
      [one, two].map(async (answer) => rowsOf((await shown(answer))["judges"])[0]?.["pass"]),
    );
    expect(means).toEqual(["0 %", "100 %"]);
    const reused = await server.call("run_evaluation", {
      dataset: "texts",
      reuse: String(two["evaluation"]),
      judges: ["exact_match"],
    });
    expect(await shown(reused)).toMatchObject({ prompts: { prompt: "support@2" } });
    const compared = await server.call("compare_evaluations", {
      baseline: String(one["evaluation"]),
      candidate: String(two["evaluation"]),
    });
    expect(JSON.stringify(compared)).not.toContain("only chance differs");
    const listed = rowsOf(untrustedOf(await usage("support@2"))["evaluations"]);
    expect(listed.map((row) => row["evaluation"])).toEqual([reused["evaluation"], two["evaluation"]]);
  });

  it("reaches a program too", async () => {
    const answer = await evaluate({ target: "program.yaml", prompts: { system: "support@2" } });
    const shown = await server.call("get_record", { kind: "evaluation", id: String(answer["evaluation"]) });
    expect(rowsOf(shown["judges"])[0]).toMatchObject({ pass: "100 %" });
    const dry = await evaluate({ target: "program.yaml", prompts: { system: "support@2" }, dryRun: true });
    expect(JSON.stringify(dry["notes"])).toContain("is not checked");
  });

  it("on the command line", async () => {
    const env = { ...bareEnv(home.path), CLAUDE_PROJECT_DIR: repository, EVALWRIGHT_PROJECT: "shop" };
    const options = ["--dataset", "texts", "--target", "program.yaml", "--judge", "exact_match", "--json"];
    const evaluated = (...prompt: string[]) =>
      run([serverEntry, "eval", ...options, "--prompt", ...prompt], env, repository);
    expect(JSON.parse((await evaluated("system=support@production")).stdout)).toMatchObject({
      prompts: { system: "support@2" },
      judges: { rows: [expect.arrayContaining(["100 %"])] },
    });
    expect((await evaluated("support")).stderr).toMatch(/"support" is not name=prompt/);
  });

  it("is refused before anything runs when it cannot be", async () => {
    const fail = (more: JsonObject) =>
      server.fail("run_evaluation", {
        dataset: "texts",
        target: "prompt.yaml",
        judges: ["exact_match"],
        ...more,
      });
    expect(await fail({ prompts: { sytem: "support@1" } })).toMatch(
      /no single prompt named "sytem".*Prompts that can be replaced: "prompt"/,
    );
    expect(await fail({ prompts: { prompt: "support@9" } })).toMatch(/^not_found: .*versions 1 to 2/);
    expect(await fail({ target: "recorded", prompts: { prompt: "support@1" } })).toMatch(
      /to a target that runs/,
    );
    await server.call("save_prompt", { name: "chat", messages: [{ role: "user", content: "x" }] });
    expect(await fail({ prompts: { prompt: "chat" } })).toMatch(/chat@1 is a chat/);
  });
});
