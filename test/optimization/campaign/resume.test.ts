import { rmSync } from "node:fs";
import { afterAll, expect, it, vi } from "vitest";
import type { Store } from "../../../src/store/store.ts";
import { makeAgent } from "./fixture.ts";
import { never, prepare, project, runHere, runUntilNew, startReflection } from "./in-process.ts";

const repository = makeAgent();
const folders = [repository];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

async function prepared(url: string) {
  const made = await prepare(url, { repository });
  folders.push(made.folder);
  return made;
}

it("killed at every event, a campaign comes to the same end, and no answer is paid twice but those in flight", async () => {
  await using straight = await startReflection();
  const whole = await prepared(straight.url);
  expect(await runHere(whole.store, whole.jobId, never)).toBe("done");
  const expected = await whole.store.records.optimizations.get(project.id, whole.optimizationId);
  expect(expected?.resultHash).toBeTruthy();
  await whole.store[Symbol.asyncDispose]();

  await using endpoint = await startReflection();
  const { store, jobId, optimizationId } = await prepared(endpoint.url);
  const seen = new Set<string>();
  expect(await runUntilNew(store, jobId, seen)).toBe(true);
  // The agent sends no traces, which is known from what it did before: nobody waits for them again.
  const looks = new Map<string, number>();
  const { traces } = store;
  const counting: Store = {
    ...store,
    traces: {
      ...traces,
      getTrace(projectId, id) {
        looks.set(id, (looks.get(id) ?? 0) + 1);
        return traces.getTrace(projectId, id);
      },
    },
  };
  while (await runUntilNew(counting, jobId, seen)) expect(seen.size).toBeLessThan(100);
  expect(looks.size).toBeGreaterThan(0);
  expect(Math.max(...looks.values())).toBe(1);
  const events = await store.records.optimizations.readEvents({
    projectId: project.id,
    id: optimizationId,
    from: 0,
    limit: 500,
  });
  expect(seen.size).toBe(events.length);
  expect(seen.size).toBeGreaterThan(5);
  const ended = await store.records.optimizations.get(project.id, optimizationId);
  expect(ended?.resultHash).toBe(expected?.resultHash);
  const { spent } = await store.records.ledger.report(project.id, { scope: "job", jobId });
  expect(endpoint.log.length).toBeLessThanOrEqual(straight.log.length + spent.lost);
  await store[Symbol.asyncDispose]();
}, 240_000);
