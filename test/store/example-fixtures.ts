import type { EvaluationSetup, ResultRow } from "../../src/model/evaluation.ts";
import type { Example } from "../../src/model/example.ts";
import type { Verdict } from "../../src/model/verdict.ts";
import { textMessage } from "./fixtures.ts";

export function makeExample(
  id: string,
  overrides: Partial<Omit<Example, "origin">> & { origin?: Partial<Example["origin"]> } = {},
): Example {
  return {
    id,
    hash: `hash of ${id}`,
    group: id,
    split: "train",
    inputs: { question: `question ${id}` },
    messages: [textMessage("user", `history of ${id}`)],
    turns: ["and then?"],
    expectations: { answer: `answer ${id}` },
    recorded: "what was said",
    tags: { topic: "refunds" },
    role: "unknown",
    ...overrides,
    origin: { kind: "imported", traceId: null, sessionId: null, spanId: null, ...overrides.origin },
  };
}

export const makeSetup = (name = "refunds"): EvaluationSetup => ({
  dataset: { name, version: 1, hash: "h" },
  splits: ["train"],
  target: {
    kind: "command",
    name: "agent.json",
    configHash: "c",
    environmentHash: null,
    treeHash: "t",
    commit: null,
    dirty: false,
    gitRef: null,
    changed: false,
  },
  judges: [],
  primary: "correct",
  repeats: 1,
  seed: "s",
  prompts: {},
  reuse: null,
  pair: null,
});

const VERDICT: Verdict = {
  state: "scored",
  value: 1,
  label: "yes",
  pass: true,
  rationale: "it is right",
  reason: null,
  cuts: [],
  parts: [],
  source: { kind: "code", id: null },
  costUsd: null,
  inputTokens: null,
  outputTokens: null,
};

export function makeRow(
  exampleId: string,
  overrides: Partial<Omit<ResultRow, "run">> & { run?: Partial<ResultRow["run"]> } = {},
): ResultRow {
  return {
    exampleId,
    exampleHash: `hash of ${exampleId}`,
    repeat: 0,
    group: exampleId,
    split: "train",
    tags: {},
    synthetic: false,
    verdicts: { correct: VERDICT },
    ...overrides,
    run: {
      status: "ok",
      output: { text: `answer to ${exampleId}` },
      messages: [],
      toolCalls: [],
      state: null,
      error: null,
      durationMs: 12.5,
      costUsd: null,
      inputTokens: 10,
      outputTokens: 5,
      steps: 2,
      traceIds: [],
      sessionId: null,
      ...overrides.run,
    },
  };
}
