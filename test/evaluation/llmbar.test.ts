import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { modelEnv, type ScriptedEndpoint, startScriptedEndpoint } from "../scripted-endpoint.ts";
import type { ScriptedRequest } from "../scripted-replies.ts";
import { type Attached, attach, rowsOf, temporaryHome } from "../server/harness.ts";
import { makeRepository } from "./fixture.ts";
import { shownPair } from "./shown-pair.ts";

const folder = process.env["EVALWRIGHT_TEST_DATA"] ?? "";

const Completion = z.object({ completion: z.tuple([z.string(), z.string()]) });
const Orders = z.object({ "swap = False": Completion, "swap = True": Completion });
const Records = z.array(
  z.object({
    input: z.string(),
    output_1: z.string(),
    output_2: z.string(),
    label: z.union([z.literal(1), z.literal(2)]),
    /** Prompts with several steps hold the earlier ones' completions before the verdict's. */
    results: z.array(z.unknown()),
  }),
);
/** `79 / 134 = 58.95%` */
const Count = z
  .string()
  .regex(/^\d+ \/ \d+ = /)
  .transform((text) => Number.parseInt(text, 10));
const Statistics = z.object({ correct_False: Count, correct_True: Count, correct_both: Count, equal: Count });

const PROMPTS = ["Vanilla_NoRules", "Metrics_Reference"] as const;
const CASES = [
  ["Natural", "Vanilla_NoRules", 100, 92],
  ["Natural", "Metrics_Reference", 100, 94],
  ["Neighbor", "Vanilla_NoRules", 134, 79],
  ["Neighbor", "Metrics_Reference", 134, 111],
] as const;

const pathOf = (subset: string, prompt: string, what: string) =>
  join(folder, "llmbar", subset, `GPT-4-${prompt}-${what}.json`);
const recordsOf = (subset: string, prompt: string) =>
  Records.parse(JSON.parse(readFileSync(pathOf(subset, prompt, "result"), "utf8")));

/** Says what a file holds under the example's id. */
const WORKER = `
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
const answers = JSON.parse(readFileSync(process.argv[2], "utf8"));
for await (const line of createInterface({ input: process.stdin })) {
  const { id, exampleId } = JSON.parse(line);
  process.stdout.write(JSON.stringify({ id, output: answers[exampleId] }) + "\\n");
}
`;

const keyOf = (prompt: string, first: string, second: string) =>
  [prompt, first, second].map((text) => text.replaceAll(/[^\p{L}\p{N}]+/gu, "")).join("|");

