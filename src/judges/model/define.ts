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

/** Whether a model reads the recording by tools instead of being shown it, and how far it may go. */
export const readingParams = {
  read: z
    .enum(["prompt", "tools", "tools_if_long"])
    .optional()
    .describe("Whether a model is shown the item (default), or reads its trace or session by tools"),
  maxSteps: z.int().min(2).max(40).optional().describe("By tools: model calls of one item; default 12"),
  maxTokens: z.int().min(20_000).max(2_000_000).optional().describe("By tools: of one item; default 150,000"),
  maxUsd: z.number().positive().optional().describe("By tools: of one item"),
};

export const judgeParams = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject({ notes, ...readingParams, ...shape });

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
