import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { z } from "zod";
import { openHome } from "../evaluation/scheduled/fixture.ts";
import { startScriptedEndpoint } from "../scripted-endpoint.ts";
import { attach, rowsOf } from "../server/harness.ts";
import { TYPESCRIPT } from "./agents.ts";
import { openPlace, targetOf } from "./place.ts";

const METER = "meter: {OPENAI_BASE_URL: priced}\n";
const USAGE = { prompt_tokens: 30, completion_tokens: 10 };
const node = [process.execPath, "agent.ts"];

async function scripted(latencyMs = 0) {
  const endpoint = await startScriptedEndpoint({ otherwise: { text: "words", usage: USAGE }, latencyMs });
  onTestFinished(() => endpoint.close());
  return endpoint;
}

/** Resolves once `look` finds something. */
const until = <T>(look: () => Promise<T | null> | T | null) =>
  vi.waitUntil(look, { timeout: 60_000, interval: 20 });

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const Started = z.object({ url: z.string(), pid: z.number() });

/** Writes down where it was sent and who it is, then asks its model without end. */
const ENDLESS = `
import { renameSync, writeFileSync } from "node:fs";
const url = process.env["OPENAI_BASE_URL"] + "/chat/completions";
writeFileSync("started.new", JSON.stringify({ url, pid: process.pid }));
renameSync("started.new", "started.json");
for (;;) {
  const body = JSON.stringify({ model: "scripted", messages: [{ role: "user", content: "go on" }] });
  await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body }).catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 20));
}
`;

it("two evaluations at once are metered apart", async () => {
  const endpoint = await scripted(5);
  const place = openPlace(endpoint.url, {
    "agent.ts": TYPESCRIPT,
    "target.yaml": targetOf("command", node, METER),
  });
  await place.save([
    { message: "one", times: 2 },
    { message: "two", times: 3 },
  ]);
  const both = await Promise.all([place.evaluate("target.yaml"), place.evaluate("target.yaml")]);
  const ended = both.map(({ stdout }) => place.ended(stdout));
  expect(new Set(ended.map(({ evaluation }) => evaluation)).size).toBe(2);
  for (const { spent } of ended) expect(spent).toMatchObject({ calls: 5, tokens: 200 });
  expect(endpoint.requests).toHaveLength(10);
});

it("a killed job takes its proxy along; what it had paid for stays charged, and the agent is ended when the job goes on", async () => {
  const endpoint = await scripted();
  const place = openPlace(endpoint.url, {
    "agent.ts": ENDLESS,
    ".gitignore": "started.*\n",
    "target.yaml": targetOf("command", node, METER),
  });
  await place.save([{ message: "go" }]);
  const host = await attach({ home: place.home, env: { ...place.env } });
  onTestFinished(() => host.close());
  const start = { dataset: "asked", target: "target.yaml", judges: ["no_refusal"], maxCalls: 100_000 };
  void host.call("run_evaluation", start).catch(() => undefined);
  const file = join(place.repository, "started.json");
  const startedAfter = (pid: number): Promise<{ readonly url: string; readonly pid: number }> =>
    until(() => {
      const text = existsSync(file) ? readFileSync(file, "utf8") : "";
      const started = text === "" ? null : Started.parse(JSON.parse(text));
      return started?.pid === pid ? null : started;
    });
  const first = await startedAfter(0);
  await until(() => endpoint.log.length >= 5 || null);
  const jobId = await until(async () => {
    const [job] = rowsOf((await host.call("list_records", { kind: "job" }))["jobs"]);
    return typeof job?.["job"] === "string" ? job["job"] : null;
  });
  const table = execFileSync("ps", ["-A", "-o", "pid=,args="], { encoding: "utf8" });
  const line = table.split("\n").find((text) => text.includes(jobId));
  const jobPid = Number(line?.trim().split(/\s+/)[0]);
  process.kill(jobPid, "SIGKILL");
  await until(() =>
    fetch(first.url, { method: "POST" }).then(
      () => null,
      () => true,
    ),
  );
  await until(() => !isRunning(jobPid) || null);
  const asked = endpoint.log.length;
  void host.call("manage_job", { jobId, action: "resume" }).catch(() => undefined);
  const second = await startedAfter(first.pid);
  await until(() => !isRunning(first.pid) || null);
  expect(second.url).not.toBe(first.url);
  await host.call("manage_job", { jobId, action: "cancel" });
  await until(() => !isRunning(second.pid) || null);
  await until(async () => {
    const job = await host.call("get_job", { jobId, waitSeconds: 5 });
    return job["state"] === "cancelled" || null;
  });
  await using store = await openHome(place.home);
  const { spent } = await store.records.ledger.report("test", { scope: "job", jobId });
  // Each call that was answered was charged when it was, not when its run ended.
  expect(spent.calls).toBeGreaterThanOrEqual(asked - 1);
}, 90_000);

it("a server that somebody else runs finds its run's base URL in the request", async () => {
  const endpoint = await scripted();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { inputs, baseUrls } = JSON.parse(Buffer.concat(chunks).toString());
    const body = JSON.stringify({ model: "scripted", messages: [{ role: "user", content: inputs.message }] });
    for (let i = 0; i < inputs.times; i += 1)
      await fetch(`${baseUrls.OPENAI_BASE_URL}/chat/completions`, { method: "POST", body });
    response.end(JSON.stringify({ output: "served" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  const place = openPlace(endpoint.url, {
    "target.yaml": `kind: http\nurl: http://127.0.0.1:${port}/run\nconcurrency: 4\n${METER}`,
  });
  await place.save([1, 2, 3, 4].map((times) => ({ message: "ask", times })));
  const done = await place.evaluate("target.yaml");
  expect(done.code, done.stderr).toBe(0);
  const { evaluation } = place.ended(done.stdout);
  for (const times of [1, 2, 3, 4])
    expect(await place.runOf(evaluation, `e${times - 1}`)).toMatchObject({ metered: { calls: times } });
});

it("an endpoint that is not configured is told before anything runs", async () => {
  const place = openPlace("http://127.0.0.1:9/v1", {
    "agent.ts": TYPESCRIPT,
    "target.yaml": targetOf("command", node, "meter: {OPENAI_BASE_URL: prices}\n"),
    "keyed.yaml": targetOf(
      "command",
      node,
      'meter: {OPENAI_BASE_URL: "https://a.example/v1?api_key=s3cret"}\n',
    ),
  });
  await place.save([{ message: "one" }]);
  const done = await place.evaluate("target.yaml");
  expect(done.code).toBe(2);
  expect(done.stderr).toMatch(/"meter" .* OPENAI_BASE_URL .* not configured.*Did you mean "priced"/);
  const keyed = await place.evaluate("keyed.yaml");
  expect(keyed.code).toBe(2);
  expect(keyed.stderr).toContain('"meter.OPENAI_BASE_URL": must be');
  expect(keyed.stderr).not.toContain("s3cret");
});
