import { rmSync } from "node:fs";
import { afterAll, expect, it, vi } from "vitest";
import type { Store } from "../../../src/store/store.ts";
import { makeAgent } from "./fixture.ts";
import { prepare, project, runHere, startReflection } from "./in-process.ts";

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

/** Stops the job as a kill does, after the event of this number has been written; false: there was none left. */
async function runUntil(store: Store, jobId: string, event: number): Promise<boolean> {
  const stop = new AbortController();
  let killed = false;
  const { optimizations } = store.records;
  const watched: Store = {
    ...store,
    records: {
      ...store.records,
      optimizations: {
        ...optimizations,
        async putEvent(holder, id, number, body) {
          await optimizations.putEvent(holder, id, number, body);
          if (number !== event) return;
          killed = true;
          stop.abort();
        },
      },
    },
  };
  const outcome = await runHere(watched, jobId, stop.signal);
  expect(outcome).toBe(killed ? "lost" : "done");
  return killed;
}

it("killed at every event, a campaign comes to the same end, and no answer is paid twice but those in flight", async () => {
  await using straight = await startReflection();
  const whole = await prepared(straight.url);
  expect(await runUntil(whole.store, whole.jobId, -1)).toBe(false);
  const expected = await whole.store.records.optimizations.get(project.id, whole.optimizationId);
  expect(expected?.resultHash).toBeTruthy();
  await whole.store[Symbol.asyncDispose]();

  await using endpoint = await startReflection();
  const { store, jobId, optimizationId } = await prepared(endpoint.url);
  let kills = 0;
  while (await runUntil(store, jobId, kills)) kills += 1;
  const events = await store.records.optimizations.readEvents({
    projectId: project.id,
    id: optimizationId,
    from: 0,
    limit: 500,
  });
  expect(kills).toBe(events.length);
  expect(kills).toBeGreaterThan(5);
  const ended = await store.records.optimizations.get(project.id, optimizationId);
  expect(ended?.resultHash).toBe(expected?.resultHash);
  const { spent } = await store.records.ledger.report(project.id, { scope: "job", jobId });
  expect(endpoint.log.length).toBeLessThanOrEqual(straight.log.length + spent.lost);
  await store[Symbol.asyncDispose]();
}, 240_000);
