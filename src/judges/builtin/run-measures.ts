import { z } from "zod";
import type { RunFacts } from "../../model/judged-item.ts";
import { codeJudge, decided, unscored } from "../code-judge.ts";
import type { CodeFinding, CodeJudge, OtherNames } from "../definition.ts";
import { callsObserved } from "../tool-calls.ts";

const measured = (value: number | null, what: string, unit: string): CodeFinding =>
  value === null
    ? unscored("input_missing", `${what} is unknown`)
    : { value, rationale: `${Number(value.toPrecision(6))} ${unit}` };

function measure(
  about: { readonly name: string; readonly summary: string; readonly otherNames: OtherNames },
  unit: string,
  read: (run: RunFacts) => number | null,
): CodeJudge {
  return codeJudge({
    ...about,
    revision: 1,
    level: "trace",
    needs: [],
    goal: "lower",
    bounded: false,
    threshold: null,
    params: z.strictObject({}),
    judge: ({ run }) => measured(read(run), about.name, unit),
  });
}

export const latency = measure(
  {
    name: "latency",
    summary: "Milliseconds that the run took; with a threshold, whether at most that many.",
    otherNames: { promptfoo: "latency, trace-span-duration", mlflow: "latency" },
  },
  "ms",
  (run) => run.durationMs,
);

export const cost = measure(
  {
    name: "cost",
    summary: "US dollars that the run cost; with a threshold, whether at most that many.",
    otherNames: { promptfoo: "cost" },
  },
  "USD",
  (run) => run.costUsd,
);

export const steps = measure(
  {
    name: "steps",
    summary: "Model calls and tool calls of the run; with a threshold, whether at most that many.",
    otherNames: { promptfoo: "trajectory:step-count, trace-span-count" },
  },
  "steps",
  (run) => run.steps,
);

const sum = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b);

export const tokens = codeJudge({
  name: "tokens",
  summary: "Tokens that the run used; with a threshold, whether at most that many.",
  revision: 1,
  level: "trace",
  needs: [],
  goal: "lower",
  bounded: false,
  threshold: null,
  params: z.strictObject({ count: z.enum(["total", "input", "output"]).default("total") }),
  otherNames: { mlflow: "token_count" },
  judge({ run }, { count }) {
    const value = {
      total: sum(run.inputTokens, run.outputTokens),
      input: run.inputTokens,
      output: run.outputTokens,
    }[count];
    return measured(value, `${count} tokens`, "tokens");
  },
});

/** 1 when at most `maxErrors` steps inside of the run failed, also those that the agent recovered from. */
export const noErrors = codeJudge({
  name: "no_errors",
  summary: "No step inside of the run failed, recovered from or not.",
  revision: 1,
  level: "trace",
  needs: [],
  goal: "higher",
  bounded: true,
  threshold: 1,
  params: z.strictObject({ maxErrors: z.int().min(0).default(0) }),
  otherNames: { promptfoo: "trace-error-spans" },
  judge(item, { maxErrors }) {
    const failedCalls = item.toolCalls.filter((call) => call.isError).length;
    if (item.run.innerErrors === null && !callsObserved(item))
      return unscored("input_missing", "nothing inside of the run was recorded");
    const errors = Math.max(item.run.innerErrors ?? 0, failedCalls);
    return decided(errors <= maxErrors, `${errors} failed step${errors === 1 ? "" : "s"}`);
  },
});
