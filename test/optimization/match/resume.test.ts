import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { saveJudge } from "../../../src/judges/save.ts";
import type { Budget } from "../../../src/model/ledger.ts";
import { OptimizationSummary } from "../../../src/model/optimization-summary.ts";
import { searchSettings } from "../../../src/optimization/campaign/search-options.ts";
import { findMatch } from "../../../src/optimization/match/find.ts";
import { createMatchLook } from "../../../src/optimization/match/finish.ts";
import { createMatch } from "../../../src/optimization/match/start.ts";
import { addTeacher, makeAgent } from "../campaign/fixture.ts";
import {
  judgeOf,
  never,
  openShop,
  project,
  refusedForJudge,
  runHere,
  runUntilNew,
  startReflection,
} from "../campaign/in-process.ts";

const repository = makeAgent();
addTeacher(repository);
const folders = [repository];
const edit = (says: string) => writeFileSync(join(repository, "judge.mjs"), judgeOf(says));
// Not a file of the targets' own, whose change would be refused as that.
writeFileSync(join(repository, ".gitignore"), "judge.mjs\n");
edit("first");
const CALLS = 260;

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

async function prepare(
  url: string,
  {
    maxProposals,
    budget,
    judge = "exact_match",
  }: { readonly maxProposals?: number; readonly budget?: Budget; readonly judge?: string },
) {
  const { store, folder, context } = await openShop(url, repository);
  folders.push(folder);
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
  await saveJudge(context, {
    spec: { name: "graded", builtin: "command", params: { program: "judge.mjs" }, negate: false },
    dryRun: false,
  });
  const { job, record } = await createMatch(context, {
    dataset: "refunds",
    teacher: "teacher.yaml",
    students: ["student.yaml", "slow.yaml"],
    margin: 0.3,
    prompts: ["system=support"],
    code: false,
    judges: [judge, "same"],
    objectives: [],
    proposer: "model",
    search: searchSettings({ proposer: "model", maxProposals, repeats: 1, objectives: [] }, budget),
    seed: "fixed",
    allowRealSideEffects: false,
    budget,
    dryRun: false,
  });
  return { store, jobId: job.id, record, students: record.students };
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
  expect(await runHere(whole.store, whole.jobId, never)).toBe("done");
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
  expect(await runHere(store, jobId, never)).toBe("done");
  const found = await outcomes(prepared);
  expect(found.every(({ proposals, stop }) => proposals >= 2 && stop === "budget")).toBe(true);
  const { spent } = await store.records.ledger.report(project.id, { scope: "job", jobId });
  const sealed = (await store.records.optimizations.get(project.id, prepared.students[0]?.optimization ?? ""))
    ?.setup.examples.holdout;
  expect(CALLS - spent.calls).toBeGreaterThanOrEqual(5 * (sealed ?? 0));
  await store[Symbol.asyncDispose]();
}, 400_000);

it("a judge's program that was edited after the searches is refused by the look, and taken once it is back", async () => {
  await using endpoint = await startReflection();
  const { store, jobId, record } = await prepare(endpoint.url, { maxProposals: 1, judge: "graded" });
  expect(await runHere(store, jobId, never)).toBe("done");
  const context = { store, project };
  const job = await store.records.jobs.get(project.id, jobId);
  if (!job) throw new Error("the switch has a job");
  const look = await createMatchLook(context, await findMatch(context, record.id), job);
  edit("second");
  await refusedForJudge(store, look.id);
  expect((await findMatch(context, record.id)).result).toBeNull();
  edit("first");
  expect(await runHere(store, look.id, never)).toBe("done");
  expect((await findMatch(context, record.id)).result).toMatchObject({ look: 1 });
  await store[Symbol.asyncDispose]();
}, 400_000);