// Zeng et al. 2024, LLMBar (arXiv 2310.07641): completions and statistics as published with it.
describe.skipIf(!folder)("LLMBar's recorded GPT-4 as a judge of pairs (needs EVALWRIGHT_TEST_DATA)", () => {
  const home = temporaryHome();
  const repository = makeRepository();
  const completions = new Map<string, string>();
  const evaluations = new Map<string, { baseline: string; candidate: string }>();
  let endpoint: ScriptedEndpoint;
  let server: Attached;

  const replay = ({ text }: ScriptedRequest): string => {
    const prompt = PROMPTS.find((name) => text.includes(name)) ?? "";
    const { first, second } = shownPair(text);
    const label = completions.get(keyOf(prompt, first, second));
    return JSON.stringify({ rationale: "", label: label ?? "not a pair of LLMBar" });
  };

  /** The right outputs as the candidate's answers, the wrong ones as the baseline's. */
  async function evaluate(subset: string) {
    const records = recordsOf(subset, PROMPTS[0]);
    const right = records.map(({ label, output_1, output_2 }) => (label === 1 ? output_1 : output_2));
    const wrong = records.map(({ label, output_1, output_2 }) => (label === 1 ? output_2 : output_1));
    const ids = { baseline: "", candidate: "" };
    await server.call("save_dataset", {
      name: subset.toLowerCase(),
      examples: records.map(({ input }, i) => ({ id: `e${i}`, inputs: input })),
      holdout: false,
    });
    for (const [side, answers] of [
      ["baseline", wrong],
      ["candidate", right],
    ] as const) {
      const name = `${subset}-${side}`;
      writeFileSync(
        join(repository, `${name}.json`),
        JSON.stringify(Object.fromEntries(answers.map((answer, i) => [`e${i}`, answer]))),
      );
      writeFileSync(
        join(repository, `${name}.yaml`),
        `kind: worker\nrun: [${JSON.stringify(process.execPath)}, replay.mjs, ${name}.json]\nconcurrency: 8\n`,
      );
      const answer = await server.call("run_evaluation", {
        dataset: subset.toLowerCase(),
        target: `${name}.yaml`,
        judges: ["no_refusal"],
      });
      expect(answer).toMatchObject({ state: "done", done: records.length });
      ids[side] = String(answer["evaluation"]);
    }
    evaluations.set(subset, ids);
  }

  beforeAll(async () => {
    for (const [subset, prompt] of CASES)
      for (const { output_1, output_2, results } of recordsOf(subset, prompt)) {
        const orders = Orders.parse(results.at(-1));
        completions.set(keyOf(prompt, output_1, output_2), orders["swap = False"].completion[0]);
        completions.set(keyOf(prompt, output_2, output_1), orders["swap = True"].completion[0]);
      }
    writeFileSync(join(repository, "replay.mjs"), WORKER);
    endpoint = await startScriptedEndpoint({ answer: replay });
    server = await attach({
      home: home.path,
      env: {
        CLAUDE_PROJECT_DIR: repository,
        ...modelEnv(endpoint.url),
      },
    });
    for (const prompt of PROMPTS)
      await server.call("save_judge", {
        name: prompt.toLowerCase(),
        instructions: `Which of {{output}} executes {{inputs}} better? (${prompt})`,
        level: "pair",
        // GPT-4's menu in LLMBar's prompts: it named the better one of the answers as they were shown.
        labels: [
          { label: "Output (a)", means: "the first", value: 1 },
          { label: "Output (b)", means: "the second", value: 0 },
        ],
      });
    for (const subset of ["Natural", "Neighbor"]) await evaluate(subset);
  }, 120_000);

  afterAll(async () => {
    await server.close();
    await endpoint.close();
    home.remove();
    rmSync(repository, { recursive: true, force: true });
  });

  it.each(CASES)("%s, %s: %i pairs, %i right in both orders", async (subset, prompt, n, both) => {
    const ids = evaluations.get(subset) ?? { baseline: "", candidate: "" };
    const published = Statistics.parse(
      JSON.parse(readFileSync(pathOf(subset, prompt, "statistics"), "utf8")),
    );
    let answer = await server.call("run_judges", { ...ids, judges: [prompt.toLowerCase()] });
    while (answer["state"] === "running")
      answer = await server.call("get_job", { jobId: String(answer["jobId"]), waitSeconds: 20 });
    const comparison = await server.call("compare_evaluations", { ...ids, primary: prompt.toLowerCase() });
    const [pairs] = rowsOf(comparison["pairs"]).filter(
      (row) => row["judge of pairs"] === prompt.toLowerCase(),
    );
    expect(both).toBe(published.correct_both);
    // Of a pair whose orders disagree one order is right: it is a tie, and right once.
    expect(published.correct_False + published.correct_True).toBe(2 * both + (n - published.equal));
    expect(pairs).toMatchObject({
      wins: both,
      ties: n - published.equal,
      losses: published.equal - both,
      "orders disagree": n - published.equal,
      "asked in both orders": n,
    });
    expect(comparison["verdict"]).toBe("better");
    const judges = rowsOf(comparison["judges"]);
    expect(judges.find((row) => String(row["judge"]).endsWith("(primary)"))).toMatchObject({ n, missing: 0 });
  });
});
