import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Json } from "../../src/model/json.ts";
import { isAlive, open, pidsIn, request, runOnce } from "./fixtures.ts";

const node = process.execPath;
const script = (source: string) => ({ kind: "command", run: [node, "-e", source] });
/** A program that writes a text as it is. */
const says = (text: string) => script(`process.stdout.write(${JSON.stringify(text)})`);

describe("a command's input", () => {
  it("is the whole contract as JSON on stdin", async () => {
    const asked = request(
      { question: "why? 😀" },
      { messages: [{ role: "user", content: "hi", extra: [1] }], prompts: { system: "Be brief." } },
    );
    const run = await runOnce({ kind: "command", run: "cat" }, asked);
    expect(run.output).toEqual({
      inputs: { question: "why? 😀" },
      messages: [{ role: "user", content: "hi", extra: [1] }],
      sessionId: "session-1",
      exampleId: "example-1",
      prompts: { system: "Be brief." },
      traceparent: `00-${run.traceId}-${run.spanId}-01`,
    });
    expect(run).toMatchObject({ status: "ok", reason: null, error: null, exitCode: 0, attempts: 1 });
  });

  it("comes with its prompts in a file, its trace and the collector's address", async () => {
    const run = await runOnce(
      {
        ...script(`
          const { readFileSync } = require("node:fs");
          const { EVALWRIGHT_TARGET_RUN, ...env } = process.env;
          const prompts = JSON.parse(readFileSync(env.EVALWRIGHT_PROMPTS, "utf8"));
          console.log(JSON.stringify({ output: { env, prompts } }));`),
        env: ["LISTED", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "NOT_SET"],
        envFile: "agent.env",
      },
      request({}, { prompts: { system: "Ünïcode" }, exampleId: "a,b=c" }),
      {
        files: { "agent.env": "FROM_FILE='two words'\nOTEL_RESOURCE_ATTRIBUTES=team=blue\n# no\n" },
        host: {
          PATH: process.env["PATH"],
          LANG: "C",
          OPENAI_API_KEY: "secret",
          LISTED: "yes",
          OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://elsewhere",
        },
        collector: { url: "http://127.0.0.1:4318", projectId: "shop" },
        resource: { "evalwright.run": "run-7" },
      },
    );
    expect(run.output).toEqual({
      prompts: { system: "Ünïcode" },
      env: {
        PATH: process.env["PATH"],
        LANG: "C",
        LISTED: "yes",
        FROM_FILE: "two words",
        TRACEPARENT: `00-${run.traceId}-${run.spanId}-01`,
        EVALWRIGHT_PROMPTS: expect.any(String),
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318",
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
        OTEL_EXPORTER_OTLP_HEADERS: "x-evalwright-project=shop",
        OTEL_RESOURCE_ATTRIBUTES:
          "team=blue,evalwright.run=run-7,evalwright.example=a%2Cb%3Dc,evalwright.session=session-1",
      },
    });
  });

  it("names the variables that the target lists and nobody set", async () => {
    const target = await open({ kind: "command", run: "cat", env: ["PATH", "NOT_SET"] });
    expect(target.missingVariables).toEqual(["NOT_SET"]);
  });

  it("may be larger than any pipe, and need not be read", async () => {
    const huge = request({ text: "x".repeat(8_000_000) });
    const read = await runOnce(
      script(
        "process.stdin.on('data', c => n += c.length).on('end', () => console.log('got', n)); let n = 0",
      ),
      huge,
    );
    expect(Number(String(read.output).slice(4))).toBeGreaterThan(8_000_000);
    expect(await runOnce({ kind: "command", run: "echo done" }, huge)).toMatchObject({
      status: "ok",
      output: "done",
    });
    expect(await runOnce({ kind: "command", run: "exec <&-; sleep 0.1; echo closed" }, huge)).toMatchObject({
      status: "ok",
      output: "closed",
    });
  });

  it("runs in the folder that the target names", async () => {
    const files = { "agent/here.txt": "found" };
    expect(
      (await runOnce({ kind: "command", run: "cat here.txt", cwd: "agent" }, request(), { files })).output,
    ).toBe("found");
  });
});

