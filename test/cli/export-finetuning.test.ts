import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeAgent, makeQuestions } from "../optimization/campaign/fixture.ts";
import { type Attached, attach, bareEnv, run, serverEntry, temporaryHome } from "../server/harness.ts";

const home = temporaryHome();
const repository = makeAgent();
let server: Attached;
let evaluation = "";

const cli = (...args: string[]) =>
  run([serverEntry, "export-finetuning", "-p", "test", ...args], bareEnv(home.path), repository);

beforeAll(async () => {
  server = await attach({ home: home.path, env: { CLAUDE_PROJECT_DIR: repository } });
  await server.call("save_dataset", { name: "refunds", examples: makeQuestions(60) });
  await server.call("save_prompt", {
    name: "support",
    text: "You know books.\nbooks: 30 days\nwine: 30 days",
  });
  let job = await server.call("run_evaluation", {
    dataset: "refunds",
    target: "agent.yaml",
    judges: ["exact_match"],
    prompts: { system: "support" },
  });
  while (job["state"] !== "done")
    job = await server.call("get_job", { jobId: String(job["jobId"]), waitSeconds: 20 });
  evaluation = /ev-[\w-]+/.exec(JSON.stringify(job))?.[0] ?? "";
});

afterAll(async () => {
  await server.close();
  home.remove();
  rmSync(repository, { recursive: true, force: true });
});

it("writes what passed on training examples, and counts what is left out", async () => {
  const out = join(repository, "train.jsonl");
  const ran = await cli("--evaluation", evaluation, "--out", out);
  expect(ran).toMatchObject({ code: 0, stdout: "" });
  const lines = readFileSync(out, "utf8").trimEnd().split("\n");
  const asked = lines.map((line) => {
    const { messages } = JSON.parse(line);
    expect(messages.map(({ role }: { role: string }) => role)).toEqual(["user", "assistant"]);
    expect(messages[1].content).toBe("30 days");
    return String(messages[0].content);
  });
  expect(asked.every((text) => /about (books|wine)$/.test(text))).toBe(true);
  const left = Number(/left out: (\d+), it did not pass/.exec(ran.stderr)?.[1]);
  const all = await cli("--evaluation", evaluation, "--all");
  const total = all.stdout.trimEnd().split("\n").length;
  expect(lines.length + left).toBe(total);
  // Train alone: neither validation nor the sealed part is among them.
  const dataset = await server.call("get_record", { kind: "dataset", id: "refunds" });
  const train = Number(/"train":(\d+)/.exec(JSON.stringify(dataset))?.[1]);
  expect(total).toBe(train);
});

it("says what it needs", async () => {
  const none = await cli();
  expect(none.code).not.toBe(0);
  expect(none.stderr).toContain("One of an evaluation and an optimization is needed");
  expect((await cli("--optimization", "op-none")).stderr).toMatch(/No optimization|not_found/);
});
