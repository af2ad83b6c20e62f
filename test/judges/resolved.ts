import { modelJudges } from "../../src/judges/model/index.ts";
import type { ResolvedJudge } from "../../src/model/judge.ts";

const base: ResolvedJudge = {
  name: "mine",
  version: null,
  hash: "0".repeat(64),
  kind: "llm",
  level: "trace",
  builtin: null,
  params: {},
  instructions: null,
  labels: [],
  goal: "higher",
  bounded: true,
  threshold: 1,
  negate: false,
  model: "default",
};

/** A built-in model judge as it is used when nothing is said about it. */
export function builtinJudge(name: string, fields: Partial<ResolvedJudge> = {}): ResolvedJudge {
  const judge = modelJudges.find((one) => one.name === name);
  if (judge === undefined) throw new Error(`no judge ${name}`);
  const { level, threshold } = judge;
  return { ...base, name, builtin: name, level, threshold, labels: [...judge.labels], ...fields };
}

/** A user's own judge with the labels pass and fail. */
export const customJudge = (instructions: string, fields: Partial<ResolvedJudge> = {}): ResolvedJudge => ({
  ...base,
  instructions,
  labels: [
    { label: "pass", means: "it does", value: 1 },
    { label: "fail", means: "it does not", value: 0 },
  ],
  ...fields,
});
