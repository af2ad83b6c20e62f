import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { modelEnv, type ScriptedEndpoint, startScriptedEndpoint } from "../scripted-endpoint.ts";
import { bareEnv, run, serverEntry, temporaryHome } from "../server/harness.ts";
import { makeRepository } from "./fixture.ts";

const EXAMPLES = 60;
const repository = makeRepository();
const homes = [temporaryHome(), temporaryHome(), temporaryHome()] as const;
const endpoints: ScriptedEndpoint[] = [];

/** A judge that reads the question and says something else of each, and an endpoint with its bad days. */
const startJudge = (latencyMs: number) =>
  startScriptedEndpoint({
    latencyMs,
    rules: [
      { when: "question [0-9]*[02468]\\b", reply: ['{"rationale":"even","label":"relevant"}'] },
      { when: "question [0-9]*[13579]\\b", reply: ['{"rationale":"odd","label":"irrelevant"}'] },
    ],
    otherwise: '{"rationale":"?","label":"cannot_tell"}',
    faults: [
      { kind: "rate_limit", share: 0.1, times: 1, retryAfterMs: 20 },
      { kind: "server_error", share: 0.1, times: 1 },
      { kind: "malformed", share: 0.1, times: 1 },
      { kind: "truncated", share: 0.05, times: 1 },
      { kind: "reset", share: 0.05, times: 1 },
    ],
  });

const envOf = (home: string, url: string) => ({
  ...bareEnv(home),
  CLAUDE_PROJECT_DIR: repository,
  EVALWRIGHT_PROJECT: "test",
  ...modelEnv(url),
});

const EVAL = [
  "eval",
  "--dataset",
  "many",
  "--target",
  "agent.yaml",
  "--judge",
  "relevance",
  "exact_match",
  "--json",
];
const Outcome = z.object({
  resultHash: z.string(),
  judges: z.object({ rows: z.array(z.array(z.unknown())) }),
});

beforeAll(async () => {
  const lines = Array.from({ length: EXAMPLES }, (_, i) =>
    JSON.stringify({
      id: `q${i}`,
      inputs: { message: `question ${i}` },
      expectations: { answer: `You asked: question ${i}` },
    }),
  );
  writeFileSync(join(repository, "many.jsonl"), lines.join("\n"));
  for (const { path } of homes) {
    const saved = await run(
      [serverEntry, "call", "save_dataset", "name=many", "path=many.jsonl", "holdout=false"],
      envOf(path, "http://127.0.0.1:9"),
      repository,
    );
    expect(saved.code).toBe(0);
  }
});

afterAll(async () => {
  for (const endpoint of endpoints) await endpoint.close();
  for (const home of homes) home.remove();
  rmSync(repository, { recursive: true, force: true });
});

/** Starts an evaluation and kills its process when the endpoint has seen so many requests; its job's id. */
async function killedAfter(requests: number, home: string, endpoint: ScriptedEndpoint): Promise<string> {
  const child = spawn(process.execPath, [serverEntry, ...EVAL.filter((word) => word !== "--json")], {
    env: envOf(home, endpoint.url),
    cwd: repository,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString("utf8");
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  while (endpoint.requests.length < requests && child.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill("SIGKILL");
  await ended;
  const id = /job (\S+)/.exec(said)?.[1];
  if (!id) throw new Error(`no job: ${said}`);
  return id;
}

it("killed and resumed, an evaluation ends as one that never was, and pays nothing twice but what was in flight", async () => {
  const calm = await startJudge(0);
  endpoints.push(calm);
  const whole = await run([serverEntry, ...EVAL], envOf(homes[0].path, calm.url), repository);
  expect(whole.stderr + whole.code).toContain("0");
  const expected = Outcome.parse(JSON.parse(whole.stdout));

  const slow = await startJudge(30);
  endpoints.push(slow);
  const jobId = await killedAfter(15, homes[1].path, slow);
  const resumed = await run(
    [serverEntry, ...EVAL, "--resume", jobId],
    envOf(homes[1].path, slow.url),
    repository,
  );
  const outcome = Outcome.parse(JSON.parse(resumed.stdout));
  expect(outcome.resultHash).toBe(expected.resultHash);
  expect(outcome.judges.rows.map((row) => row.slice(0, 4))).toEqual(
    expected.judges.rows.map((row) => row.slice(0, 4)),
  );
  // Whole answers that reached us: each question once, but for those under way when the process died.
  const answered = new Map<string, number>();
  for (const { hash, reply, delivered } of slow.log)
    if (reply === "answer" && delivered) answered.set(hash, (answered.get(hash) ?? 0) + 1);
  const twice = [...answered.values()].filter((count) => count > 1).length;
  expect(answered.size).toBeGreaterThanOrEqual(EXAMPLES);
  expect(twice).toBeLessThanOrEqual(8);
}, 120_000);

it("a total outage of the judge is 0 scored, and a gate then cannot be measured", async () => {
  const dead = await startScriptedEndpoint({
    otherwise: { status: 400, body: { error: { message: "no" } } },
  });
  endpoints.push(dead);
  const ended = await run(
    [serverEntry, ...EVAL.filter((word) => word !== "exact_match"), "--gate", "relevance >= 0.1"],
    envOf(homes[2].path, dead.url),
    repository,
  );
  expect(ended.code).toBe(2);
  expect(ended.stdout).toContain(`0 scored of ${EXAMPLES}`);
}, 120_000);
