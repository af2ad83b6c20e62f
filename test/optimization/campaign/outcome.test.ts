import { expect, it } from "vitest";
import { failedRunVerdict } from "../../../src/judges/failed-run.ts";
import type { ResultRun } from "../../../src/model/evaluation.ts";
import { goodness, measuresOf } from "../../../src/optimization/campaign/outcome.ts";
import { customJudge } from "../../judges/resolved.ts";

const run = (status: ResultRun["status"]): ResultRun => ({
  status,
  output: null,
  messages: [],
  toolCalls: [],
  state: null,
  error: null,
  durationMs: 3,
  costUsd: 0.01,
  inputTokens: null,
  outputTokens: null,
  steps: null,
  traceIds: [],
  sessionId: null,
});

it("a candidate that crashes is neither quick nor cheap", () => {
  expect(measuresOf(run("ok"), { prompt: "abc" })).toEqual({ cost: -0.01, latency: -3, length: -3 });
  for (const status of ["crashed", "timeout", "empty"] as const)
    expect(measuresOf(run(status), { prompt: "abc" })).toEqual({ cost: null, latency: null, length: -3 });
});

it.each([100, null])("nor by a judge that measures, with threshold %s", (threshold) => {
  const judge = customJudge("", { kind: "code", goal: "lower", bounded: false, threshold });
  expect(goodness(judge, { [judge.name]: failedRunVerdict(judge) })).toBeNull();
});
