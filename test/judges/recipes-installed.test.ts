import { chmodSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { programRunner } from "../../src/judges/run-program.ts";
import type { Json } from "../../src/model/json.ts";
import { type ScriptedEndpoint, startScriptedEndpoint } from "../scripted-endpoint.ts";
import type { Reply, ScriptedRequest } from "../scripted-replies.ts";
import { HOST, newFolder } from "../targets/fixtures.ts";
import { item, verdict } from "./item.ts";

/*
 * The recipes with the real libraries, the model replaced. EVALWRIGHT_TEST_RECIPES names a folder with virtual
 * environments `deepeval` (pip install deepeval) and `ragas` (pip install ragas openai "langchain-community<0.4"), and
 * node_modules (npm install autoevals zod).
 */
const installed = process.env["EVALWRIGHT_TEST_RECIPES"];

const RECIPES = {
  deepeval: "deepeval_metric.py",
  ragas: "ragas_metric.py",
  autoevals: "autoevals_scorer.mjs",
} as const;

/** A folder with the recipe, and for Python the shell script that its comment asks for. */
function place(library: keyof typeof RECIPES): { root: string; program: string } {
  const name = RECIPES[library];
  const recipe = readFileSync(new URL(`../../examples/judges/${name}`, import.meta.url), "utf8");
  const python = join(installed ?? "", library, "bin/python");
  const root = newFolder({ [name]: recipe, "judge.sh": `#!/bin/sh\nexec ${python} ${name}\n` });
  chmodSync(join(root, "judge.sh"), 0o755);
  if (library !== "autoevals") return { root, program: "judge.sh" };
  symlinkSync(join(installed ?? "", "node_modules"), join(root, "node_modules"));
  return { root, program: name };
}

async function judge(
  library: keyof typeof RECIPES,
  settings: Record<string, Json>,
  answer: (request: ScriptedRequest) => Reply,
) {
  await using endpoint: ScriptedEndpoint = await startScriptedEndpoint({ answer });
  const { root, program } = place(library);
  const host = { ...HOST, OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: endpoint.url };
  const params = { program, settings, env: ["OPENAI_API_KEY", "OPENAI_BASE_URL"], timeoutMs: 110_000 };
  const documents = [{ id: null, content: "The order shipped on Monday.", score: null }];
  const judged = item({
    expectations: { answer: "It has shipped.", toolCalls: ["find"], context: ["It shipped on Monday."] },
    retrievals: [{ spanId: null, query: "order", documents }],
  });
  const found = await verdict({ name: "command", params }, judged, {
    repositoryRoot: root,
    runCommand: programRunner({ root, host, signal: new AbortController().signal }),
  });
  return { ...found, requests: endpoint.requests };
}

/** By what the answer's schema asks for. */
const byField =
  (replies: Readonly<Record<string, Json>>) =>
  ({ body, text }: ScriptedRequest): Reply => {
    const asked = `${JSON.stringify(body["response_format"] ?? {})}${text}`;
    const field = Object.keys(replies).find((name) => asked.includes(`"${name}"`));
    return JSON.stringify(field === undefined ? {} : { [field]: replies[field] });
  };

const NOTHING = (): Reply => ({ status: 500 });

describe.skipIf(!installed)(
  "recipes with the libraries (needs EVALWRIGHT_TEST_RECIPES)",
  { timeout: 180_000 },
  () => {
    it("DeepEval: a metric that asks a model, at the configured address", async () => {
      const settings = {
        metric: "AnswerRelevancyMetric",
        arguments: { model: "gpt-5-mini", threshold: 0.7 },
      };
      const replies = {
        verdicts: [
          { verdict: "yes", reason: null },
          { verdict: "no", reason: "off the subject" },
        ],
        reason: "half of it",
        statements: ["It has shipped.", "I like cats."],
      };
      const found = await judge("deepeval", settings, byField(replies));
      expect(found).toMatchObject({ state: "scored", value: 0.5, pass: false, rationale: "half of it" });
      expect(found.requests.map(({ body }) => body["model"])).toEqual(Array(3).fill("gpt-5-mini"));
    });

    it.each([
      ["BiasMetric", "no", { value: 1, pass: true }],
      ["BiasMetric", "yes", { value: 0, pass: false }],
      ["ToxicityMetric", "no", { value: 1, pass: true }],
      ["HallucinationMetric", "no", { value: 0, pass: false }],
    ])(
      "DeepEval: %s with verdicts of %s, where 1 is the best in each version",
      async (metric, said, outcome) => {
        const replies = {
          verdicts: [{ verdict: said, reason: "so it is" }],
          reason: "as judged",
          opinions: ["It has shipped."],
        };
        expect(await judge("deepeval", { metric }, byField(replies))).toMatchObject({
          state: "scored",
          ...outcome,
        });
      },
    );

    it("DeepEval: GEval by a criterion, and metrics that ask nobody", async () => {
      const settings = {
        metric: "GEval",
        arguments: { name: "polite", criteria: "Is it polite?", evaluation_params: ["actual_output"] },
      };
      const geval = await judge("deepeval", settings, ({ text }) =>
        text.includes('"steps"') && !text.includes('"score"')
          ? '{"steps": ["Read it."]}'
          : '{"score": 8, "reason": "polite enough"}',
      );
      expect(geval).toMatchObject({ state: "scored", value: 0.8, pass: true, rationale: "polite enough" });
      expect(await judge("deepeval", { metric: "ExactMatchMetric" }, NOTHING)).toMatchObject({
        value: 1,
        pass: true,
      });
    });

    it("DeepEval: what fails is an error of the judge, in one sentence", async () => {
      const found = await judge("deepeval", { metric: "FaithfulnessMetric" }, () => "no JSON at all");
      expect(found).toMatchObject({ state: "error", reason: "judge_failed" });
      expect(found.rationale).toContain("FaithfulnessMetric failed: ");
    });

    it("Ragas: a metric that asks a model, one that also needs embeddings, and one that asks nobody", async () => {
      const statement = (verdict: number) => ({ statement: "It has shipped.", reason: "said", verdict });
      const faithful = await judge("ragas", { metric: "Faithfulness", model: "gpt-5-mini" }, ({ text }) =>
        JSON.stringify({ statements: text.includes("verdict") ? [statement(1), statement(0)] : ["a", "b"] }),
      );
      expect(faithful).toMatchObject({ state: "scored", value: 0.5 });
      const relevant = await judge("ragas", { metric: "AnswerRelevancy" }, ({ path, body }) => {
        if (!path.endsWith("/embeddings")) return '{"question": "Where is my order?", "noncommittal": 0}';
        const inputs = Array.isArray(body["input"]) ? body["input"] : [body["input"] ?? ""];
        const data = inputs.map((_, index) => ({ object: "embedding", index, embedding: [0.6, 0.8] }));
        const usage = { prompt_tokens: 1, total_tokens: 1 };
        return { status: 200, body: { object: "list", model: "m", data, usage } };
      });
      expect(relevant).toMatchObject({ state: "scored" });
      expect(relevant.value).toBeCloseTo(1, 6);
      expect(await judge("ragas", { metric: "ExactMatch" }, NOTHING)).toMatchObject({ value: 1 });
    });

    it("Ragas: what fails is an error of the judge, in one sentence", async () => {
      const found = await judge("ragas", { metric: "ToolCallF1" }, NOTHING);
      expect(found).toMatchObject({ state: "error", reason: "judge_failed" });
      expect(found.rationale).toContain("ToolCallF1 failed: ");
    });

    it("autoevals: a scorer that asks a model, one that asks nobody, and one that fails", async () => {
      const choice = (letter: string) => (): Reply => ({
        text: null,
        toolCalls: [{ name: "select_choice", arguments: { reasons: "as said", choice: letter } }],
      });
      const settings = { scorer: "Factuality", arguments: { model: "gpt-5-mini" } };
      expect(await judge("autoevals", settings, choice("C"))).toMatchObject({
        value: 1,
        rationale: "as said",
      });
      expect(await judge("autoevals", settings, choice("D"))).toMatchObject({ value: 0 });
      expect(await judge("autoevals", { scorer: "Levenshtein" }, NOTHING)).toMatchObject({ value: 1 });
      const failed = await judge("autoevals", settings, () => "no tool call");
      expect(failed).toMatchObject({ state: "error", reason: "judge_failed" });
      expect(failed.rationale).toContain("Factuality failed: ");
    });
  },
);
