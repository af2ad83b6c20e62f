import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { packageRoot } from "../../src/runtime.ts";
import { endOrphans } from "../../src/targets/process-tree.ts";
import { isAlive, newFolder, open, pidsIn, request, runOnce, textWhenThere } from "./fixtures.ts";

const node = process.execPath;
const script = (source: string) => ({ kind: "command", run: [node, "-e", source] });

describe("a program that will not end", () => {
  it("is forced when it ignores SIGTERM", async () => {
    const run = await runOnce({
      ...script(`
        process.on("SIGTERM", () => require("node:fs").appendFileSync("asked", "x"));
        require("node:fs").writeFileSync("pids", String(process.pid));
        console.error("still here");
        setInterval(() => {}, 1000);`),
      timeoutMs: 2_000,
    });
    expect(run).toMatchObject({
      status: "timeout",
      reason: "it did not end within 2000 ms",
      error: "still here",
      output: null,
    });
    expect(pidsIn(join(run.root, "asked"))).toHaveLength(1);
    expect(pidsIn(join(run.root, "pids")).map(isAlive)).toEqual([false]);
  });

  it("takes all its processes along: sessions of their own, dropped environments, ignored signals", async () => {
    const run = await runOnce({
      kind: "command",
      run: `
        trap "" TERM
        sleep 1000 & echo $! >> pids
        setsid sleep 1000 & echo $! >> pids
        setsid sh -c 'sleep 1000 & echo $! >> pids; exec sleep 1000' & echo $! >> pids
        setsid env -i sleep 1000 & echo $! >> pids
        (setsid sleep 1000 & echo $! >> pids)
        sleep 1000`,
      timeoutMs: 1_500,
    });
    expect(run.status).toBe("timeout");
    const pids = pidsIn(join(run.root, "pids"));
    expect(pids).toHaveLength(6);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it("is ended when it floods stdout", async () => {
    const run = await runOnce({ kind: "command", run: "echo $$ > pids; yes", maxOutputBytes: 10_000 });
    expect(run).toMatchObject({
      status: "too_large",
      reason: "it wrote more than 10000 bytes",
      output: null,
    });
    expect(pidsIn(join(run.root, "pids")).map(isAlive)).toEqual([false]);
    const exact = { ...script("process.stdout.write('x'.repeat(1000))"), maxOutputBytes: 1000 };
    expect(await runOnce(exact)).toMatchObject({ status: "ok" });
    expect(await runOnce({ ...exact, maxOutputBytes: 999 })).toMatchObject({ status: "too_large" });
  });

  it("may flood stderr as long as it likes", async () => {
    const run = await runOnce({
      kind: "command",
      run: "head -c 20000000 /dev/zero | tr '\\0' 'e' >&2; echo fine",
    });
    expect(run).toMatchObject({ status: "ok", output: "fine" });
  });

  it("stops at once when the caller does not want it any more", async () => {
    const target = await open({ kind: "command", run: "echo $$ > pids; sleep 1000" });
    const stop = new AbortController();
    const running = target.run(request(), { signal: stop.signal });
    const [pid = 0] = [Number(await textWhenThere(join(target.root, "pids")))];
    expect(isAlive(pid)).toBe(true);
    stop.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
    expect(isAlive(pid)).toBe(false);
    await expect(target.run(request(), { signal: stop.signal })).rejects.toThrow("enough");
  });
});

describe("a program that has ended", () => {
  it("does not leave anything behind that holds its stdout", async () => {
    const run = await runOnce({ kind: "command", run: "sleep 1000 & echo $! > pids; echo hi" });
    expect(run).toMatchObject({ status: "ok", output: "hi" });
    expect(pidsIn(join(run.root, "pids")).map(isAlive)).toEqual([false]);
  });

  it("is not waited for when something that escaped holds its stdout", async () => {
    const folder = newFolder();
    const escaping =
      "(setsid env -i sh -c 'echo $$ > pids; exec sleep 1000' &) ; while [ ! -s pids ]; do sleep 0.02; done; sleep 0.1; echo hi";
    const owner = runElsewhere(folder, escaping, { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => {
      for (const pid of pidsIn(join(folder, "pids"))) process.kill(pid, "SIGKILL");
    });
    if (!owner.stdout) throw new Error("no stdout");
    const said = text(owner.stdout);
    // The process that ran it ends too: nothing of it is still listened to.
    expect(await new Promise((resolve) => owner.once("exit", resolve))).toBe(0);
    expect(JSON.parse(await said)).toMatchObject({ status: "ok", output: "hi" });
    expect(pidsIn(join(folder, "pids")).map(isAlive)).toEqual([true]);
  });
});

describe.runIf(process.platform === "linux")("what a killed process of ours left running", () => {
  it("is ended when the next target opens", async () => {
    const folder = newFolder();
    const owner = runElsewhere(folder, "echo $$ > pids; exec sleep 1000", { stdio: "inherit" });
    const pid = Number(await textWhenThere(join(folder, "pids")));
    await endOrphans();
    expect(isAlive(pid)).toBe(true); // its owner lives
    const ended = new Promise((resolve) => owner.once("exit", resolve));
    owner.kill("SIGKILL");
    await ended;
    await open({ kind: "command", run: "true" });
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false));
  });
});

/** A process of its own that runs a command once as a target and prints what it came to. */
function runElsewhere(root: string, command: string, options: SpawnOptions): ChildProcess {
  const spec = JSON.stringify({ kind: "command", run: command });
  const source = `
    import { parseTarget } from ${JSON.stringify(join(packageRoot, "src/targets/parse.ts"))};
    import { openTarget } from ${JSON.stringify(join(packageRoot, "src/targets/open.ts"))};
    const spec = await parseTarget(${JSON.stringify(spec)});
    const target = await openTarget(spec, { root: ${JSON.stringify(root)}, allowCommands: true });
    const asked = { inputs: {}, messages: [], sessionId: "s", exampleId: "e", prompts: {} };
    console.log(JSON.stringify(await target.run(asked, { signal: new AbortController().signal })));
    await target[Symbol.asyncDispose]();`;
  const owner = spawn(node, ["--input-type=module", "-e", source], options);
  onTestFinished(() => void owner.kill("SIGKILL"));
  return owner;
}
