import { rmSync } from "node:fs";
import { afterAll, expect, it, vi } from "vitest";
import type { Context } from "../../../src/context.ts";
import { finishOptimization } from "../../../src/optimization/campaign/finish.ts";
import { makeAgent } from "./fixture.ts";
import { never, prepare, project, runHere, startReflection } from "./in-process.ts";

const repository = makeAgent();
const folders = [repository];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

it("a search that begins to wait just when it is asked to end is let go on to its end", async () => {
  await using endpoint = await startReflection();
  const { store, folder, jobId, optimizationId, ...made } = await prepare(endpoint.url, {
    repository,
    proposer: "assistant",
  });
  folders.push(folder);
  const { jobs, optimizations } = store.records;
  expect(await runHere(store, jobId, never)).toBe("waiting");
  await jobs.reopen(jobId);
  const running = await jobs.claim(jobId, 60_000);
  expect(running?.state).toBe("running");
  const started: string[] = [];
  const context: Context = {
    ...made.context,
    store: {
      ...store,
      records: {
        ...store.records,
        jobs: {
          ...jobs,
          // It had asked whether it is to end before it was told so, and parks after that.
          async get(projectId, id) {
            const job = await jobs.get(projectId, id);
            const isTold = (await optimizations.get(project.id, optimizationId))?.stopRequested;
            if (job?.state === "running" && job.epoch === running?.epoch && isTold)
              await jobs.finish(id, job.epoch, "waiting", {}, null);
            return job;
          },
        },
      },
    },
    signal: never,
    progress: () => undefined,
    collector: () => ({ state: "off", httpUrl: null, grpcUrl: null, detail: "" }),
    jobs: {
      async start(_, id) {
        started.push(id);
        void runHere(store, id, never);
      },
    },
  };
  const answer = await finishOptimization(context, { optimization: optimizationId, dryRun: false });
  expect(answer.data).toMatchObject({ verdict: "not_shown" });
  expect(started).toEqual([jobId]);
  await store[Symbol.asyncDispose]();
}, 60_000);
