import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createJobStarter } from "../../src/jobs/start.ts";
import { entryUrl, packageRoot } from "../../src/runtime.ts";
import type { Store } from "../../src/store/store.ts";
import { jobNow, newJob, newStore, PROJECT, silent, waitForJob } from "./fixtures.ts";

const FILES = 32;
const SPANS = 200;
const TRACES = FILES * (SPANS / 4);

/** Files of traces of four spans each; enough that a child can be killed in the middle. */
async function writeTraces(folder: string): Promise<string> {
  const input = join(folder, "input");
  await mkdir(input);
  for (let file = 0; file < FILES; file++) {
    const lines = Array.from({ length: SPANS }, (_, n) => {
      const trace = file * SPANS + Math.floor(n / 4);
      const span = {
        traceId: `a${trace.toString(16).padStart(31, "0")}`,
        spanId: `b${(file * SPANS + n).toString(16).padStart(15, "0")}`,
        name: "chat m",
        startTimeUnixNano: String(1_772_359_200_000_000_000n + BigInt(n) * 1_000_000n),
        endTimeUnixNano: String(1_772_359_201_000_000_000n + BigInt(n) * 1_000_000n),
        attributes: [
          { key: "gen_ai.operation.name", value: { stringValue: "chat" } },
          { key: "gen_ai.conversation.id", value: { stringValue: `session-${file}` } },
          {
            key: "gen_ai.input.messages",
            value: {
              stringValue: JSON.stringify([
                { role: "user", parts: [{ type: "text", content: `words ${file} ${n}` }] },
              ]),
            },
          },
        ],
      };
      return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
    });
    await writeFile(join(input, `${String(file).padStart(3, "0")}.jsonl`), lines.join("\n"));
  }
  return input;
}

const entry = fileURLToPath(entryUrl("job-child"));
const run = (jobId: string, location: string, leaseMs: number): ChildProcess =>
  spawn(process.execPath, [entry, jobId, location, String(leaseMs)], { stdio: "ignore" });

const exited = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.once("exit", (code) => resolve(code)));

async function contents(store: Store): Promise<{ traces: number; spans: number; digest: string }> {
  await store.traces.settle();
  const query = { projectId: PROJECT, filter: { type: "all" }, order: "oldest", limit: 100 } as const;
  const { items } = await store.traces.searchSessions(query);
  return {
    traces: items.reduce((sum, item) => sum + item.turns, 0),
    spans: items.reduce((sum, item) => sum + item.totals.spans, 0),
    digest: items
      .map((item) => `${item.sessionId} ${item.turns} ${item.totals.spans}`)
      .sort()
      .join("\n"),
  };
}

describe("a job's process", () => {
  it("imports, reports progress and result, and logs beside the store", async () => {
    const { store, location, folder } = await newStore();
    const input = await writeTraces(folder);
    const id = await newJob(store, "import", { paths: [input], feedbackSource: "human" });
    await createJobStarter({ storeLocation: location, log: silent }).start(PROJECT, id);
    const job = await waitForJob(store, id, (now) => now.state === "done" || now.state === "failed");
    expect(job).toMatchObject({
      state: "done",
      result: { taken: { traces: TRACES, spans: FILES * SPANS, sessions: FILES } },
    });
    expect(job.done).toBe(job.total);
    expect((await contents(store)).traces).toBe(TRACES);
    const log = await readFile(join(folder, "jobs.log"), "utf8");
    expect(log).toContain('"outcome":"done"');
    expect(log).not.toContain("words 1");
    await store[Symbol.asyncDispose]();
  });

  it("killed in the middle and started again ends with the same content", async () => {
    const whole = await newStore();
    const input = await writeTraces(whole.folder);
    const wholeId = await newJob(whole.store, "import", { paths: [input] });
    await exited(run(wholeId, whole.location, 5_000));

    const { store, location } = await newStore();
    const id = await newJob(store, "import", { paths: [input] });
    const child = run(id, location, 600_000); // its death is seen, whatever its lease
    // Not by its progress, which is told once a second: by then a quick machine has imported all of it.
    while ((await contents(store)).spans === 0) await sleep(5);
    child.kill("SIGKILL");
    await exited(child);
    const killed = await waitForJob(store, id, (job) => job.state !== "running");
    expect(killed.state).toBe("interrupted");
    await exited(run(id, location, 5_000));
    expect(await jobNow(store, id)).toMatchObject({ state: "done", epoch: 2 });
    expect(await contents(store)).toEqual(await contents(whole.store));
    expect((await contents(store)).spans).toBe(FILES * SPANS);
    await store[Symbol.asyncDispose]();
    await whole.store[Symbol.asyncDispose]();
  });

  it("is one of two that were started: the other goes away", async () => {
    const { store, location, folder } = await newStore();
    const input = await writeTraces(folder);
    const id = await newJob(store, "import", { paths: [input] });
    const children = [run(id, location, 10_000), run(id, location, 10_000)];
    await Promise.all(children.map(exited));
    expect(await jobNow(store, id)).toMatchObject({ state: "done", epoch: 1 });
    const log = await readFile(join(folder, "jobs.log"), "utf8");
    expect([...log.matchAll(/"outcome":"(\w+)"/g)].map((match) => match[1]).sort()).toEqual([
      "done",
      "taken",
    ]);
    await store[Symbol.asyncDispose]();
  });

  it("stops when the job is cancelled", async () => {
    const { store, location, folder } = await newStore();
    const input = await writeTraces(folder);
    const id = await newJob(store, "import", { paths: [input] });
    const child = run(id, location, 400);
    await waitForJob(store, id, (job) => job.state === "running");
    await store.records.jobs.requestCancel(id);
    await exited(child);
    expect((await jobNow(store, id)).state).toBe("cancelled");
    await store[Symbol.asyncDispose]();
  });

  it("outlives the process that started it, and its terminal", async () => {
    const { store, location, folder } = await newStore();
    const input = await writeTraces(folder);
    const id = await newJob(store, "import", { paths: [input] });
    const start = join(packageRoot, "src/jobs/start.ts");
    const script = `
      const { createJobStarter } = await import(${JSON.stringify(start)});
      const log = { debug() {} };
      await createJobStarter({ storeLocation: ${JSON.stringify(location)}, log }).start("p", ${JSON.stringify(id)});
      console.log("started");
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "ignore"],
      detached: true,
    });
    await new Promise((resolve) => parent.stdout.once("data", resolve));
    // The parent's whole process group, as when a host is killed or a terminal closes.
    if (parent.pid !== undefined) process.kill(-parent.pid, "SIGKILL");
    await exited(parent);
    const running = await waitForJob(store, id, (job) => job.state !== "queued");
    if (running.state === "running") {
      const log = await readFile(join(folder, "jobs.log"), "utf8").catch(() => "");
      const pid = /"pid":(\d+)/.exec(log)?.[1];
      if (pid !== undefined) process.kill(Number(pid), "SIGHUP");
    }
    expect((await waitForJob(store, id, (job) => job.state === "done")).epoch).toBe(1);
    await store[Symbol.asyncDispose]();
  });

  it("ends a job of an unknown kind or with unusable input as failed", async () => {
    const { store, location } = await newStore();
    const id = await newJob(store, "import", { paths: [] });
    expect(await exited(run(id, location, 5_000))).toBe(0);
    expect(await jobNow(store, id)).toMatchObject({
      state: "failed",
      error: expect.stringContaining("invalid_input"),
    });
    await store[Symbol.asyncDispose]();
  });
});
