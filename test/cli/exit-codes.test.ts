import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeRepository } from "../evaluation/fixture.ts";
import { bareEnv, freePort, run, serverEntry, temporaryHome } from "../server/harness.ts";

const repository = makeRepository();
const home = temporaryHome();
const env = { ...bareEnv(home.path), CLAUDE_PROJECT_DIR: repository, EVALWRIGHT_PROJECT: "test" };
const evalwright = (...args: string[]) => run([serverEntry, ...args], env, repository);

const EVAL = ["eval", "--dataset", "parcels", "--target", "agent.yaml", "--judge", "no_refusal", "--repeats"];

const saveDataset = (name: string) =>
  evalwright(
    "call",
    "save_dataset",
    `name=${name}`,
    "holdout=false",
    `examples=${JSON.stringify(["one", "two", "three"].map((message) => ({ id: message, inputs: { message } })))}`,
  );

beforeAll(async () => {
  const saved = await saveDataset("parcels");
  expect(saved.stderr + saved.code).toBe("0");
});
afterAll(() => {
  home.remove();
  rmSync(repository, { recursive: true, force: true });
});

describe("where exit code 1 is a verdict, an error is 2", () => {
  it("compare of an evaluation that there is not, and of two of different examples", async () => {
    const unknown = await evalwright("compare", "ev-00000000", "ev-00000001");
    expect(unknown).toMatchObject({ code: 2, stdout: "" });
    expect(unknown.stderr).toMatch(/^not_found: .*\n$/);
    writeFileSync(join(repository, ".gitignore"), "*.jsonl\n");
    const other = JSON.stringify([{ id: "four", inputs: { message: "four" } }]);
    await evalwright("call", "save_dataset", "name=other", "holdout=false", `examples=${other}`);
    const ids: string[] = [];
    for (const dataset of ["parcels", "other"]) {
      const ended = await evalwright(...EVAL.with(2, dataset), "1", "--json");
      expect(ended.code, ended.stderr).toBe(0);
      ids.push(/"evaluation":"(ev-[0-9a-f]+)"/.exec(ended.stdout)?.[1] ?? "");
    }
    const incomparable = await evalwright("compare", ...ids);
    expect(incomparable).toMatchObject({ code: 2, stdout: "" });
    expect(incomparable.stderr).toMatch(/^(invalid_input|conflict|refused): /);
  });

  it.each([
    ["a missing target", ["eval", "--dataset", "parcels", "--target", "nowhere.yaml", "--judge", "latency"]],
    ["an unknown judge", [...EVAL.with(6, "nobody"), "1"]],
    ["no judge", EVAL.slice(0, 5)],
    ["a job that there is not", ["eval", "--resume", "no-such-job"]],
    ["an unknown judge to calibrate", ["calibrate", "nobody"]],
    ["a proposal to watch that there is not", ["watch", "pr-00000000", "--once"]],
    ["a campaign without a dataset", ["optimize"]],
  ])("%s", async (_, args) => {
    const ended = await evalwright(...args);
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toMatch(/^[a-z_]+: .*\n$/);
  });
});

describe("a job that cannot go on", () => {
  it("a used-up budget is told in one line that names the command, which then does go on", async () => {
    const held = await evalwright(...EVAL, "2", "--max-calls", "2");
    expect(held).toMatchObject({ code: 2, stdout: "" });
    const [job = "", told = "", ...more] = held.stderr.trimEnd().split("\n");
    expect(more).toEqual([]);
    const id = job.replace("job ", "");
    expect(told).toMatch(/^refused: A budget is used up: /);
    expect(told).toContain(`evalwright eval --resume ${id} --max-usd N`);
    expect(told).not.toContain("manage_job");
    const ended = await evalwright("eval", "--resume", id, "--max-calls", "100");
    expect(ended.code, ended.stderr).toBe(0);
  });

  it("changed code is told in one line that does not send back to the old job", async () => {
    const held = await evalwright(...EVAL, "2", "--max-calls", "2");
    const id = /job (\S+)/.exec(held.stderr)?.[1] ?? "";
    writeFileSync(join(repository, "agent.mjs"), "process.exit(4);\n");
    const changed = await evalwright("eval", "--resume", id, "--max-calls", "100");
    expect(changed).toMatchObject({ code: 2, stdout: "" });
    const [, told = "", ...more] = changed.stderr.trimEnd().split("\n");
    expect(more).toEqual([]);
    expect(told).toMatch(/^conflict: The target is not what it was .* Start anew/);
    expect(told).not.toContain("--resume");
    const job = await evalwright("call", "get_job", `jobId=${id}`);
    expect(job.stdout).toContain("Start anew");
    expect(job.stdout).not.toContain("manage_job");
  });

  it("a target that is away is told with the command that asks again, which does when it is back", async () => {
    const port = await freePort();
    writeFileSync(join(repository, "away.yaml"), `kind: http\nurl: http://127.0.0.1:${port}/run\n`);
    const held = await evalwright(...EVAL.with(4, "away.yaml"), "20");
    expect(held).toMatchObject({ code: 2, stdout: "" });
    const [, id = ""] = /job (\S+)/.exec(held.stderr) ?? [];
    const again = `evalwright eval --resume ${id} --retry-failed`;
    expect(held.stderr).toMatch(/^unavailable: The target could not be run 1\d times in a row/m);
    expect(held.stderr).toContain(again);
    expect(held.stderr).not.toContain("manage_job");
    const agent = createServer((_, response) => {
      response.setHeader("content-type", "application/json").end(JSON.stringify({ output: "here" }));
    });
    await new Promise<void>((done) => agent.listen(port, "127.0.0.1", done));
    const ended = await evalwright(...again.split(" ").slice(1), "--json");
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stdout).toContain("60 of 60");
    agent.close();
    agent.closeAllConnections();
  });
});

it("output into a pipe that its reader closed ends quietly", async () => {
  const child = spawn(process.execPath, [serverEntry, "call"], { env, cwd: repository });
  child.stdout.destroy();
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString("utf8");
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  expect({ said, code }).toEqual({ said: "", code: 141 });
});
