import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { vi } from "vitest";
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
const LEASE_MS = 400;

export const startReflection = (): Promise<ScriptedEndpoint> =>
  startScriptedEndpoint({
    answer(request) {
      const order = JSON.stringify(request.body).replaceAll("\\n", "\n");
      const system = withRuleOf(presentText(order), order);
      return JSON.stringify({ hypothesis: "a policy is missing", components: { system } });
    },
  });

/** A store with a campaign that has not begun. */
export async function prepare(
  url: string,
  {
    repository,
    judges = ["exact_match"],
  }: { readonly repository: string; readonly judges?: readonly JudgeRef[] },
) {
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
  const { jobId, optimizationId } = await createOptimization(context, {
    dataset: "refunds",
    target: "agent.yaml",
    prompts: ["system=support"],
    code: false,
    judges,
    objectives: [],
    proposer: "model",
    search: searchSettings({ proposer: "model", maxProposals: 5, repeats: 1, objectives: [] }, undefined),
    seed: "fixed",
    allowRealSideEffects: false,
    dryRun: false,
  });
  return { store, location, folder, jobId, optimizationId };
}

/** Runs a job here as soon as it is free. */
export async function runHere(store: Store, jobId: string, signal: AbortSignal): Promise<RunOutcome> {
  for (;;) {
    const outcome = await runJob({ store, jobId, log: silent, signal, leaseMs: LEASE_MS });
    if (outcome !== "taken") return outcome;
    await sleep(50);
  }
}
