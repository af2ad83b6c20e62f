import { expect, it, onTestFinished } from "vitest";
import { startScriptedEndpoint } from "../scripted-endpoint.ts";
import { RESTLESS, TRACED, TYPESCRIPT } from "./agents.ts";
import { openPlace, targetOf } from "./place.ts";

const METER = "meter: {OPENAI_BASE_URL: priced}\n";
const node = [process.execPath, "agent.ts"];

async function scripted(usage: Record<string, number> | null) {
  const endpoint = await startScriptedEndpoint({
    otherwise: { text: "words", usage },
    rules: [{ when: "quietly", reply: [{ text: "words", usage: null }] }],
  });
  onTestFinished(() => endpoint.close());
  return endpoint;
}

it("a run's usage is the word of its result, else of the meter, else of its traces, and never their sum", async () => {
  const endpoint = await scripted({ prompt_tokens: 30, completion_tokens: 10 });
  const place = openPlace(endpoint.url, {
    "agent.ts": TRACED,
    "target.yaml": targetOf("command", node, METER),
  });
  await place.save([
    { message: "all", asks: "aloud", tells: true },
    { message: "no result", asks: "aloud" },
    { message: "traces alone" },
    { message: "a call without usage", asks: "quietly" },
  ]);
  const done = await place.evaluate("target.yaml");
  expect(done.code, done.stderr).toBe(0);
  const { evaluation, spent, notes } = place.ended(done.stdout);
  const [all, metered, traced, unknown] = await Promise.all(
    ["e0", "e1", "e2", "e3"].map((id) => place.runOf(evaluation, id)),
  );
  expect(all).toMatchObject({
    ...{ inputTokens: 1, outputTokens: 2, costUsd: 3, usageFrom: { cost: "result", tokens: "result" } },
    metered: { calls: 1, inputTokens: 30, outputTokens: 10 },
  });
  expect(metered).toMatchObject({
    ...{ inputTokens: 30, outputTokens: 10, usageFrom: { cost: "meter", tokens: "meter" } },
  });
  expect(metered?.costUsd).toBeCloseTo(0.0032, 9);
  expect(traced).toMatchObject({
    ...{ inputTokens: 5, outputTokens: 6, costUsd: null, usageFrom: { cost: null, tokens: "traces" } },
    metered: { calls: 0 },
  });
  // The meter saw a call and not its tokens: what it knows is no run's sum.
  expect(unknown).toMatchObject({
    ...{ inputTokens: 5, outputTokens: 6, usageFrom: { tokens: "traces" } },
    metered: { calls: 1, unknown: 1 },
  });
  // The larger of what was metered and what was told: 40 and 40 tokens, 11 of the traces, and an estimate.
  expect(spent.tokens).toBeGreaterThan(40 + 40 + 11);
  expect(spent.usd).toBeGreaterThan(3 + 0.0032);
  expect(notes.join("\n")).toMatch(/result.*\(1 of 4 runs\)/);
  expect(notes.join("\n")).toMatch(/meter \(1 of 4 runs\)/);
  expect(notes.join("\n")).toMatch(/traces \(2 of 4 runs\)/);
  expect(notes.join("\n")).toContain("1 model calls said no usage");
});

it("what a worker asks between its runs is the job's, and no run's", async () => {
  const endpoint = await scripted({ prompt_tokens: 30, completion_tokens: 10 });
  const place = openPlace(endpoint.url, {
    "agent.ts": RESTLESS,
    "target.yaml": `${targetOf("worker", node, METER).replace("concurrency: 2", "concurrency: 1")}reset: {run: ["sleep", "0.8"], before: example}\n`,
  });
  await place.save([{ message: "one" }, { message: "two" }]);
  const done = await place.evaluate("target.yaml");
  expect(done.code, done.stderr).toBe(0);
  const { evaluation, notes } = place.ended(done.stdout);
  for (const id of ["e0", "e1"])
    expect(await place.runOf(evaluation, id)).toMatchObject({
      inputTokens: 30,
      metered: { calls: 1, unknown: 0 },
    });
  expect(notes.join("\n")).toMatch(/[12] model calls came between runs/);
});

it("where the meter is heard, a run that asks no model does not end a budget in dollars alone", async () => {
  const endpoint = await scripted({ prompt_tokens: 30, completion_tokens: 10 });
  const place = openPlace(endpoint.url, {
    "agent.ts": TYPESCRIPT,
    "target.yaml": targetOf("command", node, METER),
  });
  await place.save([{ message: "one" }, { message: "none", times: 0 }, { message: "three", times: 3 }]);
  const done = await place.evaluate("target.yaml", "--max-usd", "5");
  expect(done.code, done.stderr).toBe(0);
  const { evaluation, spent, notes } = place.ended(done.stdout);
  expect(spent).toMatchObject({ tokens: 160, unpriced: 0 });
  // Of the run itself nobody says that it cost nothing.
  expect(await place.runOf(evaluation, "e1")).toMatchObject({ costUsd: null, metered: { calls: 0 } });
  expect(notes.join("\n")).toContain("the meter saw no call of 1 runs");
});

it("the turns of a conversation are one run: what each asked is added up", async () => {
  const endpoint = await scripted({ prompt_tokens: 30, completion_tokens: 10 });
  const place = openPlace(endpoint.url, {
    "agent.ts": TYPESCRIPT,
    "target.yaml": targetOf("command", node, METER),
  });
  await place.save([{ message: "hello", times: 2 }], ["and then?", "and then?"]);
  const done = await place.evaluate("target.yaml");
  expect(done.code, done.stderr).toBe(0);
  const { evaluation, spent } = place.ended(done.stdout);
  expect(spent).toMatchObject({ calls: 6, tokens: 240 });
  expect(await place.runOf(evaluation, "e0")).toMatchObject({ inputTokens: 180, metered: { calls: 6 } });
});
