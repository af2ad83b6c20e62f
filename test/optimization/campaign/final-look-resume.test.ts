import { type ChildProcess, spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it, vi } from "vitest";
import { FinalLookInput } from "../../../src/optimization/campaign/final-input.ts";
import { findOptimization } from "../../../src/optimization/campaign/find.ts";
import { createLook } from "../../../src/optimization/campaign/look.ts";
import { entryUrl } from "../../../src/runtime.ts";
import type { Store } from "../../../src/store/store.ts";
import { makeAgent } from "./fixture.ts";
import {
  judgeOf,
  never,
  prepare,
  project,
  refusedForJudge,
  runHere,
  runUntilNew,
  startReflection,
} from "./in-process.ts";

const repository = makeAgent();
const folders = [repository];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

/** A campaign that has ended, and the look at its choice, not begun. */
async function searched(url: string, judges?: Parameters<typeof prepare>[1]["judges"]) {
  const made = await prepare(url, { repository, ...(judges ? { judges } : {}) });
  folders.push(made.folder);
  expect(await runHere(made.store, made.jobId, never)).toBe("done");
  const context = { store: made.store, project };
  const look = await createLook(context, await findOptimization(context, made.optimizationId), 1);
  return { ...made, look };
}

/** Stops the look as a kill does, before or after its write of this number; false: it came to its end before. */
async function lookUntil(store: Store, jobId: string, number: number, when: "before" | "after") {
  const stop = new AbortController();
  const writes: string[] = [];
  const watched =
    <Args extends unknown[], Result>(name: string, write: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      const isIt = writes.push(name) - 1 === number;
      if (isIt) stop.abort();
      if (isIt && when === "before") throw new Error("killed");
      return write(...args);
    };
  const { evaluations, optimizations } = store.records;
  const outcome = await runHere(
    {
      ...store,
      records: {
        ...store.records,
        evaluations: {
          ...evaluations,
          putRows: watched("rows", evaluations.putRows),
          finish: watched("arm ended", evaluations.finish),
        },
        optimizations: {
          ...optimizations,
          noteLook: watched("look noted", optimizations.noteLook),
          createProposal: watched("proposal", optimizations.createProposal),
        },
      },
    },
    jobId,
    stop.signal,
  );
  expect(outcome).toBe(stop.signal.aborted ? "lost" : "done");
  return { killed: stop.signal.aborted, writes };
}

/** What a look has found, ids and clocks aside. */
async function foundBy(store: Store, look: { readonly input: unknown }) {
  const { proposalId } = FinalLookInput.parse(look.input);
  const proposal = await store.records.optimizations.getProposal(project.id, proposalId);
  if (!proposal) throw new Error("the look made no proposal");
  const { optimization: _, comparison, ...body } = proposal.body;
  const {
    baseline: _b,
    candidate: _c,
    measures: _m,
    ...compared
  } = comparison ?? {
    baseline: "",
    candidate: "",
    measures: [],
  };
  return { ...body, compared };
}

it("killed before and after each of its writes, a final look finds the same and is counted once", async () => {
  await using endpoint = await startReflection();
  const straight = await searched(endpoint.url);
  const whole = await lookUntil(straight.store, straight.look.id, -1, "after");
  expect(whole.writes.filter((name) => name === "rows").length).toBeGreaterThanOrEqual(2);
  expect(whole.writes.slice(-4)).toEqual(["arm ended", "arm ended", "look noted", "proposal"]);
  const expected = await foundBy(straight.store, straight.look);
  expect(expected).toMatchObject({ look: 1, candidate: 1 });
  expect(expected.compared).toHaveProperty("verdict");
  await straight.store[Symbol.asyncDispose]();

  const { store, look } = await searched(endpoint.url);
  const at: string[] = [];
  for (let number = 0; ; number++) {
    const before = await lookUntil(store, look.id, number, "before");
    if (!before.killed) break;
    at.push(before.writes.at(-1) ?? "");
    if (!(await lookUntil(store, look.id, number, "after")).killed) break;
  }
  expect(new Set(at)).toEqual(new Set(["rows", "arm ended", "look noted", "proposal"]));
  expect(await foundBy(store, look)).toEqual(expected);
  const { total } = await store.records.optimizations.listProposals({ projectId: project.id, limit: 1 });
  expect(total).toBe(1);
  await store[Symbol.asyncDispose]();
}, 240_000);

it("a judge's program that was edited meanwhile is refused by search and look, and taken once it is back", async () => {
  // Not a file of the target's own, whose change would be refused as that.
  writeFileSync(join(repository, ".gitignore"), "judge.mjs\n");
  writeFileSync(join(repository, "judge.mjs"), judgeOf("first"));
  await using endpoint = await startReflection();
  const made = await prepare(endpoint.url, {
    repository,
    judges: [{ name: "command", params: { program: "judge.mjs" } }],
  });
  folders.push(made.folder);
  const { store, jobId, optimizationId } = made;
  const context = { store, project };
  const { optimizations } = store.records;
  expect(await runUntilNew(store, jobId, new Set())).toBe(true);
  writeFileSync(join(repository, "judge.mjs"), judgeOf("second"));
  await refusedForJudge(store, jobId);
  writeFileSync(join(repository, "judge.mjs"), judgeOf("first"));
  expect(await runHere(store, jobId, never)).toBe("done");

  const look = await createLook(context, await findOptimization(context, optimizationId), 1);
  writeFileSync(join(repository, "judge.mjs"), judgeOf("second"));
  await refusedForJudge(store, look.id);
  const { total } = await optimizations.listProposals({ projectId: project.id, limit: 1 });
  expect(total).toBe(0);
  writeFileSync(join(repository, "judge.mjs"), judgeOf("first"));
  expect(await runHere(store, look.id, never)).toBe("done");
  expect(await foundBy(store, look)).toMatchObject({ look: 1 });
  await store[Symbol.asyncDispose]();
}, 240_000);

const entry = fileURLToPath(entryUrl("job-child"));
const start = (jobId: string, location: string, leaseMs: number): ChildProcess =>
  spawn(process.execPath, [entry, jobId, location, String(leaseMs)], { stdio: "ignore" });
const exited = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => child.once("exit", () => resolve()));

it("a campaign whose process was killed in its search comes to the same end in the next one", async () => {
  await using endpoint = await startReflection();
  const straight = await searched(endpoint.url);
  const expected = await findOptimization({ store: straight.store, project }, straight.optimizationId);
  await straight.store[Symbol.asyncDispose]();

  const made = await prepare(endpoint.url, { repository });
  folders.push(made.folder);
  const { store, location, jobId, optimizationId: id } = made;
  const child = start(jobId, location, 600_000); // its death is seen, whatever its lease
  const ended = exited(child);
  const events = () =>
    store.records.optimizations.readEvents({ projectId: project.id, id, from: 0, limit: 500 });
  while ((await events()).length < 2 && child.exitCode === null) await sleep(20);
  child.kill("SIGKILL");
  await ended;
  expect(child.signalCode).toBe("SIGKILL");
  expect((await findOptimization({ store, project }, id)).endedUs).toBeNull();
  await exited(start(jobId, location, 5_000));
  expect(await store.records.jobs.get(project.id, jobId)).toMatchObject({ state: "done", epoch: 2 });
  const resumed = await findOptimization({ store, project }, id);
  expect(resumed.resultHash).toBe(expected.resultHash);
  await store[Symbol.asyncDispose]();
}, 240_000);
