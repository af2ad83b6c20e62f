import { execFileSync } from "node:child_process";
import { expect, it, onTestFinished } from "vitest";
import { startScriptedEndpoint } from "../scripted-endpoint.ts";
import { DEAF, PYTHON, TYPESCRIPT, WORKER } from "./agents.ts";
import { openPlace, targetOf } from "./place.ts";

const METER = "meter: {OPENAI_BASE_URL: priced}\n";
const USAGE = { prompt_tokens: 30, completion_tokens: 10 };
/** 30 tokens at 100 and 10 at 20 dollars a million. */
const COST = 0.0032;

async function scripted() {
  const endpoint = await startScriptedEndpoint({ otherwise: { text: "the model's words", usage: USAGE } });
  onTestFinished(() => endpoint.close());
  return endpoint;
}

const node = [process.execPath, "agent.ts"];

it("what a TypeScript agent asks of its model is its run's cost, and the job's; its key and words go on unchanged", async () => {
  const endpoint = await scripted();
  const place = openPlace(endpoint.url, {
    "agent.ts": TYPESCRIPT,
    "target.yaml": targetOf("command", node, METER),
  });
  await place.save([{ message: "one" }, { message: "three", times: 3 }]);
  const done = await place.evaluate("target.yaml");
  expect(done.code, done.stderr).toBe(0);
  const { evaluation, runs, spent } = place.ended(done.stdout);
  expect(runs).toEqual({ ok: 2 });
  expect(spent).toMatchObject({ calls: 4, tokens: 160, unpriced: 0 });
  expect(spent.usd).toBeCloseTo(4 * COST, 9);
  const run = await place.runOf(evaluation, "e1");
  expect(run).toMatchObject({
    output: "the model's words",
    inputTokens: 90,
    outputTokens: 30,
    usageFrom: { cost: "meter", tokens: "meter" },
    metered: { calls: 3, unknown: 0, unpriced: 0, failed: 0, refused: 0, models: ["scripted"] },
  });
  expect(run.costUsd).toBeCloseTo(3 * COST, 9);
  expect(endpoint.requests).toHaveLength(4);
  for (const { path, headers, body } of endpoint.requests) {
    expect(path).toBe("/v1/chat/completions");
    expect(headers["authorization"]).toBe("Bearer agents-own-key");
    expect(headers["host"]).toBe(new URL(endpoint.url).host);
    expect(body["model"]).toBe("scripted");
  }
});

const hasPython = (() => {
  try {
    execFileSync("python3", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

it.skipIf(!hasPython)("a Python agent is metered the same, by a URL instead of an endpoint", async () => {
  const endpoint = await scripted();
  const meter = `meter: {OPENAI_BASE_URL: "${endpoint.url}"}\n`;
  const place = openPlace(endpoint.url, {
    "agent.py": PYTHON,
    // A proxy of a company does not reach us; nothing listens there.
    "proxy.env": "http_proxy=http://127.0.0.1:9\nNO_PROXY=intranet.example\n",
    "target.yaml": targetOf("command", ["python3", "agent.py"], `${meter}envFile: proxy.env\n`),
  });
  await place.save([{ message: "one" }]);
  const done = await place.evaluate("target.yaml");
  expect(done.code, done.stderr).toBe(0);
  const { evaluation, spent } = place.ended(done.stdout);
  // Of a server of one's own no price is known: its tokens are, its dollars are not zero.
  expect(spent).toMatchObject({ calls: 1, tokens: 40, usd: 0, unpriced: 1 });
  expect(await place.runOf(evaluation, "e0")).toMatchObject({
    output: "the model's words",
    costUsd: null,
    inputTokens: 30,
    usageFrom: { cost: null, tokens: "meter" },
    metered: { calls: 1, unpriced: 1 },
  });
});

it("a worker's calls are those of the example that it is at", async () => {
  const endpoint = await scripted();
  const place = openPlace(endpoint.url, {
    "agent.ts": WORKER,
    "target.yaml": targetOf("worker", node, METER),
  });
  await place.save(Array.from({ length: 6 }, (_, i) => ({ message: `question ${i}` })));
  const done = await place.evaluate("target.yaml");
  expect(done.code, done.stderr).toBe(0);
  const { evaluation, spent } = place.ended(done.stdout);
  expect(spent).toMatchObject({ calls: 6, tokens: 240, unpriced: 0 });
  for (const id of ["e0", "e3", "e5"])
    expect(await place.runOf(evaluation, id)).toMatchObject({ inputTokens: 30, metered: { calls: 1 } });
});

it("a target that does not look for the variable costs what it says, else nobody knows what; never nothing", async () => {
  const endpoint = await scripted();
  const place = openPlace(endpoint.url, {
    "agent.ts": DEAF,
    "target.yaml": targetOf("command", node, METER),
  });
  await place.save([{ message: "keep it" }, { message: "tell it" }]);
  const done = await place.evaluate("target.yaml");
  expect(done.code, done.stderr).toBe(0);
  const { evaluation, notes } = place.ended(done.stdout);
  expect(await place.runOf(evaluation, "e0")).toMatchObject({
    costUsd: null,
    inputTokens: null,
    usageFrom: { cost: null, tokens: null },
    metered: { calls: 0 },
  });
  expect(await place.runOf(evaluation, "e1")).toMatchObject({
    costUsd: 0.5,
    inputTokens: 7,
    usageFrom: { cost: "result", tokens: "result" },
  });
  expect(notes.join("\n")).toContain("the meter saw no call of 2 runs");
  expect(endpoint.requests).toEqual([]);
});