describe("a command's output", () => {
  it.each<[string, string, object]>([
    ["plain text", "Hello\nthere \r\n\n", { output: "Hello\nthere " }],
    ["a number is text", "42\n", { output: "42" }],
    ["JSON that is no answer is the output", '{"answer": 5}', { output: { answer: 5 } }],
    ["a list", "[1, 2]", { output: [1, 2] }],
    ["broken JSON is text", '{"output": 5', { output: '{"output": 5' }],
    [
      "an answer",
      JSON.stringify({
        output: { text: "hi" },
        messages: [{ role: "assistant", content: "hi" }],
        toolCalls: [{ name: "look", arguments: { id: 1 }, result: [2] }, { name: "wait" }],
        state: { paid: true },
        usage: { inputTokens: 3, costUsd: 0.5 },
        latency: 3,
      }),
      {
        output: { text: "hi" },
        messages: [{ role: "assistant", content: "hi" }],
        toolCalls: [
          { name: "look", arguments: { id: 1 }, result: [2] },
          { name: "wait", arguments: {} },
        ],
        state: { paid: true },
        usage: { inputTokens: 3, outputTokens: null, costUsd: 0.5 },
        ignored: { lines: 0, fields: ["latency"] },
      },
    ],
    [
      "an answer after other lines",
      'starting\n{"progress": 1}\n{"output": "hi"}\n',
      { output: "hi", ignored: { lines: 2, fields: [] } },
    ],
    ["tool calls alone", '{"output": null, "toolCalls": [{"name": "x"}]}', { output: null }],
  ])("%s", async (_, text, expected) => {
    expect(await runOnce(says(text))).toMatchObject({ status: "ok", reason: null, ...expected });
  });

  it.each<[string, string, object]>([
    ["nothing", "", { status: "empty", reason: "it gave no output" }],
    ["line breaks", "\n \n", { status: "empty" }],
    ["an empty output", '{"output": ""}', { status: "empty", reason: "its output is empty" }],
    ["an error", '{"error": "no such order"}', { status: "error", error: "no such order" }],
    ["an error that is an object", '{"error": {"code": 3}}', { status: "error", error: '{"code":3}' }],
    ["an error beside an output", '{"output": "part", "error": "x"}', { status: "error", output: "part" }],
    [
      "wrong types",
      '{"output": "x", "messages": "none"}',
      { status: "invalid", reason: 'its "messages" is not what the contract says' },
    ],
    ["a tool call without a name", '{"output": "x", "toolCalls": [{}]}', { status: "invalid" }],
    ["deep nesting", `{"output": ${"[".repeat(50_000)}${"]".repeat(50_000)}}`, { status: "invalid" }],
    ["a NUL", "a\0b", { status: "invalid", reason: "its output is not UTF-8 text" }],
  ])("that is a failure: %s", async (_, text, expected) => {
    expect(await runOnce(says(text))).toMatchObject(expected);
  });

  it("that is binary is invalid", async () => {
    const run = await runOnce(script("process.stdout.write(Buffer.from([0x89, 0x50, 0xff, 0xfe, 0x0a]))"));
    expect(run).toMatchObject({ status: "invalid", reason: "its output is not UTF-8 text", output: null });
  });

  it("may be cut anywhere on its way", async () => {
    const run = await runOnce(
      script(`
        const bytes = Buffer.from("naïve 😀𐍈 done");
        const next = (i) => i < bytes.length && process.stdout.write(bytes.subarray(i, i + 1), () => setTimeout(next, 2, i + 1));
        next(0);`),
    );
    expect(run.output).toBe("naïve 😀𐍈 done");
  });

  it("shows the end of stderr when it failed, whole characters only", async () => {
    const run = await runOnce(
      script(`process.stderr.write("é".repeat(5000) + "the end"); process.exitCode = 3`),
    );
    expect(run).toMatchObject({ status: "error", reason: "it ended with exit code 3", exitCode: 3 });
    expect(run.error).toMatch(/^é+the end$/);
    expect(Buffer.byteLength(run.error ?? "")).toBeLessThanOrEqual(2048);
  });

  it("counts with an exit code other than 0 only when it is an answer of the contract", async () => {
    const exits = (text: string) =>
      script(`process.stdout.write(${JSON.stringify(text)}); process.exitCode = 1`);
    expect(await runOnce(exits('{"output": "fine"}'))).toMatchObject({
      status: "ok",
      output: "fine",
      exitCode: 1,
    });
    expect(await runOnce(exits('{"error": "bad"}'))).toMatchObject({ status: "error", error: "bad" });
    expect(await runOnce(exits("half"))).toMatchObject({ status: "error", output: "half", exitCode: 1 });
    expect(await runOnce(exits(""))).toMatchObject({ status: "error", reason: "it ended with exit code 1" });
  });

  it("of a program that dies is a crash", async () => {
    expect(await runOnce({ kind: "command", run: "echo half; kill -9 $$" })).toMatchObject({
      status: "crashed",
      reason: "it was ended by SIGKILL",
      exitCode: null,
    });
  });
});

