import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import { type Attached, attach, rowsOf, temporaryHome, untrustedOf } from "../server/harness.ts";
import { git } from "../targets/fixtures.ts";
import { newAgentRepository } from "./fixture.ts";

// A real client, the real store, a real repository; the baseline is a commit of it.
const home = temporaryHome();
const log = join(home.path, "agent.log");

/** Answers with what its library says, and notes which version ran where. */
const AGENT = `
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { answer, VERSION } from "./library.mjs";
for await (const line of createInterface({ input: process.stdin })) {
  const { id, inputs } = JSON.parse(line);
  appendFileSync(${JSON.stringify(log)}, [VERSION, inputs.message, process.cwd()].join("|") + "\\n");
  if (inputs.message.includes("slowly")) await new Promise((resolve) => setTimeout(resolve, 700));
  process.stdout.write(JSON.stringify({ id, output: answer(inputs.message) }) + "\\n");
}
`;
const library = (version: string, body: string): string =>
  `export const VERSION = "${version}";\nexport const answer = (asked) => ${body};\n`;
const BROKEN = library("first", 'asked.includes("refund") ? "No idea." : "Done: " + asked');
const FIXED = library("second", '"Done: " + asked');

const repository = newAgentRepository({ "agent.mjs": AGENT, "library.mjs": BROKEN });
let server: Attached;

const dataset = (name: string, messages: readonly string[]) =>
  server.call("save_dataset", {
    name,
    examples: messages.map((message, i) => ({
      id: `e${i}`,
      inputs: { message },
      expectations: { answer: `Done: ${message}` },
    })),
    holdout: false,
  });

beforeAll(async () => {
  writeFileSync(join(repository, "library.mjs"), FIXED);
  git(repository, "commit", "-qam", "refunds are answered");
  server = await attach({ home: home.path, env: { CLAUDE_PROJECT_DIR: repository } });
  await dataset(
    "refunds",
    Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? `refund ${i}` : `parcel ${i}`)),
  );
  await dataset("slow", ["slowly one", "slowly two", "slowly three", "slowly four"]);
});

afterAll(async () => {
  await server.close();
  home.remove();
  rmSync(repository, { recursive: true, force: true });
});

beforeEach(() => {
  writeFileSync(log, "");
  writeFileSync(join(repository, "library.mjs"), FIXED);
});

const start = (more: JsonObject = {}) =>
  server.call("run_evaluation", {
    dataset: "refunds",
    target: "agent.yaml",
    judges: ["exact_match"],
    ...more,
  });

async function ended({ jobId = "" }: JsonObject): Promise<JsonObject> {
  for (;;) {
    const job = await server.call("get_job", { jobId, waitSeconds: 20 });
    if (!["queued", "running"].includes(String(job["state"]))) return job;
  }
}

/** Id of an evaluation that has ended. */
async function evaluated(more: JsonObject = {}): Promise<string> {
  const started = await start(more);
  expect(await ended(started)).toMatchObject({ state: "done" });
  return String(started["evaluation"]);
}

const runs = () =>
  (existsSync(log) ? readFileSync(log, "utf8") : "")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [version = "", message = "", folder = ""] = line.split("|");
      return { version, message, folder };
    });

const versions = () => [...new Set(runs().map(({ version }) => version))];

it("a baseline runs from its own commit, beside the working folder, and the comparison ends in a verdict", async () => {
  const baseline = await evaluated({ gitRef: "HEAD~1" });
  expect(versions()).toEqual(["first"]);
  const [place = ""] = [...new Set(runs().map(({ folder }) => folder))];
  expect(place).not.toContain(repository);
  expect(place).not.toBe("");
  // The worktree is gone with the evaluation, and the working folder was not touched.
  expect(existsSync(place)).toBe(false);
  expect(git(repository, "worktree", "list").split("\n")).toHaveLength(1);
  expect(git(repository, "status", "--porcelain")).toBe("");

  writeFileSync(log, "");
  const candidate = await evaluated();
  expect(versions()).toEqual(["second"]);
  writeFileSync(join(repository, "library.mjs"), `${FIXED}// not committed\n`);
  const edited = await evaluated();
  const listed = untrustedOf(await server.call("list_records", { kind: "evaluation" }));
  const commits = new Map(
    rowsOf(listed["evaluations"]).map(({ evaluation, commit }) => [evaluation, commit]),
  );
  expect(commits.get(candidate)).toMatch(/^[0-9a-f]{8}$/);
  expect(commits.get(edited)).toBe(`${commits.get(candidate)}+`);
  const compared = await server.call("compare_evaluations", { baseline, candidate });
  expect(compared).toMatchObject({ verdict: "better" });
  const [judge] = rowsOf(compared["judges"]);
  expect(judge).toMatchObject({
    judge: "exact_match (primary)",
    baseline: 0.5,
    candidate: 1,
    gained: 20,
    lost: 0,
  });
  expect(JSON.stringify(compared)).toMatch(/\+0\.5 \([\d.]+ % interval 0\.\d+ to 0\.\d+\)/);
  // The other way round it is the same evidence.
  expect(
    await server.call("compare_evaluations", { baseline: candidate, candidate: baseline }),
  ).toMatchObject({ verdict: "worse" });
});

