import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { type Attached, attach, rowsOf, temporaryHome, untrustedOf } from "../server/harness.ts";
import { makeRepository } from "./fixture.ts";
import { shownPair } from "./shown-pair.ts";

const home = temporaryHome();
const repository = makeRepository();
let server: Attached;

beforeAll(async () => {
  server = await attach({ home: home.path, env: { CLAUDE_PROJECT_DIR: repository } });
  await server.call("save_dataset", {
    name: "parcels",
    examples: Array.from({ length: 40 }, (_, i) => ({
      id: `e${i}`,
      inputs: { message: `Where is parcel ${i}?` },
    })),
    holdout: false,
  });
});

afterAll(async () => {
  await server.close();
  home.remove();
  rmSync(repository, { recursive: true, force: true });
});

const Answerer = z.object({ known: z.number(), repeated: z.number(), repeatedSame: z.number() });

interface Shown {
  readonly id: string;
  readonly item: string;
  readonly code: string;
}

async function tasksOf(jobId: string): Promise<Shown[]> {
  const batch = await server.call("get_tasks", { jobId });
  if (batch["open"] === 0) return [];
  return rowsOf(untrustedOf(batch)["tasks"]).map((task) => {
    const [, item = "", code = ""] =
      /^([\s\S]*)\n\n\[end of item; code (\w+)\]$/.exec(String(task["item"])) ?? [];
    return { id: String(task["taskId"]), item, code };
  });
}

/** Answers all tasks of a job; the batches as they were shown. */
async function answerAll(jobId: string, labelOf: (item: string) => string): Promise<Shown[][]> {
  const batches: Shown[][] = [];
  for (let tasks = await tasksOf(jobId); tasks.length > 0; tasks = await tasksOf(jobId)) {
    batches.push(tasks);
    const submitted = await server.call("submit_answers", {
      answers: tasks.map(({ id, item, code }) => ({
        taskId: id,
        code,
        rationale: "Read.",
        label: labelOf(item),
      })),
    });
    expect(submitted["accepted"]).toBe(tasks.length);
  }
  return batches;
}

it("get_tasks does not tell known and repeated items from the others, nor stand a repeated one beside the first", async () => {
  const started = await server.call("run_evaluation", {
    dataset: "parcels",
    target: "agent.yaml",
    judges: ["relevance"],
  });
  const jobId = String(started["jobId"]);
  // The same at each look.
  expect(await tasksOf(jobId)).toEqual(await tasksOf(jobId));
  const batches = await answerAll(jobId, () => "relevant");
  const tasks = batches.flat();
  for (const { id } of tasks) expect(id).toMatch(/^t-[0-9a-f]{20}$/);
  // No two ids have digits in common by which they would belong together.
  expect(new Set(tasks.map(({ id }) => id.slice(0, 10))).size).toBe(tasks.length);
  const repeated = tasks.length - new Set(tasks.map(({ item }) => item)).size;
  expect(repeated).toBeGreaterThan(0);
  for (const batch of batches)
    for (const [i, { item }] of batch.entries()) expect(item).not.toBe(batch[i + 1]?.item);
  expect(await server.call("get_job", { jobId, waitSeconds: 20 })).toMatchObject({ state: "done" });
  const record = await server.call("get_record", { kind: "evaluation", id: String(started["evaluation"]) });
  // They are still known for what they are where the answers are counted.
  const { repeated: counted, repeatedSame, known } = Answerer.parse(record["answerer"]);
  expect(counted).toBeGreaterThan(0);
  expect(repeatedSame).toBe(counted);
  expect(known).toBeGreaterThan(0);
});

it("the two orders of a pair do not stand side by side", async () => {
  const evaluate = async (target: string) => {
    const run = { dataset: "parcels", target, judges: ["no_refusal"] };
    const { evaluation, jobId } = await server.call("run_evaluation", run);
    await server.call("get_job", { jobId: String(jobId), waitSeconds: 20 });
    return String(evaluation);
  };
  const agent = readFileSync(join(repository, "agent.mjs"), "utf8");
  writeFileSync(join(repository, "polite.mjs"), agent.replace('"You', '"Certainly. You'));
  const target = readFileSync(join(repository, "agent.yaml"), "utf8");
  writeFileSync(join(repository, "polite.yaml"), target.replace("agent.mjs", "polite.mjs"));
  const started = await server.call("run_judges", {
    baseline: await evaluate("agent.yaml"),
    candidate: await evaluate("polite.yaml"),
    judges: ["preference"],
  });
  const batches = await answerAll(String(started["jobId"]), () => "tie");
  const families = batches.map((batch) =>
    batch.map(({ item }) => JSON.stringify(Object.values(shownPair(item)).sort())),
  );
  expect(new Set(families.flat()).size).toBeLessThan(families.flat().length);
  for (const batch of families)
    for (const [i, family] of batch.entries())
      if (new Set(batch).size > 2) expect(family).not.toBe(batch[i + 1]);
});
