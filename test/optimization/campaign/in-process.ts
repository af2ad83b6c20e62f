import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { expect, vi } from "vitest";
import { saveDataset } from "../../../src/datasets/save.ts";
import { type RunOutcome, runJob } from "../../../src/jobs/run.ts";
import type { JudgeRef } from "../../../src/judges/judges-for.ts";
import { searchSettings } from "../../../src/optimization/campaign/search-options.ts";
import { createOptimization } from "../../../src/optimization/campaign/start.ts";
import { keepPrompt } from "../../../src/registry/save.ts";
import { openSqliteStore } from "../../../src/store/sqlite/open.ts";
import type { Store } from "../../../src/store/store.ts";
import { type ScriptedEndpoint, startScriptedEndpoint } from "../../scripted-endpoint.ts";
import { makeQuestions, presentText, withRuleOf } from "./fixture.ts";

export const project = { id: "shop", slug: "shop" };
const silent = pino({ enabled: false });
export const never = new AbortController().signal;
const LEASE_MS = 400;

export const startReflection = (): Promise<ScriptedEndpoint> =>
  startScriptedEndpoint({
    answer(request) {
      const order = JSON.stringify(request.body).replaceAll("\\n", "\n");
      const system = withRuleOf(presentText(order), order);
      return JSON.stringify({ hypothesis: "a policy is missing", components: { system } });
    },
  });

/** A store with a dataset and a prompt, and this model endpoint for whatever runs here. */
export async function openShop(url: string, repository: string) {
  const folder = await mkdtemp(join(tmpdir(), "evalwright-campaign-store-"));
  const location = join(folder, "store.db");
  vi.stubEnv("CLAUDE_PROJECT_DIR", repository);
  vi.stubEnv("EVALWRIGHT_MODEL", "scripted");
  vi.stubEnv("EVALWRIGHT_MODEL_BASE_URL", url);
  const store = await openSqliteStore({ path: location });
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
  return { store, location, folder, context };
}

/** A store with a campaign that has not begun. */
export async function prepare(
  url: string,
  {
    repository,
    judges = ["exact_match"],
    proposer = "model",
  }: {
    readonly repository: string;
    readonly judges?: readonly JudgeRef[];
    readonly proposer?: "model" | "assistant";
  },
) {
  const { context, ...shop } = await openShop(url, repository);
  const { jobId, optimizationId } = await createOptimization(context, {
    dataset: "refunds",
    target: "agent.yaml",
    prompts: ["system=support"],
    code: false,
    judges,
    objectives: [],
    proposer,
    search: searchSettings({ proposer, maxProposals: 5, repeats: 1, objectives: [] }, undefined),
    seed: "fixed",
    allowRealSideEffects: false,
    dryRun: false,
  });
  return { ...shop, context, jobId, optimizationId };
}

/** Runs a job here as soon as it is free. */
export async function runHere(store: Store, jobId: string, signal: AbortSignal): Promise<RunOutcome> {
  for (;;) {
    const outcome = await runJob({ store, jobId, log: silent, signal, leaseMs: LEASE_MS });
    if (outcome !== "taken") return outcome;
    await sleep(50);
  }
}

/**
 * Runs a job, stopped as a kill does after the first event of a campaign that was not seen before; false: there was none
 * left, and it came to its end.
 */
export async function runUntilNew(store: Store, jobId: string, seen: Set<string>): Promise<boolean> {
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
  const outcome = await runHere(watched, jobId, stop.signal);
  expect(outcome).toBe(stop.signal.aborted ? "lost" : "done");
  return stop.signal.aborted;
}

/** A program that judges as `exact_match` does, with other words each time it is another. */
export const judgeOf = (says: string): string =>
  `import { readFileSync } from "node:fs";
const { output, expectations } = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify({ pass: output === expectations.answer, rationale: ${JSON.stringify(says)} }));
`;

/** Runs a job that must not go on with another judge than it began with, and lets it go on. */
export async function refusedForJudge(store: Store, jobId: string): Promise<void> {
  expect(await runHere(store, jobId, never)).toBe("failed");
  const job = await store.records.jobs.get(project.id, jobId);
  expect(job?.error).toMatch(
    /^conflict: Changed inside the campaign: the program of judge (command|graded).*Bring back/s,
  );
  await store.records.jobs.reopen(jobId);
}
