import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { AppError } from "../../src/errors.ts";
import { type RunJob, runJob } from "../../src/jobs/run.ts";
import type { JobRunner } from "../../src/jobs/runner.ts";
import { jobNow, newJob, newStore, silent, waitForJob } from "./fixtures.ts";

const never = new AbortController().signal;
const with_ = (runner: JobRunner): Pick<RunJob, "runnerOf" | "log" | "signal"> => ({
  runnerOf: async (kind) => (kind === "test" ? runner : undefined),
  log: silent,
  signal: never,
});

/** Works until it is told to stop. */
const untilStopped: JobRunner = async (_job, { signal, progress }) => {
  for (let done = 1; !signal.aborted; done++) {
    progress(done, null, { done });
    await sleep(5);
  }
  return "stopped";
};

describe("a job's run", () => {
  it("ends with its result; the job cannot be run again", async () => {
    const { store } = await newStore();
    const jobId = await newJob(store, "test", { n: 2 });
    const runner: JobRunner = async (job, { progress }) => {
      progress(1, 2);
      return { got: job.input };
    };
    expect(await runJob({ store, jobId, ...with_(runner) })).toBe("done");
    expect(await jobNow(store, jobId)).toMatchObject({
      state: "done",
      result: { got: { n: 2 } },
      done: 1,
      total: 2,
    });
    expect(await runJob({ store, jobId, ...with_(runner) })).toBe("taken");
    await store[Symbol.asyncDispose]();
  });

  it("is held by one of two who start it at once", async () => {
    const { store } = await newStore();
    const jobId = await newJob(store, "test");
    let runs = 0;
    const runner: JobRunner = async () => {
      runs++;
      await sleep(100);
      return null;
    };
    const outcomes = await Promise.all([1, 2].map(() => runJob({ store, jobId, ...with_(runner) })));
    expect(outcomes.sort()).toEqual(["done", "taken"]);
    expect(runs).toBe(1);
    await store[Symbol.asyncDispose]();
  });

  it("fails with words of ours, never with a defect's text", async () => {
    const { store } = await newStore();
    const results: (string | null)[] = [];
    for (const error of [
      new AppError("refused", "Not allowed", { hint: "Ask." }),
      new Error("secret text"),
    ]) {
      const jobId = await newJob(store, "test");
      const runner: JobRunner = async () => {
        throw error;
      };
      expect(await runJob({ store, jobId, ...with_(runner) })).toBe("failed");
      results.push((await jobNow(store, jobId)).error);
    }
    expect(results[0]).toBe("refused: Not allowed. Ask.");
    expect(results[1]).toMatch(/^internal: /);
    expect(results[1]).not.toContain("secret");
    const unknown = await newJob(store, "nonsense");
    expect(await runJob({ store, jobId: unknown, ...with_(untilStopped) })).toBe("failed");
    await store[Symbol.asyncDispose]();
  });

  it("stops soon after it was cancelled, and keeps its progress", async () => {
    const { store } = await newStore();
    const jobId = await newJob(store, "test");
    const running = runJob({ store, jobId, leaseMs: 400, ...with_(untilStopped) });
    await waitForJob(store, jobId, (job) => job.done > 0);
    await store.records.jobs.requestCancel(jobId);
    expect(await running).toBe("cancelled");
    const job = await jobNow(store, jobId);
    expect(job.state).toBe("cancelled");
    expect(job.done).toBeGreaterThan(0);
    await store[Symbol.asyncDispose]();
  });

  it("holds on longer than its lease, by heartbeats", async () => {
    const { store } = await newStore();
    const jobId = await newJob(store, "test");
    const running = runJob({
      store,
      jobId,
      leaseMs: 300,
      ...with_(async () => {
        await sleep(1_200);
        return "held";
      }),
    });
    for (let look = 0; look < 4; look++) {
      await sleep(250);
      expect(await store.records.jobs.claim(jobId, 300)).toBeUndefined();
    }
    expect(await running).toBe("done");
    await store[Symbol.asyncDispose]();
  });

  it("that lost its lease to another neither ends the job nor goes on", async () => {
    const { store } = await newStore();
    const jobId = await newJob(store, "test");
    // As when the whole process was asleep: no heartbeat gets through until another has taken the job.
    let wake = () => {};
    const awake = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const { jobs } = store.records;
    const beat: typeof jobs.beat = (...args) => awake.then(() => jobs.beat(...args));
    const asleep = { ...store, records: { ...store.records, jobs: { ...jobs, beat } } };
    const first = runJob({ store: asleep, jobId, leaseMs: 200, ...with_(untilStopped) });
    const taken = await waitForJob(store, jobId, (job) => job.state === "interrupted");
    expect(taken.epoch).toBe(1);
    const second = await store.records.jobs.claim(jobId, 60_000);
    expect(second?.epoch).toBe(2);
    wake();
    expect(await first).toBe("lost");
    expect(await jobNow(store, jobId)).toMatchObject({ state: "running", epoch: 2 });
    await store[Symbol.asyncDispose]();
  });

  it("of a process that is told to stop leaves the job to whoever starts it again", async () => {
    const { store } = await newStore();
    const jobId = await newJob(store, "test");
    const stop = new AbortController();
    const running = runJob({ store, jobId, leaseMs: 300, ...with_(untilStopped), signal: stop.signal });
    await waitForJob(store, jobId, (job) => job.state === "running");
    stop.abort();
    expect(await running).toBe("lost");
    await waitForJob(store, jobId, (job) => job.state === "interrupted");
    expect(await runJob({ store, jobId, ...with_(async () => "again") })).toBe("done");
    expect((await jobNow(store, jobId)).result).toBe("again");
    await store[Symbol.asyncDispose]();
  });
});
