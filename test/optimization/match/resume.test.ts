import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { afterAll, expect, it, vi } from "vitest";
import { saveDataset } from "../../../src/datasets/save.ts";
import { runJob } from "../../../src/jobs/run.ts";
import { saveJudge } from "../../../src/judges/save.ts";
import type { Budget } from "../../../src/model/ledger.ts";
import { OptimizationSummary } from "../../../src/model/optimization-summary.ts";
import { searchSettings } from "../../../src/optimization/campaign/search-options.ts";
import { createMatch } from "../../../src/optimization/match/start.ts";
import { keepPrompt } from "../../../src/registry/save.ts";
import { openSqliteStore } from "../../../src/store/sqlite/open.ts";
import type { Store } from "../../../src/store/store.ts";
import { type ScriptedEndpoint, startScriptedEndpoint } from "../../scripted-endpoint.ts";
import { addTeacher, makeAgent, makeQuestions, presentText, withRuleOf } from "../campaign/fixture.ts";

const repository = makeAgent();
addTeacher(repository);
const folders = [repository];
const project = { id: "shop", slug: "shop" };
const silent = pino({ enabled: false });
const LEASE_MS = 400;
const CALLS = 260;

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

async function prepare(
  url: string,
  { maxProposals, budget }: { readonly maxProposals?: number; readonly budget?: Budget },
) {
  const folder = mkdtempSync(join(tmpdir(), "evalwright-match-store-"));
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
  await saveJudge(context, {
    spec: {
      name: "same",
      builtin: "exact_match",
      params: { expectation: "teacher" },
      whenExpected: "teacher",
      negate: false,
    },
    dryRun: false,
  });
  const { job, record } = await createMatch(context, {
    dataset: "refunds",
    teacher: "teacher.yaml",
    students: ["student.yaml", "slow.yaml"],
    margin: 0.3,
    prompts: ["system=support"],
    code: false,
    judges: ["exact_match", "same"],
    objectives: [],
    proposer: "model",
    search: searchSettings({ proposer: "model", maxProposals, repeats: 1, objectives: [] }, budget),
    seed: "fixed",
    allowRealSideEffects: false,
    budget,
    dryRun: false,
  });
  return { store, jobId: job.id, students: record.students };
}

/** Runs the job, killed after the first event that was not seen before; false: it came to its end. */
async function runUntilNew(store: Store, jobId: string, seen: Set<string>): Promise<boolean> {
  const stop = new AbortController();
  const { optimizations } = store.records;
  const watched: Store = {
    ...store,
    records: {
      ...store.records,
      optimizations: {
        ...optimizations,
        async putEvent(holder, id, number, body) {
          await optimizations.putEvent(holder, id, number, body);
          if (stop.signal.aborted || seen.has(`${id} ${number}`)) return;
          seen.add(`${id} ${number}`);
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
    if (outcome === "taken") await sleep(50);
    else {
      expect(outcome).toBe(stop.signal.aborted ? "lost" : "done");
      return stop.signal.aborted;
    }
  }
}

type Prepared = Awaited<ReturnType<typeof prepare>>;

async function outcomes({ store, students }: Prepared) {
  const found = await Promise.all(
    students.map(({ optimization }) => store.records.optimizations.get(project.id, optimization)),
  );
  return found.map((one) => {
    const { spent: _, ...summary } = OptimizationSummary.parse(one?.summary);
    return summary;
  });
}

it("killed at every event, a switch comes to the same end for each student", async () => {
  await using straight = await startReflection();
  const whole = await prepare(straight.url, { maxProposals: 4 });
  const run = { store: whole.store, jobId: whole.jobId, log: silent, signal: new AbortController().signal };
  expect(await runJob(run)).toBe("done");
  const expected = await outcomes(whole);
  await whole.store[Symbol.asyncDispose]();
  expect(expected.map(({ proposals }) => proposals)).toEqual([4, 4]);

  await using endpoint = await startReflection();
  const killed = await prepare(endpoint.url, { maxProposals: 4 });
  const seen = new Set<string>();
  while (await runUntilNew(killed.store, killed.jobId, seen)) expect(seen.size).toBeLessThan(100);
  expect(seen.size).toBeGreaterThan(8);
  expect(await outcomes(killed)).toEqual(expected);
  const { spent } = await killed.store.records.ledger.report(project.id, {
    scope: "job",
    jobId: killed.jobId,
  });
  expect(endpoint.log.length).toBeLessThanOrEqual(straight.log.length + spent.lost);
  await killed.store[Symbol.asyncDispose]();
}, 400_000);

it("one budget is shared: no student takes what the next one and the look need", async () => {
  await using endpoint = await startReflection();
  const prepared = await prepare(endpoint.url, { budget: { calls: CALLS } });
  const { store, jobId } = prepared;
  expect(await runJob({ store, jobId, log: silent, signal: new AbortController().signal })).toBe("done");
  const found = await outcomes(prepared);
  expect(found.every(({ proposals, stop }) => proposals >= 2 && stop === "budget")).toBe(true);
  const { spent } = await store.records.ledger.report(project.id, { scope: "job", jobId });
  const sealed = (await store.records.optimizations.get(project.id, prepared.students[0]?.optimization ?? ""))
    ?.setup.examples.holdout;
  expect(CALLS - spent.calls).toBeGreaterThanOrEqual(5 * (sealed ?? 0));
  await store[Symbol.asyncDispose]();
}, 400_000);
