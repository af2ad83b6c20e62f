import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { App } from "../../src/app/app.ts";
import { callTool } from "../../src/app/call-tool.ts";
import { openApp } from "../../src/app/open.ts";
import type { Json } from "../../src/model/json.ts";
import { tools } from "../../tools/index.ts";
import { makeRepository } from "../evaluation/fixture.ts";
import { temporaryHome } from "../server/harness.ts";

const home = temporaryHome();
const repository = makeRepository();
let local: App;
/** What a door for others passes on, unless its operator allowed commands. */
let remote: App;

const IDLE = { signal: new AbortController().signal, progress: () => undefined };

async function call(app: App, name: string, arguments_: Json) {
  const tool = tools.find((one) => one.name === name);
  if (!tool) throw new Error(`no tool ${name}`);
  return callTool(app, tool, arguments_, IDLE);
}

const RUN = { dataset: "few", target: "agent.yaml", judges: ["exact_match"] };

beforeAll(async () => {
  vi.stubEnv("EVALWRIGHT_HOME", home.path);
  vi.stubEnv("CLAUDE_PROJECT_DIR", repository);
  local = await openApp({ project: "test", quiet: true });
  remote = { ...local, allowCommands: false };
  writeFileSync(join(repository, "judge.mjs"), 'console.log(JSON.stringify({ pass: true, rationale: "" }))');
  const examples = [{ id: "e0", inputs: { message: "Hello" }, expectations: { answer: "You asked: Hello" } }];
  expect(await call(local, "save_dataset", { name: "few", examples, holdout: false })).toMatchObject({
    ok: true,
  });
  const judge = { name: "program", builtin: "command", params: { program: "judge.mjs" } };
  expect(await call(local, "save_judge", judge)).toMatchObject({ ok: true });
});

afterAll(async () => {
  await local.store[Symbol.asyncDispose]();
  vi.unstubAllEnvs();
  home.remove();
  rmSync(repository, { recursive: true, force: true });
});

const REFUSED = {
  ok: false,
  message: expect.stringMatching(/^refused: Commands do not run through this server/),
};

it("a door that may not run commands runs no target that is one, dry or not", async () => {
  expect(await call(remote, "run_evaluation", RUN)).toMatchObject(REFUSED);
  expect(await call(remote, "run_evaluation", { ...RUN, dryRun: true })).toMatchObject(REFUSED);
  expect(await call(remote, "list_records", { kind: "evaluation" })).toMatchObject({
    ok: true,
    value: { page: { returned: 0 } },
  });
});

it("nor a judge that is a program, and what it planned does not stay in the queue", async () => {
  const run = { dataset: "few", target: "recorded", judges: ["program"] };
  expect(await call(remote, "run_evaluation", run)).toMatchObject(REFUSED);
  expect((await local.store.records.jobs.list(local.project.id, 10)).map(({ state }) => state)).toEqual([
    "cancelled",
  ]);
  // Code of ours runs nothing.
  expect(await call(remote, "run_evaluation", { ...run, judges: ["exact_match"] })).toMatchObject({
    ok: true,
    value: { state: "done" },
  });
});

it("nor lets go on what the user of the machine started", async () => {
  const budget = { maxCalls: 1 };
  const started = await call(local, "run_evaluation", { ...RUN, repeats: 3, ...budget });
  const jobId = started.ok ? String(started.value["jobId"]) : "";
  expect(started).toMatchObject({ ok: true, value: { state: "failed" } });
  const resume = { jobId, action: "resume", maxCalls: 10 };
  expect(await call(remote, "manage_job", resume)).toMatchObject(REFUSED);
  expect(await call(local, "manage_job", resume)).toMatchObject({ ok: true, value: { state: "done" } });
});
