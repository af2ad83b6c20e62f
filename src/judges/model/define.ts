import { z } from "zod";
import type { JudgeLabel } from "../../model/judge.ts";
import type { ModelJudge } from "../definition.ts";

/** What each model judge takes: what is particular to this agent and changes the reading of its rubric. */
const notes = z
  .string()
  .min(1)
  .max(4_000)
  .optional()
  .describe("What a grader should know about this agent: its domain, policies, what counts as good here");

export const judgeParams = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject({ ...shape, notes });

export const label = (name: string, value: number | null, means: string): JudgeLabel => ({
  label: name,
  value,
  means,
});

type Defaults = "kind" | "rubric" | "level" | "shape" | "threshold" | "params";

/** A model judge with what most of them share: its rubric is named like it, one question a trace, only the best label passes. */
export const modelJudge = (
  judge: Omit<ModelJudge, Defaults> & Partial<Pick<ModelJudge, Exclude<Defaults, "kind">>>,
): ModelJudge => ({
  kind: "model",
  rubric: judge.name,
  level: "trace",
  shape: "single",
  threshold: 1,
  params: judgeParams({}),
  ...judge,
});
