import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { JsonObject } from "../../../src/model/json.ts";
import { modelEnv, type ScriptedEndpoint, startScriptedEndpoint } from "../../scripted-endpoint.ts";
import {
  type Attached,
  attach,
  bareEnv,
  rowsOf,
  run,
  serverEntry,
  temporaryHome,
  untrustedOf,
} from "../../server/harness.ts";
import {
  addTeacher,
  finish,
  makeAgent,
  makeQuestions,
  presentText,
  RULES,
  withRuleOf,
} from "../campaign/fixture.ts";

const homes = [temporaryHome(), temporaryHome()] as const;
const repository = makeAgent();
const servers: Attached[] = [];
const SEED = "You are a shop assistant.";
/** Two campaigns and a look of five arms. */
const LONG_MS = 400_000;
let endpoint: ScriptedEndpoint;

/** Proposals and, where a judge asks, whether two answers are one text. */
function answer(text: string): string {
  if (text.includes("say the same")) {
    const isEqual = text.split("30 days").length > 2 && !text.includes("I do not know.");
    return JSON.stringify({ rationale: "compared", label: isEqual ? "equivalent" : "different" });
  }
  return JSON.stringify({
    hypothesis: "a policy is missing",
    components: { system: withRuleOf(presentText(text), text) },
  });
}

beforeAll(async () => {
  addTeacher(repository);
  endpoint = await startScriptedEndpoint({
    answer: (request) => answer(JSON.stringify(request.body).replaceAll("\\n", "\n")),
  });
});

afterAll(async () => {
  for (const server of servers) await server.close();
  await endpoint[Symbol.asyncDispose]();
  for (const home of homes) home.remove();
  rmSync(repository, { recursive: true, force: true });
});

async function attachTo(home: string, env: Record<string, string> = {}): Promise<Attached> {
  const server = await attach({ home, env: { CLAUDE_PROJECT_DIR: repository, ...env } });
  servers.push(server);
  await server.call("save_prompt", { name: "support", text: SEED, alias: "production" });
  return server;
}

/** What export-finetuning writes, and what it says on stderr. */
async function exported(home: string, ...args: string[]) {
  const ran = await run([serverEntry, "export-finetuning", "-p", "test", ...args], bareEnv(home), repository);
  if (ran.code !== 0) throw new Error(ran.stderr);
  const lines = ran.stdout.split("\n").filter((line) => line !== "");
  return { said: ran.stderr, lines: lines.map((line): JsonObject => JSON.parse(line)) };
}

async function ended(server: Attached, started: JsonObject): Promise<JsonObject> {
  let job = started;
  while (job["state"] === "running" || job["state"] === "queued")
    job = await server.call("get_job", { jobId: String(started["jobId"]), waitSeconds: 20 });
  return job;
}