describe("a command that cannot start", () => {
  it.each<[string, Json]>([
    ["is not there", ["./missing-program"]],
    ["is not executable", ["./text.txt"]],
  ])("because it %s is no result of the target", async (_, run) => {
    const files = { "text.txt": "no program" };
    const result = await runOnce({ kind: "command", run }, request(), { files });
    expect(result).toMatchObject({ status: "infrastructure", attempts: 1, exitCode: null });
    expect(result.reason).toMatch(/^the program could not be started \((ENOENT|EACCES)\)$/);
  });
});

describe("concurrency and reset", () => {
  const logs = script(`
    const { appendFileSync } = require("node:fs");
    appendFileSync("log", "+");
    setTimeout(() => { appendFileSync("log", "-"); console.log("done"); }, 150);`);
  const mostAtOnce = (log: string): number => {
    let now = 0;
    return Math.max(...[...log].map((sign) => (now += sign === "+" ? 1 : sign === "-" ? -1 : 0)));
  };

  it("runs as many at once as the target says", async () => {
    const target = await open({ ...logs, concurrency: 2 });
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 5 }, () => target.run(request(), { signal })));
    const log = readFileSync(join(target.root, "log"), "utf8");
    expect(log).toHaveLength(10);
    expect(mostAtOnce(log)).toBe(2);
  });

  it("resets before each example, one at a time", async () => {
    const target = await open({ ...logs, reset: "printf r >> log" });
    const { signal } = new AbortController();
    expect(target.concurrency).toBe(1);
    await Promise.all([1, 2].map(() => target.run(request(), { signal })));
    expect(readFileSync(join(target.root, "log"), "utf8")).toBe("r+-r+-");
  });

  it("resets once before an evaluation", async () => {
    const target = await open({ ...logs, reset: { run: "printf r >> log", before: "evaluation" } });
    const { signal } = new AbortController();
    await Promise.all([1, 2, 3].map(() => target.run(request(), { signal })));
    expect(readFileSync(join(target.root, "log"), "utf8")).toMatch(/^r[+-]{6}$/);
  });

  it("keeps what a reset started for the examples, until the next one or the end", async () => {
    const server = "sleep 1000 & echo $! >> pids";
    const target = await open({
      kind: "command",
      run: "kill -0 $(tail -n 1 pids) && echo up",
      reset: server,
    });
    const run = () => target.run(request(), { signal: new AbortController().signal });
    expect((await run()).output).toBe("up");
    expect((await run()).output).toBe("up");
    const pids = () => pidsIn(join(target.root, "pids")).map(isAlive);
    expect(pids()).toEqual([false, true]);
    await target[Symbol.asyncDispose]();
    expect(pids()).toEqual([false, false]);
  });

  it("runs nothing after a reset that failed", async () => {
    const files = { "reset.sh": "exit 4" };
    const run = await runOnce({ ...logs, reset: ["sh", "reset.sh"] }, request(), { files });
    expect(run).toMatchObject({ status: "infrastructure", reason: "its reset ended with exit code 4" });
    expect(() => readFileSync(join(run.root, "log"))).toThrow("ENOENT");
    const slow = await runOnce({ ...logs, reset: { run: "sleep 60", timeoutMs: 100 } });
    expect(slow.reason).toBe("its reset did not end within 100 ms");
  });
});
