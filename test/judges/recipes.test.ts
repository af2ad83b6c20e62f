import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { programRunner } from "../../src/judges/run-program.ts";
import type { Json } from "../../src/model/json.ts";
import { HOST, newFolder } from "../targets/fixtures.ts";
import { item, verdict } from "./item.ts";

describe("the recipes in examples/judges", () => {
  const recipe = (name: string) =>
    readFileSync(new URL(`../../examples/judges/${name}`, import.meta.url), "utf8");

  const run = async (
    name: string,
    settings: Record<string, Json>,
    files: Readonly<Record<string, string>> = {},
  ) => {
    const root = newFolder({ [name]: recipe(name), ...files });
    const host = { ...HOST, PYTHONPATH: root, PYTHONDONTWRITEBYTECODE: "1" };
    const { signal } = new AbortController();
    const spec = {
      name: "command",
      params: { program: name, settings, env: ["PYTHONPATH", "PYTHONDONTWRITEBYTECODE"] },
    };
    const judgedItem = item({
      expectations: { answer: "It has shipped.", toolCalls: ["find"] },
      retrievals: [{ spanId: null, query: "x", documents: [{ id: null, content: "Shipped.", score: null }] }],
    });
    return await verdict(spec, judgedItem, {
      repositoryRoot: root,
      runCommand: programRunner({ root, host, signal }),
    });
  };

  // Packages that are there but cannot be loaded: the same whether the machine has the real ones or not.
  it.each([
    [
      "deepeval_metric.py",
      { "deepeval/__init__.py": "raise ImportError('not here')" },
      "Run: pip install deepeval",
    ],
    [
      "ragas_metric.py",
      { "ragas/__init__.py": "raise ImportError('not here')" },
      "Run: pip install ragas openai",
    ],
    ["autoevals_scorer.mjs", {}, "Run: npm install autoevals"],
  ])("%s says how to install what is missing", async (name, files, message) => {
    const found = await run(name, {}, files);
    expect(found).toMatchObject({ state: "error", reason: "judge_failed" });
    expect(found.rationale).toContain("the program ended with code 3");
    expect(found.rationale).toContain(message);
  });

  const DEEPEVAL = {
    "deepeval/__init__.py": "",
    "deepeval/test_case.py": `
class Record:
    def __init__(self, **fields):
        self.__dict__.update(fields)
LLMTestCase = ToolCall = Record
`,
    "deepeval/metrics.py": `
class ExactMatchMetric:
    def __init__(self, threshold=1):
        self.threshold = threshold
    def measure(self, case):
        print("progress")
        assert case.retrieval_context == ["Shipped."] and case.expected_tools[0].name == "find"
        self.score = 1.0 if case.actual_output == case.expected_output else 0.0
        self.reason = "compared"
    def is_successful(self):
        return self.score >= self.threshold
class BiasMetric(ExactMatchMetric):
    def measure(self, case):
        self.score, self.reason = 0.25, "a quarter"
    def is_successful(self):
        return self.score <= 0.5
`,
  };

  it("deepeval_metric.py turns a metric's score into a verdict, 1 the best", async () => {
    expect(await run("deepeval_metric.py", { metric: "ExactMatchMetric" }, DEEPEVAL)).toMatchObject({
      state: "scored",
      value: 1,
      pass: true,
      rationale: "compared",
    });
    expect(await run("deepeval_metric.py", { metric: "BiasMetric" }, DEEPEVAL)).toMatchObject({
      value: 0.75,
      pass: true,
    });
    const unknown = await run("deepeval_metric.py", { metric: "Nope" }, DEEPEVAL);
    expect(unknown.rationale).toContain("deepeval.metrics has no Nope");
  });

  const RAGAS = {
    "ragas/__init__.py": "",
    "ragas/metrics/__init__.py": "",
    "ragas/metrics/collections.py": `
class Result:
    def __init__(self, value):
        self.value, self.reason = value, "compared"
class ExactMatch:
    async def ascore(self, reference, response):
        pass
    def score(self, reference, response):
        return Result(float(reference == response))
class Broken(ExactMatch):
    def score(self, **fields):
        return Result(float("nan"))
`,
  };

  it("ragas_metric.py passes what a metric asks for, and a NaN is no score", async () => {
    expect(await run("ragas_metric.py", { metric: "ExactMatch" }, RAGAS)).toMatchObject({
      state: "scored",
      value: 1,
    });
    expect(await run("ragas_metric.py", { metric: "Broken" }, RAGAS)).toMatchObject({
      state: "unscored",
      reason: "cannot_tell",
    });
  });

  const AUTOEVALS = {
    "node_modules/autoevals/package.json": '{"name": "autoevals", "type": "module", "exports": "./index.js"}',
    "node_modules/autoevals/index.js": `
      export const ExactMatch = ({ output, expected }) => {
        console.log("progress");
        return { score: output === expected ? 1 : 0, metadata: { rationale: "compared" } };
      };
      export const Skipped = async () => ({ score: null });`,
  };

  it("autoevals_scorer.mjs asks a scorer, and a score of null is no score", async () => {
    expect(await run("autoevals_scorer.mjs", { scorer: "ExactMatch" }, AUTOEVALS)).toMatchObject({
      state: "scored",
      value: 1,
      rationale: "compared",
    });
    expect(await run("autoevals_scorer.mjs", { scorer: "Skipped" }, AUTOEVALS)).toMatchObject({
      state: "unscored",
      reason: "cannot_tell",
    });
  });
});
