import { labelPasses } from "../judges/label-passes.ts";
import type { NextCall } from "../model/answer.ts";
import { isJsonObject, type Json } from "../model/json.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import { JudgingJobInput } from "./judging-input.ts";

/** The filter that finds what a judge fails, by its feedback; undefined for a measure that passes nothing. */
function failingFilter(judge: ResolvedJudge): string | undefined {
  if (judge.threshold === null) return undefined;
  const feedback = `feedback.${JSON.stringify(judge.name)}`;
  if (judge.kind === "code") return `${feedback} = false`;
  const failing = Object.entries(labelPasses(judge)).flatMap(([label, passes]) =>
    passes ? [] : [JSON.stringify(label)],
  );
  return failing.length > 0 ? `${feedback} in (${failing.join(", ")})` : undefined;
}

/** After run_judges: what fails, what is wrong with it, and whether the judge can be believed. */
export function afterJudging(job: { readonly input: Json; readonly result: Json }): NextCall[] {
  const input = JudgingJobInput.safeParse(job.input).data;
  const feedback = isJsonObject(job.result) ? job.result["feedback"] : 0;
  if (!input || feedback === 0) return [];
  const { judges, filter } = input;
  const first = judges.find((judge) => failingFilter(judge) !== undefined);
  const model = judges.find(({ kind }) => kind !== "code");
  return [
    ...(first === undefined ? [] : whatFails(first, input)),
    ...(model
      ? [
          {
            tool: "calibrate_judge",
            arguments: {
              judge: referenceTo(model),
              mode: "label_next",
              ...(filter === null ? {} : { population: filter }),
              dryRun: true,
            },
            why: "what to label, so that the judge can be checked against people",
          },
        ]
      : []),
  ];
}

function whatFails(judge: ResolvedJudge, { level, filter }: JudgingJobInput): NextCall[] {
  const failing = failingFilter(judge) ?? "";
  return [
    {
      tool: "search_traces",
      arguments: { filter: filter === null ? failing : `(${filter}) AND ${failing}`, level },
      why: `the ${level} that fail`,
    },
    {
      tool: "find_issues",
      arguments: { level, outcome: judge.name, ...(filter === null ? {} : { filter }) },
      why: "what goes wrong, how often, in which layer, and what of it goes with failing",
    },
  ];
}

const referenceTo = ({ name, version }: ResolvedJudge): string =>
  version === null ? name : `${name}@${version}`;
