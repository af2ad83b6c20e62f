import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import type { JsonObject } from "../../src/model/json.ts";
import { type ScriptedLogEntry, type ScriptedProcess, spawnScriptedEndpoint } from "../scripted-endpoint.ts";
import {
  type Attached,
  attach,
  bareEnv,
  rowsOf,
  run,
  serverEntry,
  temporaryHome,
} from "../server/harness.ts";
import { makeRepository } from "./fixture.ts";

const EXAMPLES = 500;
const WIDTH = 16;
const KILLS = 5;
const SEED = "kill-1";

const BELOW_THE_ANSWER = [
  { kind: "rate_limit", share: 0.04, retryAfterMs: 10 },
  { kind: "server_error", share: 0.05, times: 2 },
  { kind: "hang", share: 0.01 },
  { kind: "reset", share: 0.03 },
  { kind: "not_json", share: 0.03 },
] as const;

/** What the agent under test asks: its answers are taken as they are, so what is spoilt lies below them. */
const AGENT = {
  otherwise: "I would rather not say.",
  rules: [{ when: "question [0-9]*[05]\\b", reply: ["It ends in five."] }],
  faults: [...BELOW_THE_ANSWER],
};
/** A judge asks again for answers that cannot be read. */
const JUDGE = {
  rules: [
    { when: "question [0-9]*[02468]\\b", reply: ['{"rationale":"It is even.","label":"relevant"}'] },
    { when: "question [0-9]*[13579]\\b", reply: ['{"rationale":"It is odd.","label":"irrelevant"}'] },
  ],
  faults: [
    ...BELOW_THE_ANSWER,
    { kind: "malformed" as const, share: 0.06 },
    { kind: "truncated" as const, share: 0.06 },
  ],
};

const repository = makeRepository();
const lines = Array.from({ length: EXAMPLES }, (_, i) =>
  JSON.stringify({
    id: `q${i}`,
    inputs: { message: `This is question ${i} of many.` },
    expectations: { answer: "It ends in five." },
  }),
);
writeFileSync(join(repository, "many.jsonl"), lines.join("\n"));
writeFileSync(
  join(repository, "prompt.yaml"),
  `kind: prompt\nmodel: agent\nconcurrency: ${WIDTH}\nprompt: "Answer this: {{message}}"\n`,
);

/** A user's own folder, with an agent's and a judge's endpoint that nobody else asks. */
interface Place {
  readonly home: string;
  readonly env: Record<string, string>;
  log(): ScriptedLogEntry[];
  /** Requests so far. */
  requests(): number;
  close(): Promise<void>;
}

async function openPlace(): Promise<Place> {
  const home = temporaryHome();
  const names = { agent: AGENT, judge: JUDGE };
  const files: string[] = [];
  const servers: ScriptedProcess[] = [];
  const endpoints: JsonObject = {};
  for (const [name, script] of Object.entries(names)) {
    const logFile = join(home.path, `${name}.log`);
    const server = await spawnScriptedEndpoint({
      ...{ ...script, logFile, latencyMs: 15, seed: name, keyPattern: "question \\d+" },
    });
    servers.push(server);
    files.push(logFile);
    endpoints[name] = { baseUrl: server.url, model: name, concurrency: WIDTH, timeoutMs: 3_000 };
  }
  writeFileSync(join(home.path, "models.json"), JSON.stringify({ default: "judge", endpoints }));
  const env = {
    ...bareEnv(home.path),
    CLAUDE_PROJECT_DIR: repository,
    EVALWRIGHT_PROJECT: "test",
    EVALWRIGHT_MODELS: join(home.path, "models.json"),
  };
  const saved = await run(
    [serverEntry, "call", "save_dataset", "name=many", "path=many.jsonl", "holdout=false"],
    env,
    repository,
  );
  expect(saved.code).toBe(0);
  const linesOf = (file: string): string[] =>
    (existsSync(file) ? readFileSync(file, "utf8") : "").split("\n").slice(0, -1);
  const readLog = (file: string, i: number): ScriptedLogEntry[] =>
    linesOf(file)
      .map((line) => JSON.parse(line))
      .map((entry) => ({ ...entry, key: `${Object.keys(names)[i]} ${entry.key}` }));
  return {
    ...{ home: home.path, env },
    log: () => files.flatMap(readLog),
    requests: () => files.flatMap(linesOf).length,
    async close() {
      for (const server of servers) await server.close();
      home.remove();
    },
  };
}

const JUDGES = ["relevance", "exact_match", "no_refusal"];
const Ended = z.object({
  resultHash: z.string(),
  runs: z.unknown(),
  judges: z.unknown(),
  spent: z.object({ calls: z.number(), lost: z.number() }),
});

let calm: Place;
let stormy: Place;
beforeAll(async () => {
  [calm, stormy] = await Promise.all([openPlace(), openPlace()]);
}, 60_000);
afterAll(async () => {
  await Promise.all([calm.close(), stormy.close()]);
  rmSync(repository, { recursive: true, force: true });
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const end = Date.now() + 60_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await pause(15);
  }
}