it(
  "students' prompts are optimized to a teacher, and one look says which of them match it",
  async () => {
    const server = await attachTo(homes[0].path, {
      ...modelEnv(endpoint.url),
    });
    await server.call("save_dataset", { name: "refunds", examples: makeQuestions(110) });
    const switchTo: JsonObject = {
      dataset: "refunds",
      teacher: "teacher.yaml",
      students: ["student.yaml", "slow.yaml"],
      prompts: ["system=support@production"],
      judges: ["exact_match"],
      proposer: "model",
      maxProposals: 16,
    };
    expect(await server.fail("start_optimization", switchTo)).toMatch(
      /^invalid_input: A model switch needs a margin/,
    );
    const dry = await server.call("start_optimization", { ...switchTo, margin: 0.3, dryRun: true });
    expect(dry).toMatchObject({ margin: 0.3, comparesWithTeacher: "equivalence", callsOfCase: 2 });
    expect(await server.fail("start_optimization", { ...switchTo, margin: 0.3, maxCalls: 30 })).toMatch(
      /^refused: 30 calls are too few/,
    );
    const started = await server.call("start_optimization", { ...switchTo, margin: 0.3 });
    const match = String(started["match"]);
    expect(await ended(server, started)).toMatchObject({ state: "done" });

    const found = await finish(server, match);
    expect(found).toMatchObject({ match, margin: 0.3, primary: "exact_match", look: 1 });
    const students = rowsOf(untrustedOf(found)["students"]);
    expect(students).toMatchObject([
      { student: "student.yaml", verdict: "not_inferior" },
      { student: "slow.yaml", verdict: "inferior" },
    ]);
    expect(String(students[0]?.["sentence"])).toContain(
      "matches the teacher on this data: exact_match 1 against 1",
    );
    expect(String(students[1]?.["sentence"])).toContain("inferior at margin 0.3");
    const table = rowsOf(untrustedOf(found)["table"]);
    expect(table.map(({ arm }) => arm)).toEqual([
      "teacher teacher.yaml",
      "student.yaml before",
      "student.yaml after",
      "slow.yaml before",
      "slow.yaml after",
    ]);
    expect(String(table[0]?.["equivalence"])).toMatch(/^1 \[0\.\d+, (0\.9\d+|1)\]$/);
    expect(String(table[1]?.["exact_match"])).toMatch(/^0 \[0(\.0\d+)?, 0\.\d+\]$/);
    expect([table[0], table[3]].map((row) => row?.["US dollars a run"])).toEqual([
      "0.01 [0.01, 0.01]",
      "0.001 [0.001, 0.001]",
    ]);
    expect(String(table[2]?.["seconds a run"])).toMatch(/^\d/);

    // Asked again it is the same look, and the record shows it.
    expect(await finish(server, match)).toMatchObject({ look: 1 });
    const record = await server.call("get_record", { kind: "optimization", id: match });
    expect(untrustedOf(record)["students"]).toEqual(untrustedOf(found)["students"]);
    const proposal = String(students[0]?.["proposal"]);
    const shown = await server.call("get_record", { kind: "proposal", id: proposal });
    expect(shown).toMatchObject({ verdict: "better", status: "pending" });
    expect(String(shown["sentence"])).toContain("not inferior at margin 0.3");
    const applied = await server.call("apply_proposal", { proposal, alias: "student" });
    expect(applied).toMatchObject({ status: "applied" });
    const production = await server.call("get_record", { kind: "prompt", id: "support@production" });
    expect(JSON.stringify(production)).not.toContain("30 days");
    const teacher = await exported(homes[0].path, "--optimization", match);
    expect(teacher.said).toContain(
      `the teacher of ${match}, training examples only, those that pass exact_match`,
    );
    expect(teacher.lines.length).toBeGreaterThan(30);
    expect(teacher.lines.every(({ messages }) => JSON.stringify(messages).includes("30 days"))).toBe(true);
    const student = await exported(homes[0].path, "--optimization", String(students[1]?.["optimization"]));
    expect(student.lines.length).toBeGreaterThan(0);
    expect(student.said).toMatch(/left out: \d+, it did not pass/);

    // The teacher's answers are a dataset of their own, sealed like the original.
    const datasets = await server.call("list_records", { kind: "dataset" });
    expect(JSON.stringify(datasets)).toContain(`refunds.${match}`);
  },
  LONG_MS,
);

it(
  "without a key: recorded answers are the teacher, the assistant writes, a code judge compares",
  async () => {
    const server = await attachTo(homes[1].path);
    const examples = makeQuestions(110).map((example) => ({ ...example, recorded: "30 days" }));
    await server.call("save_dataset", { name: "refunds", examples });
    await server.call("save_judge", {
      name: "same",
      builtin: "exact_match",
      params: { expectation: "teacher" },
      whenExpected: "teacher",
    });
    const started = await server.call("start_optimization", {
      dataset: "refunds",
      teacher: "recorded",
      students: ["student.yaml", "slow.yaml"],
      prompts: ["system=support@production"],
      judges: ["same"],
      margin: 0.3,
    });
    const match = String(started["match"]);
    const jobId = String(started["jobId"]);
    const [first = "", second = ""] = rowsOf(started["students"]).map(({ optimization }) =>
      String(optimization),
    );
    expect(await ended(server, started)).toMatchObject({ state: "waiting" });
    const attempt = (optimization: string) =>
      server.call("try_candidate", {
        optimization,
        components: { system: `${SEED}\n${RULES.map((rule) => `${rule}: 30 days`).join("\n")}` },
        hypothesis: "the policies were missing",
      });
    expect(
      await server.fail("try_candidate", {
        optimization: second,
        components: { system: "x" },
        hypothesis: "h",
      }),
    ).toMatch(/does not wait for a candidate/);
    expect(await attempt(first)).toMatchObject({ decision: "accepted" });
    await server.call("get_job", { jobId, waitSeconds: 20 });
    expect(await attempt(second)).toMatchObject({ decision: "accepted" });
    const found = await finish(server, match);
    expect(rowsOf(untrustedOf(found)["students"])).toMatchObject([
      { student: "student.yaml", verdict: "not_inferior" },
      { student: "slow.yaml", verdict: "inferior" },
    ]);
    expect(JSON.stringify(found)).not.toMatch(/equals the teacher|identical/);
  },
  LONG_MS,
);
