import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import type { Json } from "../../src/model/json.ts";
import { isAlive, never, open, pidsIn, request, runOnce, textWhenThere } from "./fixtures.ts";

/** A worker whose `answer` is JavaScript over `request`, `said` (requests so far) and `say(text)`. */
const worker = (answer: string, start = "") => ({
  kind: "worker",
  run: [process.execPath, "worker.js"],
  files: {
    "worker.js": `
      const { appendFileSync } = require("node:fs");
      appendFileSync("pids", process.pid + "\\n");
      ${start}
      let said = 0;
      const say = (text) => process.stdout.write(text);
      require("node:readline").createInterface({ input: process.stdin }).on("line", async (line) => {
        const request = JSON.parse(line);
        said += 1;
        const answer = await (async () => { ${answer} })();
        if (answer !== undefined) say(JSON.stringify({ id: request.id, ...answer }) + "\\n");
      });`,
  },
});

async function openWorker(answer: string, more: { readonly start?: string; readonly fields?: object } = {}) {
  const { files, ...spec } = worker(answer, more.start);
  return open({ ...spec, ...more.fields }, { files });
}

const ask = (target: Awaited<ReturnType<typeof open>>, inputs: Json = {}) =>
  target.run(request(inputs), { signal: never });

describe("a worker", () => {
  it("answers one request after the other in one process", async () => {
    const target = await openWorker(
      "return { output: { asked: request.inputs.n, said, keys: Object.keys(request) } }",
      {
        fields: { concurrency: 1 },
      },
    );
    const runs = await Promise.all([1, 2, 3].map((n) => ask(target, { n })));
    const keys = ["id", "inputs", "messages", "sessionId", "exampleId", "prompts", "traceparent"];
    expect(runs.map(({ output }) => output)).toEqual([1, 2, 3].map((n) => ({ asked: n, said: n, keys })));
    expect(pidsIn(join(target.root, "pids"))).toHaveLength(1);
    expect(runs[0]).toMatchObject({ status: "ok", exitCode: null, attempts: 1, ignored: { lines: 0 } });
  });

  it("has one process for each place, started when it is needed", async () => {
    const target = await openWorker(
      `const { existsSync } = require("node:fs");
       appendFileSync("in", "x");
       while (require("node:fs").statSync("in").size < 3) await new Promise((r) => setTimeout(r, 5));
       return { output: request.inputs.n };`,
      { fields: { concurrency: 3 } },
    );
    // Each answers only when all three have been asked.
    const runs = await Promise.all([1, 2, 3].map((n) => ask(target, { n })));
    expect(runs.map(({ output }) => output)).toEqual([1, 2, 3]);
    expect(new Set(pidsIn(join(target.root, "pids"))).size).toBe(3);
    await ask(target);
    expect(pidsIn(join(target.root, "pids"))).toHaveLength(3);
  });

  it("may print other lines, which are counted", async () => {
    const target = await openWorker(
      `say("thinking\\n\\n{not json}\\n"); say(JSON.stringify({ id: "other", output: 1 }) + "\\n[1]\\n");
       return { output: "done" };`,
      { start: "console.log('ready')" },
    );
    expect(await ask(target)).toMatchObject({ output: "done", ignored: { lines: 5, fields: [] } });
    expect(await ask(target)).toMatchObject({ output: "done", ignored: { lines: 4, fields: [] } });
  });

  it("may be cut anywhere on its way, and asked in any language", async () => {
    const target = await openWorker(
      `const bytes = Buffer.from(JSON.stringify({ id: request.id, output: request.inputs.text }) + "\\n");
       for (const byte of bytes) await new Promise((r) => process.stdout.write(Buffer.from([byte]), r));`,
    );
    expect((await ask(target, { text: "naïve 😀𐍈\u2028 done" })).output).toBe("naïve 😀𐍈\u2028 done");
  });

  it("is told by what it says that it failed", async () => {
    const target = await openWorker("return request.inputs");
    expect(await ask(target, { error: "no such order" })).toMatchObject({
      status: "error",
      error: "no such order",
    });
    expect(await ask(target, {})).toMatchObject({ status: "empty" });
    expect(await ask(target, { output: 1, messages: 2 })).toMatchObject({ status: "invalid" });
    expect(await ask(target, { output: "fine" })).toMatchObject({ status: "ok" });
    expect(pidsIn(join(target.root, "pids"))).toHaveLength(1);
  });

  it("that dies in the middle is a crash of that run, and is replaced", async () => {
    const target = await openWorker(
      "if (request.inputs.die) { console.error('no memory left'); process.exit(9); } return { output: said };",
    );
    expect(await ask(target)).toMatchObject({ status: "ok", output: 1 });
    expect(await ask(target, { die: true })).toMatchObject({
      status: "crashed",
      reason: "it ended with exit code 9 before it answered",
      error: "no memory left",
      attempts: 1,
    });
    expect(await ask(target)).toMatchObject({ status: "ok", output: 1 });
  });

  it("that dies of its very first request has crashed, since a new one waits for its own", async () => {
    const target = await openWorker(
      "if (request.inputs.die) process.kill(process.pid, 'SIGKILL'); return { output: said };",
    );
    expect(await ask(target, { die: true })).toMatchObject({
      status: "crashed",
      reason: "it was ended by SIGKILL before it answered",
    });
    expect(await ask(target)).toMatchObject({ status: "ok", output: 1 });
    expect(pidsIn(join(target.root, "pids"))).toHaveLength(2);
  });

  it("that cannot start is no result of the target", async () => {
    const target = await openWorker("", {
      start: "console.error('no module named agent'); process.exit(1);",
    });
    const run = await ask(target);
    expect(run).toMatchObject({
      status: "infrastructure",
      reason: "it ended with exit code 1 before it was asked anything, 3 times in a row",
      error: "no module named agent",
    });
    const missing = await runOnce({ kind: "worker", run: ["./missing"] });
    expect(missing).toMatchObject({
      status: "infrastructure",
      reason: "the program could not be started (ENOENT)",
    });
  });

  it("may end by itself between two requests", async () => {
    const target = await openWorker("setImmediate(() => process.exit(0)); return { output: said };", {
      fields: { concurrency: 1 },
    });
    const runs = await Promise.all(Array.from({ length: 6 }, () => ask(target)));
    expect(runs.map(({ status, output }) => [status, output])).toEqual(Array(6).fill(["ok", 1]));
  });

  it("that takes too long is ended with all its processes", async () => {
    const target = await openWorker(
      `if (!request.inputs.hang) return { output: "fine" };
       require("node:child_process").spawn("sh", ["-c", "echo $$ >> pids; exec sleep 1000"], { detached: true, stdio: "inherit" });
       process.on("SIGTERM", () => {});`,
      { fields: { timeoutMs: 2000 } },
    );
    expect(await ask(target, { hang: true })).toMatchObject({
      status: "timeout",
      reason: "it did not answer within 2000 ms",
    });
    const pids = pidsIn(join(target.root, "pids"));
    expect(pids).toHaveLength(2);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(await ask(target)).toMatchObject({ status: "ok", output: "fine" });
  });

  it("that floods stdout is ended, be it lines or one line", async () => {
    const target = await openWorker(
      `if (!request.inputs.flood) return { output: "fine" };
       for (;;) await new Promise((r) => process.stdout.write(request.inputs.flood.repeat(1000), r));`,
      { fields: { maxOutputBytes: 20_000 } },
    );
    for (const flood of ["x", "x\n"]) {
      expect(await ask(target, { flood })).toMatchObject({
        status: "too_large",
        reason: "it wrote more than 20000 bytes",
      });
    }
    expect(await ask(target)).toMatchObject({ status: "ok", output: "fine" });
  });

  it("never reads: that ends at the limit however much it is sent", async () => {
    const target = await open({ kind: "worker", run: "sleep 1000", timeoutMs: 500 });
    expect(await ask(target, { text: "x".repeat(4_000_000) })).toMatchObject({ status: "timeout" });
  });

  it("stops at once when the caller does not want it any more", async () => {
    const target = await openWorker(
      "appendFileSync('asked', 'x'); await new Promise(() => setInterval(() => {}, 1000));",
    );
    const stop = new AbortController();
    const running = target.run(request(), { signal: stop.signal });
    await textWhenThere(join(target.root, "asked"));
    stop.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
    expect(pidsIn(join(target.root, "pids")).filter(isAlive)).toEqual([]);
  });

  it("ends when the target is closed, and may finish its work then", async () => {
    const target = await openWorker("return { output: said };", {
      start: "process.stdin.on('end', () => appendFileSync('log', 'flushed'));",
    });
    await ask(target);
    await target[Symbol.asyncDispose]();
    expect(readFileSync(join(target.root, "log"), "utf8")).toBe("flushed");
    await vi.waitFor(() => expect(pidsIn(join(target.root, "pids")).filter(isAlive)).toEqual([]));
  });
});
