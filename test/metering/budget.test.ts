import { expect, it, onTestFinished } from "vitest";
import { startScriptedEndpoint } from "../scripted-endpoint.ts";
import { TYPESCRIPT } from "./agents.ts";
import { openPlace, targetOf } from "./place.ts";

const USAGE = { prompt_tokens: 30, completion_tokens: 10 };

/** Two agents that would ask a thousand times each, and a model that answers them all. */
async function runaway(meter?: (url: string) => string) {
  const endpoint = await startScriptedEndpoint({ otherwise: { text: "again", usage: USAGE }, latencyMs: 2 });
  onTestFinished(() => endpoint.close());
  const to = meter ? meter(endpoint.url) : "priced";
  const place = openPlace(endpoint.url, {
    "agent.ts": TYPESCRIPT,
    "target.yaml": targetOf("command", [process.execPath, "agent.ts"], `meter: {OPENAI_BASE_URL: "${to}"}\n`),
  });
  await place.save([
    { message: "first", times: 400 },
    { message: "second", times: 400 },
    { message: "third" },
    { message: "fourth" },
  ]);
  return { endpoint, place };
}

/** Two run at a time, and each has one call under way. */
const IN_FLIGHT = 2;

it.each([
  ["calls", ["--max-calls", "20"], 20],
  ["tokens", ["--max-llm-tokens", "3000"], 3_000 / 40],
  ["dollars", ["--max-usd", "0.2"], 0.2 / 0.0032],
] as const)(
  "agents that run away are stopped at the budget in %s, and nothing of them is scored",
  async (_, budget, most) => {
    const { endpoint, place } = await runaway();
    const done = await place.evaluate("target.yaml", ...budget);
    expect(done.code).toBe(2);
    expect(done.stderr).toContain("A budget is used up");
    expect(endpoint.log.length).toBeGreaterThan(most / 3);
    expect(endpoint.log.length).toBeLessThanOrEqual(most + IN_FLIGHT);
    const list = await place.evalwright("call", "list_records", "kind=evaluation", "--json");
    expect(list.stdout).toContain("not ended");
  },
);

it("with a larger budget the job goes on; what was stopped runs again and is scored", async () => {
  const { endpoint, place } = await runaway();
  const stopped = await place.evaluate("target.yaml", "--max-calls", "20");
  const job = /--resume (\S+)/.exec(stopped.stderr)?.[1] ?? "";
  const before = endpoint.log.length;
  const done = await place.evalwright("eval", "--resume", job, "--max-calls", "2000", "--json");
  expect(done.code, done.stderr).toBe(0);
  const { runs, spent } = place.ended(done.stdout);
  expect(runs).toEqual({ ok: 4 });
  expect(endpoint.log.length).toBeGreaterThanOrEqual(before + 800);
  expect(spent.calls).toBe(endpoint.log.length);
  expect(spent.tokens).toBe(40 * endpoint.log.length);
});

it("a budget in dollars alone does not hold a model of unknown price: its first call is not made", async () => {
  const { endpoint, place } = await runaway((url) => url);
  const done = await place.evaluate("target.yaml", "--max-usd", "1");
  expect(done.code).toBe(2);
  expect(done.stderr).toContain("the price of");
  expect(endpoint.log).toEqual([]);
});
