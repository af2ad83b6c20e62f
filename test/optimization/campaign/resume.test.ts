import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { afterAll, expect, it, vi } from "vitest";
import { saveDataset } from "../../../src/datasets/save.ts";
import { runJob } from "../../../src/jobs/run.ts";
import { searchSettings } from "../../../src/optimization/campaign/search-options.ts";
import { createOptimization } from "../../../src/optimization/campaign/start.ts";
import { keepPrompt } from "../../../src/registry/save.ts";
import { openSqliteStore } from "../../../src/store/sqlite/open.ts";
import type { Store } from "../../../src/store/store.ts";
import { type ScriptedEndpoint, startScriptedEndpoint } from "../../scripted-endpoint.ts";
import { makeAgent, makeQuestions, presentText, withRuleOf } from "./fixture.ts";

const repository = makeAgent();
const folders = [repository];
const project = { id: "shop", slug: "shop" };
const silent = pino({ enabled: false });
const LEASE_MS = 400;

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

const startReflection = (): Promise<ScriptedEndpoint> =>
  startScriptedEndpoint({
    answer(request) {
      const order = JSON.stringify(request.body).replaceAll("\\n", "\n");
      const system = withRuleOf(presentText(order), order);
      return JSON.stringify({ hypothesis: "a policy is missing", components: { system } });
    },
  });

/** A store with a campaign that has not begun. */
async function prepare(url: string) {
  const folder = await mkdtemp(join(tmpdir(), "evalwright-campaign-store-"));
  folders.push(folder);
  vi.stubEnv("CLAUDE_PROJECT_DIR", repository);
  vi.stubEnv("EVALWRIGHT_MODEL", "scripted");
  vi.stubEnv("EVALWRIGHT_MODEL_BASE_URL", url);
  const store = await openSqliteStore({ path: join(folder, "store.db") });
  const context = { store, project, allowCommands: true, now: () => 1_772_359_200_000_000, log: silent };
  await store.records.ensureProject(project);
  await saveDataset(context, {
    name: "refunds",
    examples: makeQuestions(40),
    level: "traces",
    limit: 100,
    addPassing: 0,
    synthetic: false,
    dryRun: false,
  });
  await keepPrompt(context, { name: "support", text: "You are a shop assistant." });
  const { jobId, optimizationId } = await createOptimization(context, {
    dataset: "refunds",
    target: "agent.yaml",
    prompts: ["system=support"],
    code: false,
    judges: ["exact_match"],
    objectives: [],
    proposer: "model",
    search: searchSettings({ proposer: "model", maxProposals: 5, repeats: 1, objectives: [] }, undefined),
    seed: "fixed",
    allowRealSideEffects: false,
    dryRun: false,
  });
  return { store, jobId, optimizationId };
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
  for (;;) {
    const outcome = await runJob({
      store: watched,
      jobId,
      log: silent,
      signal: stop.signal,
      leaseMs: LEASE_MS,
    });
    if (outcome !== "taken") {
      expect(outcome).toBe(killed ? "lost" : "done");
      return killed;
    }
    await sleep(50);
  }
}

it("killed at every event, a campaign comes to the same end, and no answer is paid twice but those in flight", async () => {
  await using straight = await startReflection();
  const whole = await prepare(straight.url);
  expect(await runUntil(whole.store, whole.jobId, -1)).toBe(false);
  const expected = await whole.store.records.optimizations.get(project.id, whole.optimizationId);
  expect(expected?.resultHash).toBeTruthy();
  await whole.store[Symbol.asyncDispose]();

  await using endpoint = await startReflection();
  const { store, jobId, optimizationId } = await prepare(endpoint.url);
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