it("two runs of one commit are said to be that, whichever way it is named", async () => {
  const [a, b] = [await evaluated({ gitRef: "HEAD" }), await evaluated()];
  expect(runs()).toHaveLength(80);
  const compared = await server.call("compare_evaluations", { baseline: a, candidate: b });
  expect(compared["verdict"]).not.toBe("better");
  expect(JSON.stringify(compared)).toContain("both sides ran the same code with the same configuration");
});

it("after a change of the code nothing old is replayed as new, whether it is committed or not", async () => {
  await evaluated();
  expect(versions()).toEqual(["second"]);
  writeFileSync(log, "");
  // The same call again runs the agent again.
  await evaluated();
  expect(runs()).toHaveLength(40);
  writeFileSync(log, "");
  writeFileSync(join(repository, "library.mjs"), library("third", '"Changed: " + asked'));
  const changed = await evaluated();
  expect([runs().length, versions()]).toEqual([40, ["third"]]);
  const record = await server.call("get_record", { kind: "evaluation", id: changed });
  expect(rowsOf(record["judges"])[0]).toMatchObject({ mean: 0 });
  expect(JSON.stringify(untrustedOf(record)["rows"])).toContain("Changed: ");
  // Only a reuse that is asked for by name takes earlier runs, and those alone.
  writeFileSync(log, "");
  const again = await server.call("run_evaluation", {
    dataset: "refunds",
    reuse: changed,
    judges: ["exact_match", "no_refusal"],
  });
  expect(await ended(again)).toMatchObject({ state: "done" });
  expect(runs()).toEqual([]);
});

it("a change while it runs is told, and the evaluation cannot be compared", async () => {
  const before = await evaluated({ dataset: "slow" });
  writeFileSync(log, "");
  const under = start({ dataset: "slow" });
  while (runs().length === 0) await sleep(20);
  writeFileSync(join(repository, "library.mjs"), library("fourth", '"Half: " + asked'));
  const started = await under;
  expect(await ended(started)).toMatchObject({ state: "done" });
  const candidate = String(started["evaluation"]);
  const record = await server.call("get_record", { kind: "evaluation", id: candidate });
  expect(JSON.stringify(record["notes"])).toContain("the target's code changed while the evaluation ran");
  for (const pair of [
    { baseline: before, candidate },
    { baseline: candidate, candidate: before },
  ])
    expect(await server.fail("compare_evaluations", pair)).toMatch(
      /^refused: These evaluations cannot be compared: the code of the (candidate|baseline)'s target changed while it ran/,
    );
});

it("a job that goes on after a change is refused, and what it had is not mixed with what runs now", async () => {
  const started = await start({ maxCalls: 10 });
  expect(await ended(started)).toMatchObject({ state: "failed" });
  expect(runs()).toHaveLength(10);
  writeFileSync(join(repository, "library.mjs"), library("fifth", '"Later: " + asked'));
  const { jobId = "" } = started;
  await server.call("manage_job", { jobId, action: "resume", maxCalls: 100 });
  const conflict = await ended({ jobId });
  expect(conflict["error"]).toMatch(
    /^conflict: The target is not what it was when this began: files\. Start anew/,
  );
  expect(runs()).toHaveLength(10);
  // As it was, it goes on where it was.
  writeFileSync(join(repository, "library.mjs"), FIXED);
  await server.call("manage_job", { jobId, action: "resume", maxCalls: 100 });
  expect(await ended({ jobId })).toMatchObject({ state: "done" });
  expect([runs().length, versions()]).toEqual([40, ["second"]]);
});

it("a commit that there is not, and a branch that moved on, are refused", async () => {
  expect(
    await server.fail("run_evaluation", {
      dataset: "refunds",
      target: "agent.yaml",
      judges: ["exact_match"],
      gitRef: "no-such-branch",
    }),
  ).toMatch(/^invalid_input: /);
  git(repository, "branch", "-f", "moving", "HEAD~1");
  const started = await start({ gitRef: "moving", maxCalls: 4 });
  expect(await ended(started)).toMatchObject({ state: "failed" });
  git(repository, "branch", "-f", "moving", "HEAD");
  const { jobId = "" } = started;
  await server.call("manage_job", { jobId, action: "resume", maxCalls: 100 });
  expect((await ended({ jobId }))["error"]).toMatch(/^conflict: The target is not what it was/);
  expect(versions()).toEqual(["first"]);
});