/** Processes whose command line names the job; ended ones that nobody has waited for left out. */
const processesOf = (jobId: string): number[] =>
  execFileSync("ps", ["-A", "-o", "pid=,stat=,args="], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(jobId) && !/^\s*\d+\s+Z/.test(line))
    .map((line) => Number(/\d+/.exec(line)?.[0]));

/** Arbitrary numbers of requests, fixed by the seed: the first kill comes before any. */
const killPoints = (requests: number): number[] =>
  Array.from({ length: KILLS }, (_, i) => {
    const bytes = createHash("sha256").update(`${SEED} ${i}`).digest();
    return i === 0 ? 0 : Math.floor((bytes.readUInt32BE(0) / 2 ** 32) * requests * 0.95);
  }).sort((a, b) => a - b);

/** Whole answers that reached us, by the question they answer. */
function answersIn(log: readonly ScriptedLogEntry[]): Map<string, number> {
  const answers = new Map<string, number>();
  for (const { key, reply, delivered } of log)
    if (delivered && reply === "answer") answers.set(key, (answers.get(key) ?? 0) + 1);
  return answers;
}

const openHost = (): Promise<Attached> => attach({ home: stormy.home, env: stormy.env });

it("killed at any point, hosts closed meanwhile, an evaluation ends as one that never was, and pays for calls in flight alone", async () => {
  const whole = await run(
    [serverEntry, "eval", "--dataset", "many", "--target", "prompt.yaml", "--judge", ...JUDGES, "--json"],
    calm.env,
    repository,
  );
  expect(whole.stderr).toBe("");
  const expected = Ended.parse(JSON.parse(whole.stdout));
  const calmLog = calm.log();
  expect(new Set(calmLog.map(({ reply }) => reply)).size).toBe(8);
  // Retries are attempts within one call: each is answered once, and charged once.
  expect([...answersIn(calmLog).values()].every((times) => times === 1)).toBe(true);
  expect(answersIn(calmLog).size).toBe(2 * EXAMPLES);
  expect(expected.spent).toMatchObject({ calls: 2 * EXAMPLES, lost: 0 });

  let host = await openHost();
  const start: JsonObject = { dataset: "many", target: "prompt.yaml", judges: JUDGES, idempotencyKey: "one" };
  // Answered when the job is killed or has ended; not at all when its host goes first.
  void host.call("run_evaluation", start).catch(() => undefined);
  const jobId = await until("the job is there", async () => {
    const [job] = rowsOf((await host.call("list_records", { kind: "job" }))["jobs"]);
    return typeof job?.["job"] === "string" ? job["job"] : undefined;
  });
  /** Between the start of a host and the call that resumes. */
  const idle: { readonly from: number; readonly to: number }[] = [];
  for (const [i, point] of killPoints(calmLog.length).entries()) {
    const pid = await until("the job runs", () => processesOf(jobId)[0]);
    await until(`there were ${point} requests`, () => (stormy.requests() >= point ? true : undefined));
    if (i % 2 === 1) {
      await host.close();
      expect(processesOf(jobId)).toEqual([pid]);
    }
    process.kill(pid, "SIGKILL");
    await until("it is gone", () => (processesOf(jobId).length === 0 ? true : undefined));
    if (i % 2 === 1) host = await openHost();
    const opened = Date.now();
    // One that was killed while it started may not have taken the job.
    const { state } = await host.call("get_job", { jobId });
    expect(["queued", "interrupted"]).toContain(state);
    expect(processesOf(jobId)).toEqual([]);
    if (i % 2 === 1) idle.push({ from: opened, to: Date.now() });
    void host.call("manage_job", { jobId, action: "resume" }).catch(() => undefined);
  }
  const job = await until("it is done", async () => {
    const answer = await host.call("get_job", { jobId, waitSeconds: 5 });
    expect(answer).not.toMatchObject({ state: "failed" });
    return answer["state"] === "done" ? answer : undefined;
  });
  const id = /"evaluation":"([^"]+)"/.exec(JSON.stringify(job))?.[1] ?? "";
  const ended = Ended.parse(await host.call("get_record", { kind: "evaluation", id }));
  await host.close();

  expect(ended.resultHash).toBe(expected.resultHash);
  expect({ runs: ended.runs, judges: ended.judges }).toEqual({
    runs: expected.runs,
    judges: expected.judges,
  });
  const log = stormy.log();
  expect(log.filter(({ at }) => idle.some(({ from, to }) => at >= from && at < to))).toEqual([]);
  const answers = answersIn(log);
  expect(answers.size).toBe(2 * EXAMPLES);
  const twice = [...answers.values()].reduce((sum, times) => sum + times - 1, 0);
  expect(twice).toBeLessThanOrEqual(2 * WIDTH * KILLS);
  // The ledger charged at least those, says so, and hardly more: it reserves a quarter more than can be in flight.
  expect(ended.spent.lost).toBeGreaterThanOrEqual(twice);
  expect(ended.spent.lost).toBeLessThanOrEqual(2 * 1.25 * WIDTH * KILLS);
  expect(ended.spent.calls).toBe(2 * EXAMPLES + ended.spent.lost);
}, 180_000);
