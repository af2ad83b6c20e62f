import { rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { attach, freePort, rowsOf, temporaryHome, untrustedOf } from "../server/harness.ts";
import { makeRepository } from "./fixture.ts";

const home = temporaryHome();
const repository = makeRepository();

afterAll(() => {
  home.remove();
  rmSync(repository, { recursive: true, force: true });
});

it("a target that nothing listens for stops the job soon, and what failed is run when it is there", async () => {
  const port = await freePort();
  writeFileSync(
    join(repository, "remote.yaml"),
    `kind: http\nurl: http://127.0.0.1:${port}/run\nconcurrency: 4\n`,
  );
  const server = await attach({ home: home.path, env: { CLAUDE_PROJECT_DIR: repository } });
  const examples = Array.from({ length: 60 }, (_, i) => ({
    id: `e${i}`,
    inputs: { message: `m${i}` },
    expectations: { answer: "here" },
  }));
  await server.call("save_dataset", { name: "many", examples, holdout: false });
  let job = await server.call("run_evaluation", {
    dataset: "many",
    target: "remote.yaml",
    judges: ["exact_match"],
  });
  const jobId = String(job["jobId"]);
  const wait = async () => {
    while (job["state"] === "running" || job["state"] === "queued")
      job = await server.call("get_job", { jobId, waitSeconds: 20 });
  };
  await wait();
  expect(job).toMatchObject({ state: "failed" });
  expect(String(job["error"])).toMatch(
    /^unavailable: The target could not be run 1\d times in a row.*retryFailed/,
  );

  const agent = createServer((_, response) => {
    response.setHeader("content-type", "application/json").end(JSON.stringify({ output: "here" }));
  });
  await new Promise<void>((done) => agent.listen(port, "127.0.0.1", done));
  job = await server.call("manage_job", { jobId, action: "resume", retryFailed: true });
  await wait();
  expect(job).toMatchObject({ state: "done" });
  const list = await server.call("list_records", { kind: "evaluation" });
  const record = await server.call("get_record", {
    kind: "evaluation",
    id: String(rowsOf(untrustedOf(list)["evaluations"])[0]?.["evaluation"]),
  });
  expect(rowsOf(record["judges"])[0]).toMatchObject({ mean: 1, scored: "60 of 60" });
  agent.close();
  agent.closeAllConnections();
  await server.close();
});
