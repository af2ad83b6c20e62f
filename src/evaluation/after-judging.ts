import type { NextCall } from "../model/answer.ts";
import { isJsonObject, type Json } from "../model/json.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import { JudgingJobInput } from "./judging-input.ts";

/** Labels that do not pass; the threshold holds before a verdict is turned around. */
const failingLabels = ({ labels, threshold, negate }: ResolvedJudge): readonly string[] =>
  labels.flatMap(({ label, value }) =>
    value !== null && threshold !== null && value >= threshold === negate ? [label] : [],
  );

/** The filter that finds what a judge fails, by its feedback; undefined for a measure that passes nothing. */
function failingFilter(judge: ResolvedJudge): string | undefined {
  if (judge.threshold === null) return undefined;
  const feedback = `feedback.${JSON.stringify(judge.name)}`;
  if (judge.kind === "code") return `${feedback} = false`;
  const failing = failingLabels(judge).map((label) => JSON.stringify(label));
  return failing.length > 0 ? `${feedback} in (${failing.join(", ")})` : undefined;
}

/** After run_judges: what fails, what is wrong with it, and whether the judge can be believed. */
export function afterJudging(job: { readonly input: Json; readonly result: Json }): NextCall[] {
  const input = JudgingJobInput.safeParse(job.input).data;
  const feedback = isJsonObject(job.result) ? job.result["feedback"] : 0;
  if (!input || feedback === 0) return [];
  const { judges, level } = input;
  const failing = judges.map(failingFilter).find((filter) => filter !== undefined);
  const model = judges.find(({ kind }) => kind !== "code");
  return [
    ...(failing === undefined
      ? []
      : [
          { tool: "search_traces", arguments: { filter: failing, level }, why: `the ${level} that fail` },
          { tool: "find_issues", arguments: { level }, why: "what goes wrong, how often, in which layer" },
        ]),
    ...(model
      ? [
          {
            tool: "calibrate_judge",
            arguments: { judge: referenceTo(model), mode: "label_next", dryRun: true },
            why: "what to label, so that the judge can be checked against people",
          },
        ]
      : []),
  ];
}

const referenceTo = ({ name, version }: ResolvedJudge): string =>
  version === null ? name : `${name}@${version}`;
